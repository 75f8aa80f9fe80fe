"""The queue: the only module that touches `rq.Queue` and `rq.job.Job`.

Messages are JSON, and a job runs only functions on the allow-list: with JSON alone a message
could still name `os.system`.
"""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any, cast

import msgspec
import redis
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job, JobStatus

from shared.contracts.jobs import (
    ALLOWED_JOBS,
    JOBS,
    BuildPayload,
    EvaluatePayload,
    JobError,
    JobName,
    JobView,
    Progress,
)
from shared.errors import JobForbiddenError, JobNotFoundError, StoreUnavailableError
from shared.redis_keys import RedisKeys

SERIALIZER = "json"
HISTORY = 100
_JOB_ID = re.compile(rf"(?:{'|'.join(JOBS)})-[0-9]{{1,18}}")
RESULT_TTL_S = 30 * 24 * 3600
ENDED = frozenset({JobStatus.FINISHED, JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED})


class AllowedJob(Job):
    """A job whose function must be on the allow-list."""

    @property
    def func(self) -> Callable[..., Any] | None:
        """Return the function to run.

        Raises:
            JobForbiddenError: the message names another one, or a method or callback.
        """
        callbacks = (
            self._success_callback_name,
            self._failure_callback_name,
            self._stopped_callback_name,
        )
        if self.func_name not in ALLOWED_JOBS or self.instance or any(callbacks):
            raise JobForbiddenError(f"job {self.id} names {self.func_name}")
        return cast("Callable[..., Any]", super().func)


class JobQueue:
    """Puts jobs on the queue, one of a kind at a time, and tells how they stand.

    Raises `StoreUnavailableError` from every method when Redis does not answer.
    """

    def __init__(self, client: redis.Redis, keys: RedisKeys) -> None:
        """Use a connection of its own: RQ changes its time-outs."""
        self._redis = client
        self._keys = keys

    def enqueue_build(self, payload: BuildPayload) -> tuple[JobView, bool]:
        """Start a build, or find the one that is queued or running; the flag says which."""
        return self._enqueue_only("build", payload)

    def enqueue_evaluation(self, payload: EvaluatePayload) -> tuple[JobView, bool]:
        """Start an evaluation, or find the one that is queued or running, likewise."""
        return self._enqueue_only("evaluate", payload)

    def job(self, job_id: str) -> JobView:
        """Return one job.

        Raises:
            JobNotFoundError: there is none, or it ended too long ago.
        """
        try:
            view = self._find(job_id)
        except redis.RedisError as error:
            raise StoreUnavailableError(f"Redis does not answer: {error}") from error
        if view is None:
            raise JobNotFoundError(f"There is no job {job_id}.")
        return view

    def jobs(self) -> list[JobView]:
        """Return the latest jobs of all kinds, newest first, at most 100."""
        try:
            ids = [job_id for name in JOBS for job_id in self._latest(name)]
            found = AllowedJob.fetch_many(ids, connection=self._redis, serializer=SERIALIZER)
            jobs = [job for job in found if job is not None]
            jobs.sort(key=lambda job: job.created_at, reverse=True)
            return [view_job(job) for job in jobs[:HISTORY]]
        except redis.RedisError as error:
            raise StoreUnavailableError(f"Redis does not answer: {error}") from error

    def _enqueue_only(self, name: JobName, payload: msgspec.Struct) -> tuple[JobView, bool]:
        """Start a job of this kind unless one is under way.

        Job ids are `build-1`, `build-2`, …: RQ lets only one caller make a given id, and the
        sequence moves on only once that job has ended, so there is one of a kind at a time.
        """
        try:
            while True:
                number = self._sequence(name)
                try:
                    return self._enqueue(name, number, payload), True
                except DuplicateJobError:
                    view = self._find(f"{name}-{number}")
                    if view is not None and view.status not in ENDED:
                        return view, False
                    self._advance(name, number)
        except redis.RedisError as error:
            raise StoreUnavailableError(f"Redis does not answer: {error}") from error

    def _enqueue(self, name: JobName, number: int, payload: msgspec.Struct) -> JobView:
        spec = JOBS[name]
        queue = Queue(
            spec.queue, connection=self._redis, serializer=SERIALIZER, job_class=AllowedJob
        )
        job = queue.enqueue_call(
            spec.path,
            args=(msgspec.to_builtins(payload),),
            job_id=f"{name}-{number}",
            unique=True,
            timeout=spec.timeout_s,
            result_ttl=RESULT_TTL_S,
            failure_ttl=RESULT_TTL_S,
            retry=Retry(max=spec.retries),
        )
        return view_job(job)

    def _find(self, job_id: str) -> JobView | None:
        if not _JOB_ID.fullmatch(job_id):
            return None
        try:
            job = AllowedJob.fetch(job_id, connection=self._redis, serializer=SERIALIZER)
        except NoSuchJobError:
            return None
        return view_job(job)

    def _latest(self, name: JobName) -> list[str]:
        """Ids of the latest jobs of a kind, newest first."""
        last = self._sequence(name)
        return [f"{name}-{number}" for number in range(last, max(last - HISTORY, 0), -1)]

    def _sequence(self, name: JobName) -> int:
        return int(self._redis.get(self._keys.job_sequence(name)) or 1)

    def _advance(self, name: JobName, number: int) -> None:
        """Move the sequence past `number`, once, however many callers try."""
        key = self._keys.job_sequence(name)
        with self._redis.pipeline() as pipe:
            try:
                pipe.watch(key)  # type: ignore[no-untyped-call]  # redis-py
                if int(cast("bytes", pipe.get(key)) or 1) == number:
                    pipe.multi()
                    pipe.set(key, number + 1)
                    pipe.execute()
            except redis.WatchError:
                return


def view_job(job: Job) -> JobView:
    """Describe an RQ job by the public contract."""
    meta = job.meta
    progress = msgspec.convert(meta["progress"], Progress) if "progress" in meta else None
    name = job.id.partition("-")[0]
    # The one payload that says anything.
    payload = msgspec.convert(job.args[0], BuildPayload) if name == "build" else BuildPayload()
    status = job.get_status(refresh=False)
    result = job.return_value() if status == JobStatus.FINISHED else None
    error = msgspec.convert(meta["error"], JobError) if "error" in meta else None
    if status == JobStatus.FAILED and error is None:
        error = JobError(code="job_lost", message="The worker ended before the job did.")
    return JobView(
        id=job.id,
        name=name,
        status=str(status.value if status else "unknown"),
        attempts=int(meta.get("attempts", 0)),
        force=payload.force,
        full=payload.full,
        source=payload.source,
        cause=payload.cause,
        created_at=_utc(job.created_at),
        started_at=_utc(job.started_at),
        ended_at=_utc(job.ended_at),
        step=progress.step if progress else None,
        done=progress.done if progress else None,
        total=progress.total if progress else None,
        rate=progress.rate if progress else None,
        eta_s=progress.eta_s if progress else None,
        seconds=dict(meta.get("seconds", {})),
        result=result,
        error=error if status == JobStatus.FAILED else None,
    )


def _utc(moment: dt.datetime | None) -> dt.datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=dt.UTC)
