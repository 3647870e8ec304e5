"""Requests as fast as they are answered, for a number of seconds: by wrk where it is installed, else from this process.

Who measures needs CPU too, and here it is that of the measured: so a rate is worth something only beside another one,
taken the same way in the same minute.
"""

import asyncio
import random
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 32
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
# Each thread asks its own random products.
SCRIPT = """
local paths = {{{paths}}}
function init(args) math.randomseed(os.time()) end
function request()
    local path = paths[math.random(#paths)]
    return wrk.format("GET", (string.gsub(path, "{{}}", math.random({products}))))
end
"""


class WrongAnswerError(Exception):
    """An answer that was none, or no 200."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What was reached: answers a second, and the time in milliseconds that 99 % of them kept within."""

    per_second: float
    p99: float


def name() -> str:
    return "wrk" if shutil.which("wrk") else "asyncio"


def run(url: str, paths: list[str], products: int, seconds: float) -> Rate:
    """GET the paths at random, `{}` a product from 1 to `products`. `WrongAnswerError` where an answer is no 200."""
    if name() == "wrk":
        return _wrk(url, paths, products, seconds)
    return asyncio.run(_Own(url, paths, products).run(seconds))


def _wrk(url: str, paths: list[str], products: int, seconds: float) -> Rate:
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as folder:
        script = Path(folder) / "paths.lua"
        quoted = ", ".join(f'"{path}"' for path in paths)
        script.write_text(SCRIPT.format(paths=quoted, products=products), encoding="utf-8")
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "--latency", "-s", str(script), url]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    if wrong := re.search(r"(Non-2xx.*|Socket errors.*)", said):
        raise WrongAnswerError(wrong[1])
    rate, slow = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    if rate is None or slow is None:
        raise WrongAnswerError(said)
    return Rate(float(rate[1]), float(slow[1]) * UNITS[slow[2]])


@dataclass(slots=True)
class _Own:
    """The small one: kept connections, one request under way on each. It is itself the limit far below Nginx's own."""

    url: str
    paths: list[str]
    products: int
    taken: list[float] = field(default_factory=list)

    async def run(self, seconds: float) -> Rate:
        until = time.perf_counter() + seconds
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(self._ask(until))
        ordered = sorted(self.taken)
        return Rate(len(ordered) / seconds, ordered[int(len(ordered) * 0.99)] * 1000)

    async def _ask(self, until: float) -> None:
        parts = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            while (began := time.perf_counter()) < until:
                path = random.choice(self.paths).replace("{}", str(random.randint(1, self.products)))
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
                if not head.startswith(b"HTTP/1.1 200 ") or length is None:
                    raise WrongAnswerError(head.split(b"\r\n")[0].decode(errors="replace"))
                await reader.readexactly(int(length[1]))
                self.taken.append(time.perf_counter() - began)
        finally:
            writer.close()
