"""A new import in four steps, one address each: pick a source, understand its files, check them, start."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post

from admin_ui import drafts, rendering, runs
from admin_ui.drafts import Draft, Said
from admin_ui.routes.asking import AnyRequest, Form, an_id, form, pairs
from admin_ui.routes.reviews import frame
from admin_ui.visits import SignedIn, Visit
from backend.domain import limits
from backend.domain.errors import AtelierError, Invalid, NotFound, Unavailable
from backend.domain.roles import Permission
from backend.services import importing

LIST = "/console/imports"
KINDS = 8  # of rejects that a check tells; the run's own page has them all


@get("/imports/new")
async def pick(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """Where to import from: what the bucket holds, or an address typed."""
    return await _picker(request, visit, Form(pairs(request)))


@get("/imports/new/read")
async def understand(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """How each file would be read; which column is which, to be changed and tried."""
    return await _reader(request, visit, Form(pairs(request)))


@post("/imports/new/mapping")
async def save_mapping(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Save what was tried under a name, and go on with it."""
    asked = await form(request)
    draft, previews = Draft.of(asked.get), request.app.state.previews
    try:
        said = Said.of(asked.get, (await previews.forms()).formats)
        base = await _definition(request, visit, draft)
        preview = await previews.look(visit.actor, draft.source, base, draft.mapping, _trying(draft, said))
        async with request.app.state.database.write() as writer:
            name = asked.get("name").strip()
            await importing.save_mapping(writer, visit.actor, name, preview.definition, check=previews.check)
    except (Invalid, NotFound) as error:
        return await _reader(request, visit, asked, error)
    return rendering.go_to(request, draft.at("/read", mapping=name, run=""))


