"""Whether the machine code is there. It is made ahead of need, in a thread.

The first time it is compiled, which takes a while; then it is loaded from a folder. Without numba, without a folder to
write to, and until it is there, the plain pass reads: the result is the same.
"""

import gc
import threading
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog

from backend.domain import characteristics, imports
from etl import binary, repair, rules
from etl.formats import Format, Understood
from etl.seen import Seen

if TYPE_CHECKING:
    from etl.compiled.ahead import Ahead
    from etl.compiled.comparing import Comparing
    from etl.compiled.loading import Loading
    from etl.compiled.measuring import Measure
    from etl.marked import Take

log = structlog.get_logger()

# Numbers and names of these are compiled in.
_CONSTANTS = (binary, characteristics, imports, repair, rules)
# Not in a home that nobody made: only an empty folder can become one.
_BESIDE = Path(__file__).parent / "__pycache__"
_lock = threading.Lock()
_thread: threading.Thread | None = None
_made: "type[Ahead] | None" = None


def ahead(understood: Understood, file_id: int, seen: Seen) -> "Ahead | None":
    """The compiled pass through a file; None while there is none."""
    return _made(understood, file_id, seen) if _made is not None else None


def loading() -> "Loading":
    """The load of an empty system. Only where it `is_ready`."""
    from etl.compiled.loading import Loading  # noqa: PLC0415

    return Loading()


def comparing() -> "Comparing":
    """The comparison with a filled system. Only where it `is_ready`."""
    from etl.compiled.comparing import Comparing  # noqa: PLC0415

    return Comparing()


def measure(fmt: Format) -> "Measure | None":
    """The measure of a file's columns; None while there is no machine code."""
    if _made is None:
        return None
    from etl.compiled.measuring import Measure  # noqa: PLC0415

    return Measure(fmt)


def take_marked() -> "Take | None":
    """What makes rejects of marked rows; None while there is no machine code."""
    if _made is None:
        return None
    from etl.compiled.marked import take  # noqa: PLC0415

    return take


def is_ready() -> bool:
    """Whether the machine code is there."""
    return _made is not None


def prepare(home: Path) -> threading.Thread:
    """Begin to load or compile it, once in a process.

    It is kept below the home, or, as long as there is none, beside this package; NUMBA_CACHE_DIR names another folder.
    """
    global _thread  # noqa: PLW0603 - machine code is the process's
    with _lock:
        if _thread is None:
            _thread = threading.Thread(
                target=_prepare,
                args=(home / "machine-code" if home.is_dir() else _BESIDE,),
                name="compile",
                daemon=True,
            )
            _thread.start()
    return _thread


def wait(seconds: float, heed: Callable[[], None]) -> None:
    """Wait for it that long where it is being made; `heed` is called meanwhile, and may raise."""
    until = monotonic() + seconds
    while _thread is not None and _thread.is_alive() and monotonic() < until:
        heed()
        _thread.join(0.1)


def _prepare(folder: Path) -> None:
    global _made  # noqa: PLW0603
    _made = load(folder)
    # It leaves some hundred thousand objects that stay: the collector need not look at them time and again.
    gc.freeze()


def load(folder: Path) -> "type[Ahead] | None":
    """Load it, or compile it and keep it in `folder`; None, with the reason in the log, where that cannot be."""
    if find_spec("numba") is None:
        log.info("reading without machine code", why="numba is not installed: it comes with the extra `etl`")
        return None
    began = monotonic()
    try:
        # It takes long, and only who imports needs it.
        import numba  # noqa: PLC0415

        config: Any = numba.config

        kept = Path(config.CACHE_DIR or folder)
        if kept.name != (code := digest()):
            kept /= code
        kept.mkdir(parents=True, exist_ok=True)
        config.CACHE_DIR = str(kept)
        from etl.compiled import comparing, loading, marked, measuring  # noqa: F401, PLC0415
        from etl.compiled.ahead import Ahead  # noqa: PLC0415
    except Exception as error:
        log.warning("reading without machine code", why=f"{type(error).__name__}: {error}")
        return None
    log.info("machine code is ready", seconds=round(monotonic() - began, 1))
    return Ahead


def digest() -> str:
    """The folder's name that machine code of these sources is kept under.

    Numba does not look at whether a function or a number that was compiled into another one has changed.
    """
    sources = [*Path(__file__).parent.glob("*.py"), *(Path(str(each.__file__)) for each in _CONSTANTS)]
    return sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:16]
