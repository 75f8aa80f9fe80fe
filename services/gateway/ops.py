"""The queue for the event loop: each call in a thread, under a deadline."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from shared.contracts.jobs import BuildPayload, EvaluatePayload, JobList, JobView
from shared.errors import StoreUnavailableError
from shared.queue import JobQueue

T = TypeVar("T")


class Ops:
    """What operators may do."""

    def __init__(self, queue: JobQueue, *, deadline_s: float) -> None:
        """Use a queue whose connection is its own."""
        self._queue = queue
        self._deadline_s = deadline_s

    async def start_build(self, payload: BuildPayload) -> JobView:
        """Start a build, or find the one under way."""
        view, _ = await self._call(lambda: self._queue.enqueue_build(payload))
        return view

    async def start_evaluation(self, payload: EvaluatePayload) -> JobView:
        """Start an evaluation, or find the one under way."""
        view, _ = await self._call(lambda: self._queue.enqueue_evaluation(payload))
        return view

    async def jobs(self) -> JobList:
        """Return the latest jobs."""
        return JobList(items=await self._call(self._queue.jobs))

    async def job(self, job_id: str) -> JobView:
        """Return one job."""
        return await self._call(lambda: self._queue.job(job_id))

    async def _call(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread.

        Raises:
            StoreUnavailableError: it takes longer than the deadline; starting a job twice is
                starting it once, so the caller may simply try again.
        """
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.to_thread(work)
        except TimeoutError as error:
            raise StoreUnavailableError("Redis does not answer in time.") from error
