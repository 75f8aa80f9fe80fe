"""Jobs: what is put on the queue and what is said of it."""

import datetime as dt
from typing import Any, Final, Literal

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


class JobRequest(Inbound, frozen=True):
    """Ask for a job; `force` builds even when the sources have not changed.

    An evaluation is always made anew, so `force` says nothing to it.
    """

    name: JobName = "build"
    force: bool = False


class BuildPayload(Wire, frozen=True):
    """What the build job is told."""

    force: bool = False


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
    is a summary of a build, and the `Evaluation` of an evaluation.
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
