"""Jobs: how builds and evaluations stand."""

import datetime as dt
from typing import Any, Final

import msgspec

from butaca_client.answers.base import Answer

ENDED: Final = frozenset({"finished", "failed", "stopped", "canceled"})


class JobError(Answer, frozen=True):
    """Why a job failed."""

    code: str
    message: str


class JobView(Answer, frozen=True):
    """A job: its status, and where it stands.

    `status` is one of queued, started, scheduled, finished, failed, stopped, canceled; `cause` of
    operator, start, schedule. `result` is a summary of a build, and the figures of an evaluation.
    `started_at` is that of the latest attempt, `ended_at` is None until the job has ended.
    `asked_by` is the id of the key it was asked for with. `joined` tells who asks for a job that
    they were given one which was there already.
    """

    id: str
    name: str
    status: str
    attempts: int
    force: bool
    full: bool
    source: str | None
    cause: str
    created_at: dt.datetime | None
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    step: str | None = None
    done: int | None = None
    total: int | None = None
    rate: float | None = None
    eta_s: float | None = None
    seconds: dict[str, float] = msgspec.field(default_factory=dict[str, float])
    result: dict[str, Any] | None = None
    error: JobError | None = None
    request_id: str | None = None
    asked_by: str | None = None
    joined: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether it will not change any more."""
        return self.status in ENDED


class JobList(Answer, frozen=True):
    """The latest jobs, newest first."""

    items: list[JobView]


class LogEntry(Answer, frozen=True):
    """One event of a job's log."""

    at: dt.datetime
    level: str
    event: str
    fields: dict[str, Any]


class JobLog(Answer, frozen=True):
    """The end of a job's log, oldest first."""

    items: list[LogEntry]
