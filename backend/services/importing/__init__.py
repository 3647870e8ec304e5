"""Imports: asked for, watched, cancelled; and the merge that brings what was read into the live tables.

Reading and cleaning are the business of `etl`, which `backend.jobs` joins with this package.
"""

from backend.services.importing.comparing import MOST_KINDS, earlier, kinds_of_both
from backend.services.importing.listing import SHELL, RunFilters, list_runs, parse_filters, starters
from backend.services.importing.mappings import list_mappings, one_mapping, remove_mapping, save_mapping
from backend.services.importing.rejects import (
    MOST,
    Place,
    RejectPage,
    file_to_mend,
    one_reject,
    one_signature,
    rejects,
    rejects_alike,
    rejects_csv,
    signatures,
    walk_of,
)
from backend.services.importing.repairs import request_repair
from backend.services.importing.reversal import roll_back
from backend.services.importing.runs import (
    cancel,
    list_sources,
    loaded_by,
    one_run,
    options,
    pause,
    request_run,
    resume,
)
from backend.services.importing.watching import Watching

__all__ = [
    "MOST",
    "MOST_KINDS",
    "SHELL",
    "Place",
    "RejectPage",
    "RunFilters",
    "Watching",
    "cancel",
    "earlier",
    "file_to_mend",
    "kinds_of_both",
    "list_mappings",
    "list_runs",
    "list_sources",
    "loaded_by",
    "one_mapping",
    "one_reject",
    "one_run",
    "one_signature",
    "options",
    "parse_filters",
    "pause",
    "rejects",
    "rejects_alike",
    "rejects_csv",
    "remove_mapping",
    "request_repair",
    "request_run",
    "resume",
    "roll_back",
    "save_mapping",
    "signatures",
    "starters",
    "walk_of",
]
