"""The queue for the event loop: each call in a thread, under a deadline."""

from collections.abc import Callable
from typing import TypeVar

from services.gateway.audit import record
from services.gateway.callers import Caller
from services.gateway.deadlines import in_time
from shared.contracts.jobs import BuildPayload, EvaluatePayload, JobList, JobLog, JobView
from shared.http.request_id import current_request_id
from shared.queue import Asked, JobQueue

T = TypeVar("T")


class Ops:
    """What operators may do."""

    def __init__(self, queue: JobQueue, *, deadline_s: float) -> None:
        """Use a queue whose connection is its own."""
        self._queue = queue
        self._deadline_s = deadline_s

    async def start_build(
        self, payload: BuildPayload, caller: Caller, key: str | None = None
    ) -> JobView:
        """Start a build, or find the one under way, or that of the idempotency key."""
        asked = _asked(caller, key)

        def start() -> JobView:
            view, is_new = self._queue.enqueue_build(payload, asked)
            record("job_asked", caller, job=view.id, is_new=is_new)
            return view

        return await self._call(start)

    async def start_evaluation(
        self, payload: EvaluatePayload, caller: Caller, key: str | None = None
    ) -> JobView:
        """Start an evaluation, likewise."""
        asked = _asked(caller, key)

        def start() -> JobView:
            view, is_new = self._queue.enqueue_evaluation(payload, asked)
            record("job_asked", caller, job=view.id, is_new=is_new)
            return view

        return await self._call(start)

    async def jobs(self) -> JobList:
        """Return the latest jobs."""
        return JobList(items=await self._call(self._queue.jobs))

    async def job(self, job_id: str) -> JobView:
        """Return one job."""
        return await self._call(lambda: self._queue.job(job_id))

    async def log(self, job_id: str, limit: int) -> JobLog:
        """Return the end of the log of a job."""
        return JobLog(items=await self._call(lambda: self._queue.log(job_id, limit)))

    async def cancel(self, job_id: str, caller: Caller) -> JobView:
        """End a job."""
        asked = _asked(caller)

        def cancel() -> JobView:
            view = self._queue.cancel(job_id, asked)
            record("job_cancelled", caller, job=job_id)
            return view

        return await self._call(cancel)

    async def retry(self, job_id: str, caller: Caller) -> JobView:
        """Start a job like one that failed, or find the one under way."""
        asked = _asked(caller)

        def retry() -> JobView:
            view, is_new = self._queue.retry(job_id, asked)
            record("job_retried", caller, job=view.id, like=job_id, is_new=is_new)
            return view

        return await self._call(retry)

    async def _call(self, work: Callable[[], T]) -> T:
        # Starting a job twice is starting it once, so a caller who was too late may try again.
        return await in_time(work, self._deadline_s)


def _asked(caller: Caller, key: str | None = None) -> Asked:
    return Asked(current_request_id(), key, caller.key_id)
