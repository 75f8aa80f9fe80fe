"""What changed from one release to another, for operators; computed by queries."""

from typing import Annotated, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from services.gateway.documentation import ADMIN_SECURITY, answers
from services.gateway.forwarding import Forwarder
from shared.contracts.differences import ReleaseDifference

# Two catalogues are read from Redis first, one difference at a time.
DIFFERENCE_DEADLINE_S: Final = 25.0


@get(
    "/v1/releases/{number:int}/difference",
    tags=["ops"],
    security=ADMIN_SECURITY,
    opt={"role": "operator"},
    responses=answers(ReleaseDifference, 400, 401, 403, 404, 503, 504),
)
async def difference(
    queries: NamedDependency[Forwarder],
    number: FromPath[int],
    base: Annotated[int | None, QueryParameter(ge=1)] = None,
) -> Response[bytes]:
    """What a release changed: movies added, removed and changed, and how far neighbours moved.

    `base` is the release it is compared with, the published one before it where left out.
    """
    chosen = {} if base is None else {"base": base}
    return await queries.answer_anew(
        f"/v1/releases/{number}/difference", DIFFERENCE_DEADLINE_S, **chosen
    )
