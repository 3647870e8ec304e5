"""Who may do what in the console. Each role may all that the one before it may, but for operators, who stand beside."""

from enum import StrEnum


class Role(StrEnum):
    VIEWER = "viewer"
    MODERATOR = "moderator"
    LEAD = "lead"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    READ = "read"  # reviews, runs, the system's state
    REPORT = "report"  # flag a review
    MODERATE = "moderate"  # hide, restore, undo
    LEAD = "lead"  # bulk changes over 1,000 rows, reasons, rules of screening
    IMPORT = "import"  # what operators do: start and cancel imports, keep load tests
    PEOPLE = "people"  # users and keys


_viewer = frozenset({Permission.READ})
_moderator = _viewer | {Permission.REPORT, Permission.MODERATE}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _viewer,
    Role.MODERATOR: _moderator,
    Role.LEAD: _moderator | {Permission.LEAD},
    Role.OPERATOR: _viewer | {Permission.REPORT, Permission.IMPORT},
    Role.ADMINISTRATOR: frozenset(Permission),
}
