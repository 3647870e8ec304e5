"""Where an instance listens."""

from dataclasses import dataclass
from pathlib import Path

from backend.local.ports import HOST
from backend.serving import is_place


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of a role: at a port, and in the folder where Nginx meets it unless that has too long a path."""

    role: str
    number: int
    port: int
    meeting: Path

    @property
    def name(self) -> str:
        return f"{self.role}-{self.number}"

    @property
    def options(self) -> list[str]:
        """What `atelier serve` is told."""
        socket = ["--socket", str(self._socket)] if is_place(self._socket) else []
        return ["--port", str(self.port), *socket]

    @property
    def met(self) -> str:
        """Where Nginx meets it."""
        return f"unix:{self._socket}" if is_place(self._socket) else f"{HOST}:{self.port}"

    @property
    def _socket(self) -> Path:
        return self.meeting / f"{self.name}.sock"
