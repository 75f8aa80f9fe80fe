"""Jobs: what is put on the queue and what is said of it."""

import datetime as dt
from typing import Annotated, Any, Final, Literal

import msgspec

from shared.contracts.base import Inbound, Wire


class JobSpec(Wire, frozen=True):
    """A kind of job: where its function lives (never imported by producers) and its bounds."""

    name: str
    path: str
    queue: str
    timeout_s: int
    retries: int = 3


BUILD_RELEASE = JobSpec(
    name="build", path="worker.jobs.build_release", queue="butaca-build", timeout_s=4 * 3600
)
# The same queue, so that never two of them share the machine.
EVALUATE = JobSpec(
    name="evaluate",
    path="worker.jobs.evaluate_release",
    queue=BUILD_RELEASE.queue,
    timeout_s=1800,
)
JobName = Literal["build", "evaluate"]
JOBS: Final[dict[JobName, JobSpec]] = {"build": BUILD_RELEASE, "evaluate": EVALUATE}
ALLOWED_JOBS = frozenset(spec.path for spec in JOBS.values())


# Who asked for a build: a person, the worker's own start, or the schedule.
Cause = Literal["operator", "start", "schedule"]
# Python's $ lets a line break follow.
SourceName = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$(?!\n)")]


class JobRequest(Inbound, frozen=True):
    """Ask for a job.

    `force` builds even when the sources have not changed; `full` takes nothing over from the
    live release, so every step is done anew. `source` is the name of one of the worker's
    configured sources, its own folder if left out. An evaluation is always made anew, of the
    live release, so these say nothing to it.
    """

    name: JobName = "build"
    force: bool = False
    full: bool = False
    source: SourceName | None = None


class BuildPayload(Wire, frozen=True):
    """What the build job is told; `source` None is the worker's own folder."""

    force: bool = False
    full: bool = False
    source: str | None = None
    cause: Cause = "operator"


class EvaluatePayload(Wire, frozen=True):
    """What the evaluation job is told: nothing so far, it takes the live release."""


class Progress(Wire, frozen=True):
    """Where a running job stands; `eta_s` is for the current step."""

    step: str
    done: int
    total: int
    rate: float | None = None
    eta_s: float | None = None


class JobError(Wire, frozen=True):
    """Why a job failed: a stable code, a message fit for an operator, and details."""

    code: str
    message: str


class JobView(Wire, frozen=True):
    """A job as the ops API shows it.

    `status` is one of queued, started, scheduled, finished, failed, stopped, canceled. `result`
    is a summary of a build, and the `Evaluation` of an evaluation. `started_at` is that of the
    latest attempt, `ended_at` is null until the job has ended. `request_id` is that of the request
    which asked for it, and `asked_by` the id of the key that this came with, if any did. `joined`
    tells who asks for a job that they were given one which was there already.
    """

    id: str
    name: str
    status: str
    attempts: int
    force: bool
    full: bool
    source: str | None
    cause: Cause
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


class JobList(Wire, frozen=True):
    """The latest jobs, newest first."""

    items: list[JobView]


class LogEntry(Wire, frozen=True):
    """One event of a job's log."""

    at: dt.datetime
    level: str
    event: str
    fields: dict[str, Any]


class JobLog(Wire, frozen=True):
    """The end of a job's log, oldest first."""

    items: list[LogEntry]
