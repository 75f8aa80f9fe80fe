"""What a release tells of itself: analysis, build report, score card and clean tables."""

from typing import Annotated, Final, Literal

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter

from services.gateway.documentation import ADMIN_SECURITY, answers, refusals
from services.gateway.forwarding import Forwarder, PassedOn
from shared.contracts.eda import Analysis
from shared.contracts.reports import MAX_PAGE, ReportResponse
from shared.contracts.scorecards import ScoreCardResponse

# The page loads nothing and runs nothing; its style is its own.
PAGE_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
}
# The service writes the whole file before its first byte comes.
DOWNLOAD_DEADLINE_S: Final = 60.0
# The service reads these from Redis, while it may be loading a release on the same machine.
ARCHIVE_DEADLINE_S: Final = 10.0
Table = Literal["movies", "cast", "directors"]


@get("/v1/eda", tags=["releases"], responses=answers(Analysis, 404, 503, 504))
async def eda(queries: NamedDependency[Forwarder]) -> Response[bytes]:
    """The exploratory analysis of the live release."""
    return await queries.answer("/v1/eda")


@get("/eda", tags=["releases"], responses=refusals(400, 404, 503, 504), media_type="text/html")
async def eda_page(
    queries: NamedDependency[Forwarder], lang: FromQuery[Literal["es", "en"]] = "es"
) -> Response[bytes]:
    """The same as a page to read or print, in Spanish or English."""
    response = await queries.answer("/eda", lang=lang)
    response.headers.update(PAGE_HEADERS)
    return response


@get(
    "/v1/releases/{number:int}/report",
    tags=["releases"],
    responses=answers(ReportResponse, 400, 404, 503, 504),
)
async def report(
    queries: NamedDependency[Forwarder],
    number: FromPath[int],
    offset: Annotated[int, QueryParameter(ge=0)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)] = 100,
) -> Response[bytes]:
    """What a build did to its input, with some of the quarantined rows."""
    path = f"/v1/releases/{number}/report"
    return await queries.answer_anew(path, ARCHIVE_DEADLINE_S, offset=offset, limit=limit)


@get(
    "/v1/releases/{number:int}/scorecard",
    tags=["releases"],
    responses=answers(ScoreCardResponse, 400, 404, 503, 504),
)
async def scorecard(queries: NamedDependency[Forwarder], number: FromPath[int]) -> Response[bytes]:
    """How good the stored recommendations of a release are, refused ones too."""
    return await queries.answer_anew(f"/v1/releases/{number}/scorecard", ARCHIVE_DEADLINE_S)


@get(
    "/v1/releases/{number:int}/tables/{table:str}",
    tags=["ops"],
    security=ADMIN_SECURITY,
    responses=refusals(400, 403, 404, 503, 504),
)
async def table(
    queries: NamedDependency[Forwarder],
    number: FromPath[int],
    table: FromPath[Table],
    format: FromQuery[Literal["parquet", "csv"]] = "parquet",  # noqa: A002  # the public name
) -> PassedOn:
    """One clean table as a file."""
    path = f"/v1/releases/{number}/tables/{table}"
    return queries.download(path, f"{table}.{format}", DOWNLOAD_DEADLINE_S, format=format)


OPEN_ROUTES: Final[list[HTTPRouteHandler]] = [eda, eda_page, report, scorecard]
GUARDED_ROUTES: Final[list[HTTPRouteHandler]] = [table]
