"""What becomes of a review's case when a decision is taken back."""

from collections.abc import Mapping
from typing import Any, Final

Case = Mapping[str, Any]

# What a case has that was kept before these were counted.
_PLAIN: Final[Case] = {"urgent": 0, "reach": 0, "held_by": None}


def case_again(action: str, before: Case | None, now: Case | None) -> Case | None:
    """The case that waits after an undo: `before` is the one that the decision found, `now` the one that is there.

    A held case went on counting what it had been opened with, so it only becomes what it was, and ends where nobody has
    reported it. Any other decision closed its case: what was reported since is added to it.
    """
    before = {**_PLAIN, **before} if before else None
    if action == "hold" and now:
        if not before and not now["reports"]:
            return None
        return {**now, "kind": before["kind"] if before else "reported", "held_by": before and before["held_by"]}
    if not (before and now):
        return before or now
    return {
        **before,
        "reports": before["reports"] + now["reports"],
        "last_report_at": now["last_report_at"] or before["last_report_at"],
        "urgent": max(before["urgent"], now["urgent"]),
    }
