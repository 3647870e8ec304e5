"""The service about itself: what it serves and how fast, how its parts stand, and what somebody must be told."""

from backend.services.system.look import Look, readings, take
from backend.services.system.looking import Looking
from backend.services.system.spans import PERIODS, USUAL, Period

__all__ = ["PERIODS", "USUAL", "Look", "Looking", "Period", "readings", "take"]
