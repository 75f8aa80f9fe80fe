"""Routes of the queries service: argument in, one look-up, contract out."""

import asyncio
from typing import Annotated, Final, Literal

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from services.queries import answers
from services.queries.archive import ReleaseArchive
from services.queries.catalogue import Catalogue
from services.queries.people import PeopleTable
from shared.contracts.movies import Movie
from shared.contracts.queries import (
    ActorSuccess,
    DirectorSuccess,
    MonthCount,
    TitleScore,
    TitleVotes,
    WeekdayCount,
)
from shared.contracts.releases import ArtifactName
from shared.contracts.reports import MAX_PAGE, ReportResponse
from shared.contracts.scorecards import ScoreCardResponse
from shared.http.app import RELEASE_HEADER
from shared.http.parameters import require_text
from shared.http.problems import SPANISH
from shared.titles import TitleMatch

PARQUET: Final = "application/vnd.apache.parquet"


@get("/cantidad_filmaciones_mes", opt=SPANISH)
async def count_month(
    catalogue: NamedDependency[Catalogue], mes: FromQuery[str] = ""
) -> MonthCount:
    """Cantidad de películas estrenadas en un mes."""
    return answers.month_count(catalogue, require_text("mes", mes))


@get("/cantidad_filmaciones_dia", opt=SPANISH)
async def count_weekday(
    catalogue: NamedDependency[Catalogue], dia: FromQuery[str] = ""
) -> WeekdayCount:
    """Cantidad de películas estrenadas en un día de la semana."""
    return answers.weekday_count(catalogue, require_text("dia", dia))


@get("/score_titulo", opt=SPANISH)
async def score_title(
    catalogue: NamedDependency[Catalogue], titulo: FromQuery[str] = ""
) -> TitleScore:
    """Año y popularidad de una película."""
    return answers.title_score(catalogue, await _resolve(catalogue, titulo))


@get("/votos_titulo", opt=SPANISH)
async def title_votes(
    catalogue: NamedDependency[Catalogue], titulo: FromQuery[str] = ""
) -> TitleVotes:
    """Votos y promedio de una película."""
    return answers.title_votes(catalogue, await _resolve(catalogue, titulo))


@get("/get_actor", opt=SPANISH)
async def actor(
    catalogue: NamedDependency[Catalogue], nombre_actor: FromQuery[str] = ""
) -> ActorSuccess:
    """Éxito de un actor medido por el retorno de sus películas."""
    name = require_text("nombre_actor", nombre_actor)
    return answers.actor_success(await _find(catalogue.actors, name))


@get("/get_director", opt=SPANISH)
async def director(
    catalogue: NamedDependency[Catalogue], nombre_director: FromQuery[str] = ""
) -> DirectorSuccess:
    """Éxito de un director y sus películas."""
    name = require_text("nombre_director", nombre_director)
    return answers.director_success(await _find(catalogue.directors, name))


@get("/v1/movies/{movie_id:int}")
async def movie(movie_id: FromPath[int], catalogue: NamedDependency[Catalogue]) -> Movie:
    """Everything the catalogue knows of a movie."""
    return catalogue.movie(movie_id)


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


@get("/v1/releases/{number:int}/report", sync_to_thread=True)
def report(
    number: FromPath[int],
    archive: NamedDependency[ReleaseArchive],
    offset: Annotated[int, QueryParameter(ge=0)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)] = 100,
) -> Response[ReportResponse]:
    """What a build did to its input."""
    body = archive.report(number, offset=offset, limit=limit)
    return Response(body, headers={RELEASE_HEADER: body.release})


@get("/v1/releases/{number:int}/scorecard", sync_to_thread=True)
def scorecard(
    number: FromPath[int], archive: NamedDependency[ReleaseArchive]
) -> Response[ScoreCardResponse]:
    """How good the stored recommendations of a release are."""
    body = archive.scorecard(number)
    return Response(body, headers={RELEASE_HEADER: body.release})


@get("/v1/releases/{number:int}/tables/{table:str}", sync_to_thread=True)
def table(
    number: FromPath[int],
    table: FromPath[Literal["movies", "cast", "directors"]],
    archive: NamedDependency[ReleaseArchive],
    format: FromQuery[Literal["parquet", "csv"]] = "parquet",  # noqa: A002  # the public name
) -> Response[bytes]:
    """One clean table as a file."""
    label, data = archive.table(number, table, is_csv=format == "csv")
    return Response(
        data,
        media_type="text/csv" if format == "csv" else PARQUET,
        headers={RELEASE_HEADER: label},
    )


ROUTES: Final = [
    count_month,
    count_weekday,
    score_title,
    title_votes,
    actor,
    director,
    movie,
    eda,
    eda_page,
    report,
    scorecard,
    table,
]


async def _resolve(catalogue: Catalogue, titulo: str) -> TitleMatch:
    """Find a title at once; only an unknown one costs a search, in a thread."""
    title = require_text("titulo", titulo)
    match = catalogue.titles.find(title)
    if match is None:
        match = await asyncio.to_thread(catalogue.titles.resolve, title)
    return match


async def _find(people: PeopleTable, name: str) -> dict[str, object]:
    """Find a person at once; only an unknown one costs a search, in a thread."""
    row = people.find(name)
    if row is None:
        raise await asyncio.to_thread(people.not_found, name)
    return row
