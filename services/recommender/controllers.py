"""Routes of the recommender: argument in, one look-up or one search, answer out."""

import asyncio
from typing import Annotated, Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.recommender.encoder import QueryEncoder
from services.recommender.index import Neighbourhood
from services.recommender.recommend import recommend_movies, similar_movies
from services.recommender.text_search import search_texts
from services.recommender.titles import TITLES, live_titles, stored_titles
from shared.contracts.filters import Filters
from shared.contracts.recommendations import (
    DEFAULT_LANG,
    MAX_STORED,
    BatchAnswer,
    BatchProblem,
    BatchRequest,
    BatchResponse,
    Lang,
    RecommendationRequest,
    RecommendationResponse,
    SimilarResponse,
)
from shared.contracts.search import DEPTH, SearchLeg
from shared.errors import AppError
from shared.http.filters import FILTERS
from shared.http.parameters import require_text
from shared.http.problems import SPANISH, problem_document
from shared.http.searching import QUERY

MOVIE_HEADER: Final = "X-Butaca-Movie-Id"
BODY_BYTES: Final = 16 * 1024 * 1024


@get("/recomendacion", opt=SPANISH)
async def recommend(
    neighbourhood: NamedDependency[Neighbourhood], titulo: FromQuery[str] = ""
) -> Response[list[str]]:
    """Cinco títulos parecidos a una película, el más parecido primero."""
    title = require_text("titulo", titulo)
    titles = neighbourhood.titles
    # Only an unknown title, or one with too few neighbours, costs work worth a thread.
    match = titles.find(title)
    if match is None:
        match = await asyncio.to_thread(titles.resolve, title)
    found = stored_titles(neighbourhood, match.movie)
    if len(found) < TITLES:
        found = await asyncio.to_thread(live_titles, neighbourhood, match.movie)
    return Response(found, headers={MOVIE_HEADER: str(match.movie.movie_id)})


@get(
    "/v1/movies/{movie_id:int}/similar",
    dependencies=FILTERS,
    sync_to_thread=True,
)
def similar(
    movie_id: FromPath[int],
    neighbourhood: NamedDependency[Neighbourhood],
    filters: NamedDependency[Filters],
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_STORED)] = 10,
    lang: FromQuery[Lang] = DEFAULT_LANG,
) -> SimilarResponse:
    """Movies nearest to one movie, best first."""
    return similar_movies(neighbourhood, movie_id, limit=limit, filters=filters, lang=lang)


@get("/v1/search/semantic", dependencies={**FILTERS, **QUERY}, sync_to_thread=True)
def search(
    neighbourhood: NamedDependency[Neighbourhood],
    encoder: NamedDependency[QueryEncoder],
    search_text: NamedDependency[str],
    filters: NamedDependency[Filters],
    limit: Annotated[int, QueryParameter(ge=1, le=DEPTH)] = 20,
) -> SearchLeg:
    """Movies whose texts are nearest to what was typed."""
    return search_texts(neighbourhood, encoder, search_text, filters, limit)


@post("/v1/recommendations", status_code=200, sync_to_thread=True)
def recommendations(
    data: JSONBody[RecommendationRequest],
    neighbourhood: NamedDependency[Neighbourhood],
    encoder: NamedDependency[QueryEncoder],
) -> RecommendationResponse:
    """Movies like some, unlike others or like a text, best first."""
    return recommend_movies(neighbourhood, encoder, data)


@post(
    "/v1/recommendations/batch",
    status_code=200,
    sync_to_thread=True,
    request_max_body_size=BODY_BYTES,
)
def recommend_batch(
    data: JSONBody[BatchRequest],
    neighbourhood: NamedDependency[Neighbourhood],
    encoder: NamedDependency[QueryEncoder],
) -> BatchResponse:
    """The same for many requests, each answered or refused by itself."""
    return BatchResponse(results=[_answer(neighbourhood, encoder, each) for each in data.requests])


ROUTES: Final = [recommend, similar, search, recommendations, recommend_batch]


def _answer(
    neighbourhood: Neighbourhood, encoder: QueryEncoder, request: RecommendationRequest
) -> BatchAnswer:
    try:
        return BatchAnswer(response=recommend_movies(neighbourhood, encoder, request))
    except AppError as error:
        problem = msgspec.convert(problem_document(error), BatchProblem)
        return BatchAnswer(problem=problem)
