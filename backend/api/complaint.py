"""What PUT /reviews/{id}/report was sent: a reason, perhaps; or whatever an old client sends, which says nothing."""

from typing import Any

from backend.api.body import read_any
from backend.api.draft import UNSTORABLE
from backend.api.parse import ApiRequest
from backend.domain import reports
from backend.domain.errors import FieldError, Invalid
from backend.domain.reports import Complaint


async def complaint_from(request: ApiRequest) -> Complaint:
    """What the body says. Only a JSON object with a `reason` or a `text` is held to the rules: `Invalid` names each."""
    sent = await read_any(request)
    if not isinstance(sent, dict):
        return reports.SILENT
    reason, text = sent.get("reason"), sent.get("text")
    errors = [*_wrong_reason(reason), *_wrong_text(text)]
    if errors:
        raise Invalid(reports.REFUSED, errors=tuple(errors))
    return Complaint(reason, text or None)


def _wrong_reason(reason: Any) -> list[FieldError]:
    if reason is None or (isinstance(reason, str) and reason in reports.REASONS):
        return []
    return [FieldError("reason", f"Must be one of {', '.join(reports.REASONS)}.")]


def _wrong_text(text: Any) -> list[FieldError]:
    if text is None:
        return []
    if not isinstance(text, str):
        return [FieldError("text", "Must be a text.")]
    if UNSTORABLE.search(text):
        return [FieldError("text", "Holds a NUL or half a surrogate pair.")]
    if len(text) > reports.TEXT:
        return [FieldError("text", f"Must be at most {reports.TEXT} characters long; it has {len(text)}.")]
    return []
