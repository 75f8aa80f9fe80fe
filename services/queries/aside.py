"""Work that waits for Redis, beside what is answered from memory: in threads of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, TypeVar

from shared.errors import OverloadedError

T = TypeVar("T")
THREADS: Final = 4
# Running and waiting; Redis may be hung, and nobody waits longer than the gateway does.
MAX_WAITING: Final = 16


class Aside:
    """A few threads, and a short queue before them; who comes later is turned away."""

    def __init__(self) -> None:
        """Start no thread before there is work."""
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="aside")
        self._waiting = 0

    async def do(self, work: Callable[[], T]) -> T:
        """Return what `work` returns.

        Raises:
            OverloadedError: too much is waiting already.
        """
        if self._waiting >= MAX_WAITING:
            raise OverloadedError("Too many ask for stored releases at once.")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, copy_context().run, work)
        finally:
            self._waiting -= 1
