"""What schemathesis cannot know from the document: which products and characteristics there are."""

from typing import Any

import schemathesis
from schemathesis import GenerationMode, HookContext

from tests import cast


@schemathesis.hook
def before_call(_context: HookContext, case: Any, _kwargs: dict[str, Any]) -> None:
    """A review that the document allows is about a product that there is."""
    allowed = case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE
    if allowed and isinstance(case.body, dict) and "product_id" in case.body:
        case.body["product_id"] = cast.CAMO_ONESIE
        if rated := case.body.get("characteristics"):
            case.body["characteristics"] = {str(cast.FIT): next(iter(rated.values()))}
