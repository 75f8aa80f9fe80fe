"""The seven catalogue questions, in Spanish, each with its argument in the path or the query.

At run time only the query form is reached: `services.gateway.path_titles` rewrites the other.
"""

from typing import Annotated, NamedTuple

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from services.gateway.documentation import answers
from services.gateway.forwarding import Forwarder
from services.gateway.parameters import question_opt
from shared.contracts.queries import (
    ActorSuccess,
    DirectorSuccess,
    MonthCount,
    TitleScore,
    TitleVotes,
    WeekdayCount,
)
from shared.http.parameters import MAX_TEXT_LENGTH


class Question(NamedTuple):
    """A question as the public asks it: route, argument, form of the answer."""

    name: str
    parameter: str
    body: object
    summary: str

    @property
    def path(self) -> str:
        """The route without the argument."""
        return f"/{self.name}"


CATALOGUE = (
    Question("cantidad_filmaciones_mes", "mes", MonthCount, "Películas estrenadas en un mes"),
    Question(
        "cantidad_filmaciones_dia", "dia", WeekdayCount, "Películas estrenadas en un día semanal"
    ),
    Question("score_titulo", "titulo", TitleScore, "Popularidad de una película"),
    Question("votos_titulo", "titulo", TitleVotes, "Votos y promedio de una película"),
    Question("get_actor", "nombre_actor", ActorSuccess, "Éxito de un actor"),
    Question(
        "get_director", "nombre_director", DirectorSuccess, "Éxito de un director y sus películas"
    ),
)
RECOMMENDATION = Question("recomendacion", "titulo", list[str], "Cinco películas parecidas")
PARAMETERS = {each.path: each.parameter for each in (*CATALOGUE, RECOMMENDATION)}


def question_routes(queries: Forwarder, recommender: Forwarder) -> list[HTTPRouteHandler]:
    """Make both forms of all seven."""
    asked = [(question, queries) for question in CATALOGUE]
    asked.append((RECOMMENDATION, recommender))
    by_query = [_query_form(question, service) for question, service in asked]
    return [*by_query, *(_path_form(question) for question, _ in asked)]


def _query_form(question: Question, service: Forwarder) -> HTTPRouteHandler:
    path, name = question.path, question.parameter
    argument = QueryParameter(name=name, min_length=1, max_length=MAX_TEXT_LENGTH)

    @get(
        path,
        operation_id=question.name,
        summary=question.summary,
        tags=["preguntas"],
        opt=question_opt(name),
        responses=answers(question.body, 400, 404, 503, 504),
    )
    async def ask(text: Annotated[str, argument]) -> Response[bytes]:
        return await service.answer(path, **{name: text})

    return ask


def _path_form(question: Question) -> HTTPRouteHandler:
    """Describe the form that is rewritten before it gets here."""

    @get(
        f"{question.path}/{{{question.parameter}:str}}",
        operation_id=f"{question.name}_by_path",
        summary=question.summary,
        tags=["preguntas"],
        opt=question_opt(question.parameter),
        responses=answers(question.body, 400, 404, 503, 504),
    )
    async def describe() -> Response[bytes]:  # pragma: no cover  # see above
        raise NotFoundException

    return describe
