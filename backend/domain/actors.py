"""Who does something. Every service function takes one, and asks it for the permission it needs."""

from dataclasses import dataclass
from typing import Literal

from backend.domain.errors import Forbidden
from backend.domain.roles import PERMISSIONS, Permission, Role

ActorKind = Literal["user", "key", "public", "rule", "import", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is the user's or the key's by `kind`; `voter` and `caller` are keyed hashes, set where they are known.

    `metered` says that what it writes counts against the limits of the anonymous public.
    """

    kind: ActorKind
    id: int | None = None
    name: str = ""
    role: Role | None = None
    scopes: frozenset[str] = frozenset()
    voter: bytes | None = None
    caller: bytes | None = None
    metered: bool = False
    request_id: str | None = None

    def may(self, permission: Permission) -> bool:
        """Whether this actor has a permission. The shell and the jobs (`system`) have all."""
        if self.kind == "system":
            return True
        return self.role is not None and permission in PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """Raise `Forbidden`, naming the permission, unless this actor has it."""
        if not self.may(permission):
            role = self.role.value if self.role else self.kind
            raise Forbidden(f"The role {role} may not do this: it needs the permission to {permission.value}.")


SYSTEM = Actor(kind="system", name="system")
