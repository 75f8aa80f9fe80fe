"""Ops: start, follow, cancel and try again builds and evaluations. For operators."""

from typing import Annotated, Final

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from services.gateway.callers import Caller
from services.gateway.documentation import ADMIN_SECURITY, refusals
from services.gateway.job_events import MEDIA_TYPE, EventStream, JobEvents
from services.gateway.ops import Ops
from shared.contracts.jobs import (
    BuildPayload,
    EvaluatePayload,
    JobList,
    JobLog,
    JobRequest,
    JobView,
)
from shared.job_log import MAX_EVENTS

BODY_BYTES = 64 * 1024
# Visible ASCII.
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(name="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[!-~]+$"),
]
_EVENTS: Final = ResponseSpec(
    data_container=str,
    generate_examples=False,
    description="Events, until the job has ended",
    media_type=MEDIA_TYPE,
)


class JobsController(Controller):
    """Puts jobs on the queue, shows them and ends them."""

    path = "/v1/jobs"
    tags = ("ops",)
    security = ADMIN_SECURITY
    opt = {"role": "operator"}  # noqa: RUF012  # as the base has it
    request_max_body_size = BODY_BYTES

    @post(status_code=202, responses=refusals(400, 401, 403, 409, 413, 503))
    async def start(
        self,
        ops: NamedDependency[Ops],
        caller: NamedDependency[Caller],
        data: JSONBody[JobRequest | None] = None,
        *,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[JobView]:
        """Start a job; while one of its kind is queued or running, that one is the answer.

        It is `joined` then. A build of another source is not, nor one that takes steps over
        where `full` was asked for: that is a `job_conflict`. The same `Idempotency-Key` with the
        same body stands for the same job for 24 hours, even after it has ended.
        """
        request = data or JobRequest()
        if request.name == "evaluate":
            view = await ops.start_evaluation(EvaluatePayload(), caller, idempotency_key)
        else:
            payload = BuildPayload(force=request.force, full=request.full, source=request.source)
            view = await ops.start_build(payload, caller, idempotency_key)
        return _accepted(view)

    @get(responses=refusals(401, 403, 503))
    async def latest(self, ops: NamedDependency[Ops]) -> JobList:
        """The latest jobs, newest first, at most 100."""
        return await ops.jobs()

    @get("/{job_id:str}", responses=refusals(401, 403, 404, 503))
    async def job(self, ops: NamedDependency[Ops], job_id: FromPath[str]) -> JobView:
        """One job: status, step, progress, result or error."""
        return await ops.job(job_id)

    @post("/{job_id:str}/cancel", status_code=200, responses=refusals(401, 403, 404, 409, 503))
    async def cancel(
        self, ops: NamedDependency[Ops], caller: NamedDependency[Caller], job_id: FromPath[str]
    ) -> JobView:
        """End a job, which is not tried again; nothing that is live changes.

        A queued one is `canceled` at once. A running one is `stopped` within seconds: the answer
        shows how it stands after at most one.
        """
        return await ops.cancel(job_id, caller)

    @post("/{job_id:str}/retry", status_code=202, responses=refusals(401, 403, 404, 409, 503))
    async def retry(
        self, ops: NamedDependency[Ops], caller: NamedDependency[Caller], job_id: FromPath[str]
    ) -> Response[JobView]:
        """Start a new job like one that failed or was cancelled.

        While one of its kind is queued or running, that one is the answer, if it gives the same.
        """
        return _accepted(await ops.retry(job_id, caller))

    @get("/{job_id:str}/log", responses=refusals(400, 401, 403, 404, 503))
    async def log(
        self,
        ops: NamedDependency[Ops],
        job_id: FromPath[str],
        limit: Annotated[int, QueryParameter(ge=1, le=MAX_EVENTS)] = 100,
    ) -> JobLog:
        """The end of what was logged about a job, oldest first."""
        return await ops.log(job_id, limit)

    @get("/{job_id:str}/events", responses={200: _EVENTS, **refusals(401, 403, 404, 503)})
    async def events(
        self, job_events: NamedDependency[JobEvents], job_id: FromPath[str]
    ) -> EventStream:
        """A job as it goes on, as server-sent events.

        `job` has the job as JSON: at once, and after each change. `problem` has a problem
        document where Redis is away for a while: the stream goes on. `end` comes after the last
        one of a job that has ended. Comments keep the connection open.
        """
        return EventStream(lambda: job_events.watch(job_id))


def _accepted(view: JobView) -> Response[JobView]:
    return Response(view, status_code=202, headers={"Location": f"/v1/jobs/{view.id}"})
