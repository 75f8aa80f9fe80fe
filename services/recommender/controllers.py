"""Routes of the recommender: argument in, one look-up, answer out."""

import asyncio
from typing import Annotated, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from services.recommender.index import Neighbourhood
from services.recommender.recommend import TITLES, live_titles, similar_movies, stored_titles
from shared.contracts.recommendations import SimilarResponse
from shared.http.parameters import require_text
from shared.http.problems import SPANISH

MOVIE_HEADER: Final = "X-Butaca-Movie-Id"


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


@get("/v1/movies/{movie_id:int}/similar")
async def similar(
    movie_id: FromPath[int],
    neighbourhood: NamedDependency[Neighbourhood],
    limit: Annotated[int, QueryParameter(ge=1, le=50)] = 10,
) -> SimilarResponse:
    """Movies nearest to one movie, best first."""
    return similar_movies(neighbourhood, movie_id, limit)


ROUTES: Final = [recommend, similar]
