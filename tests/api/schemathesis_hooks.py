"""What schemathesis cannot know from the document: which products there are, which cursors, and what it sent before."""

from itertools import count
from typing import Any

import schemathesis
from schemathesis import GenerationMode, HookContext

from backend.api.cursors import BEGIN
from tests import cast

_shoppers = count(1)


@schemathesis.hook
def before_call(_context: HookContext, case: Any, _kwargs: dict[str, Any]) -> None:
    """A review that the document allows is about a product that there is, new, and of a request with its own key."""
    allowed = case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE
    if allowed and isinstance(case.body, dict) and "product_id" in case.body:
        case.body["product_id"] = cast.CAMO_ONESIE
        case.body["email"] = f"{next(_shoppers)}@example.org"
        if rated := case.body.get("characteristics"):
            case.body["characteristics"] = {str(cast.FIT): next(iter(rated.values()))}
        if "Idempotency-Key" in (case.headers or {}):
            case.headers["Idempotency-Key"] = f"key-{next(_shoppers)}"
    if allowed and (case.query or {}).get("cursor"):
        case.query["cursor"] = BEGIN


@schemathesis.hook
def filter_body(context: HookContext, body: Any) -> bool:
    """What cannot be read as a report's reason is none, and no mistake (docs/api.md)."""
    path = context.operation.path if context.operation else ""
    return not (isinstance(body, bytes) and path.endswith("/report"))
