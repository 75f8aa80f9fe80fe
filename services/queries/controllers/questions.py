"""The six Spanish questions of the catalogue: argument in, one look-up, answer out."""

import asyncio
from typing import Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.queries import answers
from services.queries.catalogue import Catalogue
from services.queries.people import PeopleTable
from shared.contracts.queries import (
    ActorSuccess,
    DirectorSuccess,
    MonthCount,
    TitleScore,
    TitleVotes,
    WeekdayCount,
)
from shared.http.parameters import require_text
from shared.http.problems import SPANISH
from shared.titles import TitleMatch


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


ROUTES: Final = [count_month, count_weekday, score_title, title_votes, actor, director]


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
