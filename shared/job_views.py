"""An RQ job as the public contract shows it."""

import datetime as dt
from typing import Final

import msgspec
from rq.job import Job, JobStatus

from shared.contracts.jobs import BuildPayload, JobError, JobView, Progress

ENDED: Final = frozenset(
    {JobStatus.FINISHED, JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED}
)
# What may be tried again.
BROKEN: Final = ENDED - {JobStatus.FINISHED}


def view_job(job: Job) -> JobView:
    """Describe an RQ job by the public contract."""
    meta = job.meta
    progress = msgspec.convert(meta["progress"], Progress) if "progress" in meta else None
    name = job.id.partition("-")[0]
    # The one payload that says anything.
    payload = msgspec.convert(job.args[0], BuildPayload) if name == "build" else BuildPayload()
    status = job.get_status(refresh=False)
    attempts = int(meta.get("attempts", 0))
    return JobView(
        id=job.id,
        name=name,
        status=str(status.value if status else "unknown"),
        attempts=attempts,
        force=payload.force,
        full=payload.full,
        source=payload.source,
        cause=payload.cause,
        created_at=_utc(job.created_at),
        started_at=_utc(job.started_at),
        # RQ leaves that of the attempt before in place.
        ended_at=_utc(job.ended_at) if status in ENDED else None,
        step=progress.step if progress else None,
        done=progress.done if progress else None,
        total=progress.total if progress else None,
        rate=progress.rate if progress else None,
        eta_s=progress.eta_s if progress else None,
        seconds=dict(meta.get("seconds", {})),
        result=job.return_value() if status == JobStatus.FINISHED else None,
        error=_error(job, attempts) if status == JobStatus.FAILED else None,
        request_id=meta.get("request_id"),
        asked_by=meta.get("asked_by"),
    )


def _error(job: Job, attempts: int) -> JobError:
    if "error" in job.meta:
        return msgspec.convert(job.meta["error"], JobError)
    # None is counted where it ended before it began.
    times = {0: "each time", 1: "once"}.get(attempts, f"{attempts} times")
    return JobError(
        code="job_lost",
        message=f"The process of the job ended {times} before it could say why, perhaps killed "
        "for lack of memory: see the log of the job, and that of the worker.",
    )


def _utc(moment: dt.datetime | None) -> dt.datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=dt.UTC)
