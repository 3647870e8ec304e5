"""Requests as fast as they are answered, by wrk: it costs least of those that take a script."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path

from backend.domain.errors import Misconfigured
from loadtests.api.measured import BrokenMeasurementError, Measured
from loadtests.api.products import Products
from loadtests.api.subjects import KINDS

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
_SEED = "function init() math.randomseed(os.time() + tonumber(tostring({}):match('0x(%x+)'), 16) % 100000) end\n"
# Written as it goes over the wire: wrk.format would cost several times as much.
_READ = """
function request()
    local id, drawn = {law}, math.random({sum})
    {asked}
end
"""
_ASKED = 'if drawn <= {upto} then return "GET {before}" .. id .. "{after} HTTP/1.1\\r\\nHost: bench\\r\\n\\r\\n" end'
_WRITE = """
local lines = {{}}
for line in io.lines("{lines}") do lines[#lines + 1] = line end
local nth
function request()
    nth = (nth or math.random(999999999)) + 1
    local number = string.format("%09d", nth % 1000000000)
    return "{method} " .. string.gsub(lines[math.random(#lines)], "\\t", number):gsub("\\v", "\\r\\n")
end
"""


def demand() -> None:
    """`Misconfigured` where there is no wrk."""
    if shutil.which("wrk") is None:
        raise Misconfigured("There is no wrk on the PATH: install it (Debian and Ubuntu: apt-get install wrk).")


def reading(mix: Mapping[str, int], products: Products, law: str) -> str:
    """A script that asks for any of these kinds, each as often as its weight says."""
    asked = []
    for kind, upto in zip(mix, accumulate(mix.values()), strict=True):
        before, after = KINDS[kind].split("{}")
        asked.append(_ASKED.format(upto=upto, before=before, after=after))
    return _SEED + _READ.format(law=products.lua(law), sum=sum(mix.values()), asked="\n    ".join(asked))


def writing(method: str, lines: Path) -> str:
    """A script that sends any of the lines of a file; in those a tab stands for nine digits, never the same twice."""
    return _SEED + _WRITE.format(lines=lines, method=method)


def run(url: str, script: Path | None, connections: int, seconds: float) -> Measured:
    """Send for that long. Answers other than 2xx, and connections that broke, are `errors`."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--latency", "--timeout", "10s"]
    if script is not None:
        command += ["-s", str(script)]
    done = subprocess.run([*command, url], capture_output=True, text=True, check=False, timeout=seconds + 60)
    said = done.stdout
    total, rate = re.search(r"(\d+) requests in", said), re.search(r"Requests/sec:\s+([\d.]+)", said)
    if done.returncode or total is None or rate is None:
        raise BrokenMeasurementError.of("wrk", said + done.stderr)
    wrong = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", said)))
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    answers = int(total[1]) - wrong
    within = {int(share): float(time) * UNITS[unit] for share, time, unit in _shares(said)}
    return Measured(
        rate=float(rate[1]) * answers / max(1, int(total[1])),
        p50=within.get(50),
        p90=within.get(90),
        p99=within.get(99),
        errors=wrong + (sum(map(int, broken.groups())) if broken else 0),
        answers=answers,
    )


def _shares(said: str) -> list[tuple[str, str, str]]:
    return re.findall(r"^\s+(50|90|99)%\s+([\d.]+)(us|ms|s|m) *$", said, re.MULTILINE)
