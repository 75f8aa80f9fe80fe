"""Ops: start a build or an evaluation and see how jobs stand. Guarded by the admin key."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.gateway.documentation import ADMIN_SECURITY, refusals
from services.gateway.ops import Ops
from shared.contracts.jobs import (
    BuildPayload,
    EvaluatePayload,
    JobList,
    JobRequest,
    JobView,
)

BODY_BYTES = 64 * 1024


class JobsController(Controller):
    """Puts jobs on the queue and shows them."""

    path = "/v1/jobs"
    tags = ("ops",)
    security = ADMIN_SECURITY
    request_max_body_size = BODY_BYTES

    @post(status_code=202, responses=refusals(400, 403, 413, 503))
    async def start(
        self, ops: NamedDependency[Ops], data: JSONBody[JobRequest | None] = None
    ) -> Response[JobView]:
        """Start a job; while one of its kind is queued or running, that one is the answer."""
        request = data or JobRequest()
        if request.name == "evaluate":
            view = await ops.start_evaluation(EvaluatePayload())
        else:
            view = await ops.start_build(BuildPayload(force=request.force))
        return Response(view, status_code=202, headers={"Location": f"/v1/jobs/{view.id}"})

    @get(responses=refusals(403, 503))
    async def latest(self, ops: NamedDependency[Ops]) -> JobList:
        """The latest jobs, newest first."""
        return await ops.jobs()

    @get("/{job_id:str}", responses=refusals(403, 404, 503))
    async def job(self, ops: NamedDependency[Ops], job_id: FromPath[str]) -> JobView:
        """One job: status, step, progress, result or error."""
        return await ops.job(job_id)
