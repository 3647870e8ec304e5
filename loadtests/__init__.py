"""Load, as storefronts make it, and what the service answers under it."""

from pathlib import Path


def locustfile_path() -> Path:
    """Where Locust finds the visitors; importing them here would patch this process's sockets."""
    return Path(__file__).parent / "locustfile.py"
