"""The queue and its tasks. They are deferred by name (`Writer.defer`), inside the transaction that wants them."""

import asyncio

import psycopg
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy, RetryDecision

from backend.domain.errors import Unavailable
from backend.jobs import helping, housekeeping, indexes, work
from backend.jobs.imports import run_import
from backend.jobs.rollbacks import run_rollback
from backend.services import jobs, tallying
from backend.services.importing import words
from backend.settings import Settings
from backend.store.database import Database

IMPORTS, CHORES = "imports", "chores"


class GoOnLater(BaseRetryStrategy):
    """A job that was stopped with its worker, or whose database went away, is taken up again as it stands."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, Unavailable | psycopg.OperationalError | psycopg.InterfaceError):
            return RetryDecision(retry_in={"seconds": min(5 * (job.attempts + 1), 60)})
        return None


def make_app(settings: Settings, database: Database) -> App:
    """A procrastinate application whose tasks work on this database."""
    app = App(connector=PsycopgConnector(conninfo=settings.database_url, min_size=1, max_size=4))
    indexing = asyncio.Lock()
    at_work: set[int] = set()  # runs that this process carries out

    @app.task(name="import", queue=IMPORTS, retry=GoOnLater(), pass_context=True)
    async def import_delivery(_context: JobContext, run_id: int) -> str:
        at_work.add(run_id)
        try:
            return (await run_import(database, settings, run_id)).value
        finally:
            at_work.discard(run_id)

    @app.task(name="help_import", queue=IMPORTS, retry=GoOnLater())
    async def help_import(run_id: int, turn: int = 0) -> None:
        if run_id in at_work:
            await helping.hand_on(database, run_id, turn)
        else:
            await helping.help_import(database, run_id)

    @app.task(name="rollback", queue=IMPORTS, retry=GoOnLater(), pass_context=True)
    async def roll_back(_context: JobContext, run_id: int) -> str:
        return (await run_rollback(database, settings, run_id)).value

    @app.task(name="index_words", queue=CHORES, retry=GoOnLater())
    async def index_words() -> None:
        # Once in a process: a second job, of a run that ended meanwhile, would take the pauses from the first.
        if not indexing.locked():
            async with indexing:
                await indexes.make_due(settings)
                await words.index(database, gently=True)

    @app.task(name="work", queue=jobs.QUEUE, retry=GoOnLater())
    async def carry_out(job_id: int) -> None:
        await work.carry_out(database, settings, job_id)

    @app.periodic(cron="* * * * * */15", periodic_id="reap")
    @app.task(name="reap", queue=CHORES, queueing_lock="reap")
    async def reap(timestamp: int) -> None:
        del timestamp
        await housekeeping.reap(app, database)

    @app.periodic(cron="* * * * * */30", periodic_id="tally")
    @app.task(name="tally", queue=CHORES, queueing_lock="tally")
    async def tally(timestamp: int) -> None:
        del timestamp
        await tallying.tally(database)

    @app.periodic(cron="7 * * * *", periodic_id="keep-house")
    @app.task(name="keep_house", queue=CHORES, queueing_lock="keep_house", retry=GoOnLater())
    async def keep_house(timestamp: int) -> None:
        del timestamp
        await housekeeping.keep_house(app, database)

    return app
