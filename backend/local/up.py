"""`atelier up`: one start, its screen, and what happens until a signal ends it."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

from backend.domain.errors import Misconfigured
from backend.local import reload
from backend.local.deploy import ASK
from backend.local.screen import Screen
from backend.local.state import Home
from backend.local.supervisor import Supervisor, first_of
from backend.local.system import ADMINISTRATOR, Shape, System
from backend.settings import Settings


async def run(settings: Settings, *, reloading: bool = False, shape: Shape | None = None) -> None:
    """Start everything, show it, keep it running until a signal, stop it in order."""
    home = Home(settings.home)
    home.make()
    with home.claimed():
        screen = Screen()
        Supervisor(home, screen.tell).sweep_leftovers()
        system = System(settings, home, screen, shape or Shape())
        ended, asked = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def end() -> None:
            system.supervisor.hurried = ended.is_set()
            ended.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, end)
        loop.add_signal_handler(ASK, asked.set)
        try:
            with screen:
                if not await _unless(ended, system.start()):
                    return
            await _show(system, screen)
            await _unless(ended, _keep(system, screen, asked, reloading=reloading))
        except BaseExceptionGroup as several:
            raise first_of(several) from None
        finally:
            screen.console.print("Stopping.")
            await system.stop()


async def _unless(ended: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do it, unless a signal comes first. True where it was done."""
    task, signalled = asyncio.create_task(work), asyncio.create_task(ended.wait())
    await asyncio.wait((task, signalled), return_when=asyncio.FIRST_COMPLETED)
    signalled.cancel()
    if not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return False
    task.result()
    return True


async def _show(system: System, screen: Screen) -> None:
    product = await system.product_to_try()
    rows = [("API", system.address), ("", f"curl '{system.address}/reviews?product_id={product}'")]
    rows.append(("Console", f"{system.address}/console/"))
    if system.password:
        rows.append(("", f"{ADMINISTRATOR}, password {system.password}"))
        rows.append(("", "It is shown this once; `atelier users passwd` sets another."))
    data = str(system.home.path)
    if system.place.moved and system.own_database:
        data += f"; the database in {system.place.folder}, because {system.place.account.name} cannot enter the home"
    rows.append(("Data", data))
    rows.append(("Stop", "Ctrl-C"))
    if system.last_port and system.last_port != system.port and system.settings.port is None:
        rows.append(("Note", f"Port {system.last_port} is taken by now; the sample's photos still point there."))
    screen.summary(rows)


async def _keep(system: System, screen: Screen, asked: asyncio.Event, *, reloading: bool) -> None:
    async def tidy() -> None:
        while True:
            await asyncio.sleep(60)
            await asyncio.to_thread(system.supervisor.trim_logs)

    async def deploys() -> None:
        while await asked.wait():
            asked.clear()
            screen.tell("A deploy: replacing the instances")
            await _roll(system, screen)

    async with asyncio.TaskGroup() as group:
        group.create_task(tidy())
        group.create_task(deploys())
        if reloading:
            async for changed in reload.changes():
                more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
                screen.tell(f"{changed[0]}{more} changed: starting the instances again")
                await _roll(system, screen)


async def _roll(system: System, screen: Screen) -> None:
    """Replace what runs our code; what came of it is told here, and to whoever reads the record."""
    supervisor, failure = system.supervisor, ""
    try:
        await supervisor.roll()
    except Misconfigured as error:
        failure = error.detail
    screen.tell(failure or "Done.")
    supervisor.facts["rolls"] = {"done": supervisor.facts["rolls"]["done"] + 1, "failure": failure}
    supervisor.write_record()