@get("/imports/new/check")
async def check(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """What the rules say of the first records, and what a dry run of all of them comes to."""
    return await _checker(request, visit, Form(pairs(request)))


@get("/imports/new/start")
async def options(request: AnyRequest, visit: SignedIn) -> Response[str]:
    """What stops the run, and the button that begins it."""
    return await _starter(request, visit, Form(pairs(request)))


@post("/imports")
async def request_run(request: AnyRequest, visit: SignedIn) -> Response[Any]:
    """Ask for a run and go on to watch it; a dry one is watched where it was asked for."""
    asked = await form(request)
    draft, dry = Draft.of(asked.get), bool(asked.get("dry_run"))
    try:
        told = importing.options(
            again=bool(asked.get("again")),
            dry_run=dry,
            most=asked.get("most").strip(),
            most_of_file=asked.get("most_of_file").strip(),
        )
        async with request.app.state.database.write() as writer:
            run_id = await importing.request_run(
                writer,
                visit.actor,
                draft.source,
                told,
                settings=request.app.state.settings,
                mapping=draft.mapping or None,
            )
    except Invalid as error:
        return await (_checker if dry else _starter)(request, visit, asked, error)
    return rendering.go_to(request, draft.at("/check", run=run_id) if dry else f"{LIST}/{run_id}")


async def _picker(request: AnyRequest, visit: Visit, asked: Form, error: AtelierError | None = None) -> Response[str]:
    at, browse = asked.get("at"), request.app.state.browse
    entries: list[Any] = []
    tops: set[str] = set()
    try:
        tops = {entry.url for entry in await importing.list_sources(browse, visit.actor)}
        entries = list(await importing.list_sources(browse, visit.actor, at))
    except (Invalid, Unavailable) as failure:
        error = error or failure
    async with request.app.state.database.read() as reader:
        context = {
            "at": at,
            "up": "" if at in tops else _above(at),
            "entries": entries,
            "loaded": await importing.loaded_by(reader, visit.actor, entries),
            **await frame(reader, visit),
        }
    return _step(request, visit, "import_pick.html", "", Draft.of(asked.get), context, error)


async def _reader(request: AnyRequest, visit: Visit, asked: Form, error: AtelierError | None = None) -> Response[str]:
    """The second step; a source that cannot be read leads back to the first, with the reason."""
    draft, previews = Draft.of(asked.get), request.app.state.previews
    said: Said | None = None
    forms = preview = None
    try:
        base = await _definition(request, visit, draft)
        forms = await previews.forms()
        said = Said.of(asked.get, forms.formats)
        preview, failed = await _looked(request, visit, draft, base, said)
        error = error or failed
    except Invalid as failure:
        return await _picker(request, visit, asked, failure)
    except (NotFound, Unavailable) as failure:
        error = error or failure
    opened = _opened(preview.glances, draft.file) if preview else None
    meant = asked.get("meant")
    if said is None and opened is not None and forms is not None and opened.header:
        said = Said.found(opened, forms.formats, meant if meant in forms.formats else "")
    async with request.app.state.database.read() as reader:
        context = {
            "preview": preview,
            "opened": opened,
            "forms": forms,
            "said": said,
            "trying": bool(asked.get("as")),
            "editing": bool(asked.get("as") or meant or (opened and not opened.understood)),
            "wrong": drafts.by_column(error.errors, said.format) if error and said else {},
            "name": asked.get("name") or draft.mapping,
            "mappings": await importing.list_mappings(reader, visit.actor),
            "telling": runs,
            **await frame(reader, visit),
        }
    return _step(request, visit, "import_read.html", "/read", draft, context, error)


async def _checker(request: AnyRequest, visit: Visit, asked: Form, error: AtelierError | None = None) -> Response[str]:
    visit.actor.require(Permission.IMPORT)
    draft = Draft.of(asked.get)
    preview = run = None
    kinds: list[Any] = []
    # What changes while a dry run goes on is the run alone.
    follows = rendering.wants(request, "whole")
    try:
        if not follows:
            base = await _definition(request, visit, draft)
            preview = await request.app.state.previews.look(visit.actor, draft.source, base, draft.mapping)
    except Invalid as failure:
        return await _picker(request, visit, asked, failure)
    except (NotFound, Unavailable) as failure:
        error = error or failure
    async with request.app.state.database.read() as reader:
        if draft.run:
            run = await importing.one_run(reader, visit.actor, an_id(draft.run, "run"))
            if run["ended"]:
                kinds = await importing.signatures(reader, visit.actor, run["id"], count=KINDS)
        context = {
            "preview": preview,
            "run": run,
            "kinds": kinds,
            "telling": runs,
            **(runs.told(run) if run else {}),
            **await frame(reader, visit),
        }
    return _step(
        request, visit, "import_check.html", "/check", draft, context, error, blocks=["whole"] if follows else []
    )


async def _starter(request: AnyRequest, visit: Visit, asked: Form, error: AtelierError | None = None) -> Response[str]:
    visit.actor.require(Permission.IMPORT)
    draft = Draft.of(asked.get)
    async with request.app.state.database.read() as reader:
        run = await importing.one_run(reader, visit.actor, an_id(draft.run, "run")) if draft.run else None
        context = {
            "run": run,
            "typed": {name: asked.get(name) for name in ("most", "most_of_file", "again")},
            "usual": limits.USUAL,
            "telling": runs,
            **(runs.told(run) if run else {}),
            **await frame(reader, visit),
        }
    return _step(request, visit, "import_start.html", "/start", draft, context, error)


def _step(
    request: AnyRequest,
    visit: Visit,
    template: str,
    step: str,
    draft: Draft,
    context: dict[str, Any],
    error: AtelierError | None,
    blocks: Sequence[str] = (),
) -> Response[str]:
    errors = {field.field: field.message for field in error.errors} if error else {}
    whole = {
        "draft": draft,
        "step": step,
        "steps": drafts.STEPS,
        "error": error.detail if error and not set(errors) & {"most", "most_of_file", "name"} else "",
        "errors": errors,
        **context,
    }
    return rendering.render(request, template, visit, whole, blocks=blocks, status=error.status if error else 200)


async def _definition(request: AnyRequest, visit: Visit, draft: Draft) -> dict[str, Any]:
    """That of the chosen mapping; empty where none is chosen."""
    if not draft.mapping:
        return {}
    async with request.app.state.database.read() as reader:
        found: dict[str, Any] = (await importing.one_mapping(reader, visit.actor, draft.mapping))["definition"]
    return found


async def _looked(
    request: AnyRequest, visit: Visit, draft: Draft, base: dict[str, Any], said: Said | None
) -> tuple[Any, Invalid | None]:
    """The delivery with what is said of a file tried; where that cannot be, without it, and why."""
    previews = request.app.state.previews
    try:
        return await previews.look(visit.actor, draft.source, base, draft.mapping, _trying(draft, said)), None
    except Invalid as error:
        if said is None or not error.errors:
            raise
        return await previews.look(visit.actor, draft.source, base, draft.mapping), error


def _trying(draft: Draft, said: Said | None) -> tuple[str, dict[str, Any]] | None:
    return (draft.file, said.change()) if said else None


def _opened(glances: Sequence[Any], name: str) -> Any:
    """The file that is looked at: the one that was chosen, one that nobody understands yet, or the largest."""
    if chosen := next((each for each in glances if each.object.name == name), None):
        return chosen
    broken = next((each for each in glances if each.refusal and each.ours and each.header), None)
    read = [each for each in glances if each.understood] or glances
    return broken or max(read, key=lambda each: each.object.size, default=None)


def _above(at: str) -> str | None:
    """The folder above; the top's is the list of all tops (an empty address), whose own is None."""
    if not at:
        return None
    scheme, _, rest = at.partition("://")
    above, slash, _ = rest.rstrip("/").rpartition("/")
    return f"{scheme}://{above}/" if slash and above.strip("/") else ""


handlers = [pick, understand, save_mapping, check, options, request_run]
