"""Where a job stands: the port the pipeline reports to, and the one that writes to the job."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any, Final, Protocol

import msgspec
import redis
from rq.job import Job

from shared.contracts.jobs import JobError, Progress
from shared.errors import (
    AppError,
    ArtifactNotFoundError,
    IndexNotReadyError,
    JobForbiddenError,
    ModelError,
    ReleaseRefusedError,
    ReleaseSchemaError,
    SettingsError,
    SourceError,
    SourceUnknownError,
)
from shared.telemetry import log

SAVE_EVERY_S: Final = 0.5
# Trying again would end the same way.
PERMANENT: Final = (
    ArtifactNotFoundError,
    IndexNotReadyError,
    JobForbiddenError,
    ModelError,
    ReleaseRefusedError,
    ReleaseSchemaError,
    SettingsError,
    SourceError,
    SourceUnknownError,
)


class Reporter(Protocol):
    """Hears how a build gets on."""

    def begin(self, step: str) -> None:
        """Note that a step starts."""
        ...

    def advance(self, done: int, total: int) -> None:
        """Note how far the current step is."""
        ...

    def end(self, step: str, seconds: float) -> None:
        """Note that a step is done."""
        ...


class JobReporter:
    """Writes the progress into the job's meta, at most every half second.

    A server that is away for a moment costs progress, never the build.
    """

    def __init__(self, job: Job, clock: Callable[[], float] = time.monotonic) -> None:
        """Report to `job`."""
        self._job = job
        self._clock = clock
        self._step = ""
        self._began = self._saved = clock()
        _meta(job)["seconds"] = {}

    def begin(self, step: str) -> None:
        """Show the step at once."""
        self._step, self._began = step, self._clock()
        self._write(Progress(step=step, done=0, total=0))

    def advance(self, done: int, total: int) -> None:
        """Show how far the step is, with the rate per second and the seconds left.

        A `total` of 0 is one that nobody knows.
        """
        now = self._clock()
        if now - self._saved < SAVE_EVERY_S and done != total:
            return
        spent = now - self._began
        rate = done / spent if spent > 0 and done else None
        left = round((total - done) / rate, 1) if rate is not None and total else None
        rate = None if rate is None else round(rate, 1)
        self._write(Progress(step=self._step, done=done, total=total, rate=rate, eta_s=left))

    def end(self, step: str, seconds: float) -> None:
        """Keep the seconds of the step; they are written with what comes next."""
        _meta(self._job)["seconds"][step] = round(seconds, 3)

    def _write(self, progress: Progress) -> None:
        self._saved = self._clock()
        _meta(self._job)["progress"] = msgspec.to_builtins(progress)
        with suppress(redis.RedisError):
            _save_meta(self._job)


@contextmanager
def tracked(job: Job) -> Generator[JobReporter]:
    """Count the attempt, hand out a reporter, and record why the job failed if it does.

    Failures that would repeat themselves take away the job's retry.
    """
    meta = _meta(job)
    meta.pop("error", None)
    meta.pop("progress", None)
    meta["attempts"] = int(meta.get("attempts", 0)) + 1
    reporter = JobReporter(job)
    try:
        _save_meta(job)
        yield reporter
        _save_meta(job)
    except Exception as error:
        if isinstance(error, PERMANENT):
            job.retries_left = 0
        failure = describe_failure(error)
        _meta(job)["error"] = msgspec.to_builtins(failure)
        with suppress(redis.RedisError):
            _save_meta(job)
        log().error(
            "job_failed",
            job=job.id,
            code=failure.code,
            reason=failure.message,
            # What was to be expected is told by its sentence.
            exc_info=None if isinstance(error, AppError) else error,
        )
        raise


def describe_failure(error: Exception) -> JobError:
    """Return the code and the message of a failure, fit for an operator."""
    if isinstance(error, AppError):
        return JobError(code=error.code, message=error.message)
    return JobError(code=AppError.code, message=f"{type(error).__name__}: {error}")


def _meta(job: Job) -> dict[str, Any]:
    meta: dict[str, Any] = job.meta  # another object after each refresh
    return meta


def _save_meta(job: Job) -> None:
    job.save_meta()  # type: ignore[no-untyped-call]  # rq
