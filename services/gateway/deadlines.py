"""Blocking calls to Redis, for the event loop: each in a thread, under a deadline."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from shared.errors import StoreUnavailableError

T = TypeVar("T")


async def in_time(work: Callable[[], T], deadline_s: float) -> T:
    """Run `work` in a thread; late, it goes on there, so done twice it must be done once.

    Raises:
        StoreUnavailableError: it takes longer than the deadline.
    """
    try:
        async with asyncio.timeout(deadline_s):
            return await asyncio.to_thread(work)
    except TimeoutError as error:
        raise StoreUnavailableError("Redis does not answer in time.") from error
