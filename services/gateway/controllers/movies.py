"""Movies of the typed API: one movie, and what is similar to it."""

from typing import Annotated

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from services.gateway.documentation import answers
from services.gateway.forwarding import Forwarder
from shared.contracts.movies import Movie
from shared.contracts.recommendations import SimilarResponse


class MoviesController(Controller):
    """Passes questions about one movie on."""

    path = "/v1/movies"
    tags = ("movies",)

    @get("/{movie_id:int}", responses=answers(Movie, 400, 404, 503, 504))
    async def movie(
        self, queries: NamedDependency[Forwarder], movie_id: FromPath[int]
    ) -> Response[bytes]:
        """One movie with everything the catalogue knows of it."""
        return await queries.answer(f"/v1/movies/{movie_id}")

    @get(
        "/{movie_id:int}/similar",
        opt={"query": ("limit",)},
        responses=answers(SimilarResponse, 400, 404, 503, 504),
    )
    async def similar(
        self,
        recommender: NamedDependency[Forwarder],
        movie_id: FromPath[int],
        limit: Annotated[int, QueryParameter(ge=1, le=50)] = 10,
    ) -> Response[bytes]:
        """Movies nearest to one movie, best first."""
        return await recommender.answer(f"/v1/movies/{movie_id}/similar", limit=limit)
