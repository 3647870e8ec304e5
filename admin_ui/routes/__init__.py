"""The console's addresses. Each handler parses, calls one service function, and renders."""

from typing import Any

from litestar import Request, Response, Router
from litestar.di import Provide
from litestar.types import ExceptionHandlersMap

from admin_ui import assets, errors, security
from admin_ui.routes import (
    account,
    bulk,
    clients,
    comparing,
    delivered,
    describing,
    door,
    editing,
    exports,
    imports,
    insights,
    invited,
    jobs,
    judging,
    load_tests,
    new_import,
    people,
    personal,
    products,
    queue,
    reasons,
    rejects,
    reviews,
    screening,
    static,
    storefront,
    system,
    templates,
    trail,
    views,
)
from admin_ui.visits import provide_visit

PATH = "/console"


def router() -> Router:
    """Everything below /console/. It wants `database` and `settings` in the application's state."""
    assets.manifest()
    return Router(
        path=PATH,
        route_handlers=[
            *static.handlers,
            *door.handlers,
            *account.handlers,
            *queue.handlers,
            *judging.handlers,
            *reviews.handlers,
            *editing.handlers,
            *views.handlers,
            *exports.handlers,
            *storefront.handlers,
            *delivered.handlers,
            *bulk.handlers,
            *imports.handlers,
            *new_import.handlers,
            *comparing.handlers,
            *rejects.handlers,
            *products.handlers,
            *describing.handlers,
            *insights.handlers,
            *jobs.handlers,
            *load_tests.handlers,
            *personal.handlers,
            *invited.handlers,
            *people.handlers,
            *clients.handlers,
            *reasons.handlers,
            *templates.handlers,
            *screening.handlers,
            *trail.handlers,
            *system.handlers,
        ],
        dependencies={"visit": Provide(provide_visit)},
        before_request=_check,
        middleware=[security.Headers],
        exception_handlers={Exception: errors.answer},
        include_in_schema=False,
    )


def exception_handlers(elsewhere: ExceptionHandlersMap) -> ExceptionHandlersMap:
    """Handlers for the whole application: ours below /console/, where no route answered, and those given elsewhere."""
    return {kind: _split(handler) for kind, handler in elsewhere.items()}


def _split(elsewhere: Any) -> Any:
    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        if request.url.path.startswith(f"{PATH}/"):
            return errors.answer(request, error)
        response: Response[Any] = elsewhere(request, error)
        return response

    return answer


async def _check(request: Request[Any, Any, Any]) -> None:
    await security.check_form(request)
