"""Jobs: what is put on the queue and what is said of it."""

import datetime as dt
from typing import Any

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
ALLOWED_JOBS = frozenset({BUILD_RELEASE.path})


class JobRequest(Inbound, frozen=True):
    """Ask for a build; `force` builds even when the sources have not changed."""

    force: bool = False


class BuildPayload(Wire, frozen=True):
    """What the build job is told."""

    force: bool = False


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

    `status` is one of queued, started, scheduled, finished, failed, stopped, canceled.
    """

    id: str
    name: str
    status: str
    attempts: int
    force: bool
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


class JobList(Wire, frozen=True):
    """The latest jobs, newest first."""

    items: list[JobView]
