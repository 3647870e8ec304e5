"""Imports: asked for, watched, cancelled; and the merge that brings what was read into the live tables.

Reading and cleaning are the business of `etl`, which `backend.jobs` joins with this package.
"""

from backend.services.importing.mappings import list_mappings, one_mapping, remove_mapping, save_mapping
from backend.services.importing.rejects import RejectPage, reasons_of, rejects, rejects_csv
from backend.services.importing.reversal import roll_back
from backend.services.importing.runs import cancel, list_runs, list_sources, one_run, options, request_run

__all__ = [
    "RejectPage",
    "cancel",
    "list_mappings",
    "list_runs",
    "list_sources",
    "one_mapping",
    "one_run",
    "options",
    "reasons_of",
    "rejects",
    "rejects_csv",
    "remove_mapping",
    "request_run",
    "roll_back",
    "save_mapping",
]
