"""The job class of this product: it runs nothing but the functions on the allow-list."""

from collections.abc import Callable
from typing import Any, Final, cast

from redis.client import Pipeline
from rq.job import Job, JobStatus
from rq.utils import now, utcformat

from shared.contracts.jobs import ALLOWED_JOBS
from shared.errors import JobForbiddenError

SERIALIZER: Final = "json"
# RQ itself notes the end of a job only where its function has come to one.
_BROKEN: Final = frozenset({JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED})


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

    def set_status(self, status: JobStatus, pipeline: Pipeline | None = None) -> None:
        """Set the status, and note when a job has ended, whatever ended it."""
        super().set_status(status, pipeline)
        if status in _BROKEN:
            self.ended_at = now()
            connection = self.connection if pipeline is None else pipeline
            connection.hset(self.key, "ended_at", utcformat(self.ended_at))
