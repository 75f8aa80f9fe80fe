"""Movies of the typed API: one movie, and what is similar to it."""

from typing import Annotated

from litestar import Controller, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from services.gateway.documentation import answers
from services.gateway.forwarding import Forwarder
from shared.contracts.movies import Movie
from shared.contracts.filters import Filters
from shared.contracts.recommendations import MAX_STORED, Lang, SimilarResponse
from shared.http.filters import filter_parameters, lang_headers, provide_filters, provide_lang


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
        dependencies={
            "filters": Provide(provide_filters, sync_to_thread=False),
            "answer_lang": Provide(provide_lang, sync_to_thread=False),
        },
        responses=answers(SimilarResponse, 400, 404, 503, 504),
    )
    async def similar(
        self,
        recommender: NamedDependency[Forwarder],
        movie_id: FromPath[int],
        filters: NamedDependency[Filters],
        answer_lang: NamedDependency[Lang],
        limit: Annotated[int, QueryParameter(ge=1, le=MAX_STORED)] = 10,
    ) -> Response[bytes]:
        """Movies nearest to one movie among those that pass the filters, best first."""
        path, asked = f"/v1/movies/{movie_id}/similar", filter_parameters(filters)
        response = await recommender.answer(path, limit=limit, lang=answer_lang, **asked)
        response.headers.update(lang_headers(answer_lang))
        return response
