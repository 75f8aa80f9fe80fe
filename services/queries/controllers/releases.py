"""What a release tells of itself: analysis, build report, score card and clean tables."""

from typing import Annotated, Final, Literal

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from services.queries.archive import ReleaseArchive
from services.queries.aside import Aside
from services.queries.catalogue import Catalogue
from shared.contracts.differences import ReleaseDifference
from shared.contracts.releases import ArtifactName
from shared.contracts.reports import MAX_PAGE, ReportResponse
from shared.contracts.scorecards import ScoreCardResponse
from shared.http.app import RELEASE_HEADER

PARQUET: Final = "application/vnd.apache.parquet"


@get("/v1/eda")
async def eda(catalogue: NamedDependency[Catalogue]) -> Response[bytes]:
    """The exploratory analysis of the live release."""
    return Response(catalogue.document(ArtifactName.EDA), media_type=MediaType.JSON)


@get("/eda")
async def eda_page(
    catalogue: NamedDependency[Catalogue], lang: FromQuery[Literal["es", "en"]] = "es"
) -> Response[bytes]:
    """The same as a page."""
    page = ArtifactName.PAGE_ES if lang == "es" else ArtifactName.PAGE_EN
    return Response(catalogue.document(page), media_type=MediaType.HTML)


@get("/v1/releases/{number:int}/report")
async def report(
    number: FromPath[int],
    archive: NamedDependency[ReleaseArchive],
    aside: NamedDependency[Aside],
    offset: Annotated[int, QueryParameter(ge=0)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)] = 100,
) -> Response[ReportResponse]:
    """What a build did to its input."""
    body = await aside.do(lambda: archive.report(number, offset=offset, limit=limit))
    return Response(body, headers={RELEASE_HEADER: body.release})


@get("/v1/releases/{number:int}/scorecard")
async def scorecard(
    number: FromPath[int],
    archive: NamedDependency[ReleaseArchive],
    aside: NamedDependency[Aside],
) -> Response[ScoreCardResponse]:
    """How good the stored recommendations of a release are."""
    body = await aside.do(lambda: archive.scorecard(number))
    return Response(body, headers={RELEASE_HEADER: body.release})


@get("/v1/releases/{number:int}/tables/{table:str}")
async def table(
    number: FromPath[int],
    table: FromPath[Literal["movies", "cast", "directors"]],
    archive: NamedDependency[ReleaseArchive],
    aside: NamedDependency[Aside],
    format: FromQuery[Literal["parquet", "csv"]] = "parquet",  # noqa: A002  # the public name
) -> Response[bytes]:
    """One clean table as a file."""
    is_csv = format == "csv"
    label, data = await aside.do(lambda: archive.table(number, table, is_csv=is_csv))
    return Response(
        data,
        media_type="text/csv" if is_csv else PARQUET,
        headers={RELEASE_HEADER: label},
    )


@get("/v1/releases/{number:int}/difference")
async def difference(
    number: FromPath[int],
    archive: NamedDependency[ReleaseArchive],
    aside: NamedDependency[Aside],
    base: Annotated[int | None, QueryParameter(ge=1)] = None,
) -> Response[ReleaseDifference]:
    """What changed in a release since another one."""
    body = await aside.do(lambda: archive.difference(number, base))
    return Response(body, headers={RELEASE_HEADER: body.release})


ROUTES: Final = [eda, eda_page, report, scorecard, table, difference]
