"""Imported by the process that workers are forked from: the compiled pass is loaded once, for all of them."""

import tempfile
from pathlib import Path

from etl.compiled import ready

ready.prepare(Path(tempfile.gettempdir())).join()
