"""The worker: takes jobs from the queue until it is told to stop, and then hands on what it was doing."""

import structlog

from backend.jobs.housekeeping import SILENT, take_up_imports, take_up_words
from backend.jobs.queue import make_app
from backend.jobs.watching import watching
from backend.observe.recording import recording
from backend.settings import Settings
from backend.store.database import Database
from etl.compiled import ready

log = structlog.get_logger()

CONCURRENCY = 4  # an import, help with another one, words, and the chores beside it
GRACE = 0.5  # seconds a job has to end by itself on SIGTERM before it is stopped; an import goes on from its checkpoint


async def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    ready.prepare(settings.home)
    async with Database(settings) as database:
        app = make_app(settings, database)
        async with app.open_async(), recording(database, settings, "worker"), watching(database, settings):
            await take_up_imports(app, settings)
            await take_up_words(database)
            log.info("worker ready", instance=settings.instance)
            await app.run_worker_async(
                name=settings.instance,
                concurrency=CONCURRENCY,
                fetch_job_polling_interval=2.0,
                shutdown_graceful_timeout=GRACE,
                update_heartbeat_interval=SILENT / 3,
                stalled_worker_timeout=SILENT,
            )
    log.info("worker stopped", instance=settings.instance)
