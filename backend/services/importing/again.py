"""A transaction that met another one in its way is done once more."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg

T = TypeVar("T")
TIMES = 5


async def again(transaction: Callable[[], Awaitable[T]]) -> T:
    """Do it, up to five times while it ends in a deadlock or a serialization failure; then that error is raised."""
    for _ in range(TIMES - 1):
        try:
            return await transaction()
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            continue
    return await transaction()
