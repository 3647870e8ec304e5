"""A delivery in the local S3, for as long as it is measured."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from secrets import token_hex

from backend.domain.errors import Unavailable
from backend.local import probes
from backend.local.ports import HOST
from backend.local.s3 import DELIVERIES, Bucket
from backend.local.state import Secrets
from tests.postgres import free_port

_PATIENCE = 60.0  # seconds for the server to start


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The delivery's address, and the settings with which an import reaches it."""
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as name:
        (Path(name) / DELIVERIES).symlink_to(folder, target_is_directory=True)
        bucket = Bucket(Path(name), free_port(), Secrets(*(token_hex(8) for _ in fields(Secrets))))
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "moto.server", "-H", HOST, "-p", str(bucket.port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            asyncio.run(_fill(bucket, process))
            yield f"s3://{DELIVERIES}/", bucket.environment()
        finally:
            process.terminate()
            process.wait()


async def _fill(bucket: Bucket, process: "subprocess.Popen[bytes]") -> None:
    began = time.monotonic()
    while not await probes.is_ready(bucket.port, "/moto-api/"):
        if process.poll() is not None or time.monotonic() - began > _PATIENCE:
            raise Unavailable("The local S3 does not start.")
        await asyncio.sleep(0.1)
    await bucket.fill()
