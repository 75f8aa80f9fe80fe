"""Search by words, by meaning, or by both."""

from typing import Annotated, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, QueryParameter

from services.gateway.documentation import answers
from services.gateway.search import Searcher
from shared.contracts.filters import Filters
from shared.contracts.search import MAX_HITS, SearchMode, SearchResponse
from shared.http.filters import FILTERS, filter_parameters
from shared.http.searching import QUERY


@get(
    "/v1/search",
    tags=["search"],
    dependencies={**FILTERS, **QUERY},
    responses=answers(SearchResponse, 400, 503, 504),
)
async def search(
    searcher: NamedDependency[Searcher],
    search_text: NamedDependency[str],
    filters: NamedDependency[Filters],
    mode: FromQuery[SearchMode] = "hybrid",
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_HITS)] = 20,
) -> Response[bytes]:
    """Movies found by title, people, collection, keywords and plot, in English or Spanish.

    `lexical` goes by words and forgives typing errors, `semantic` by meaning, `hybrid` by both.
    """
    return await searcher.answer(mode, search_text, limit, filter_parameters(filters))


SEARCH_ROUTES: Final[list[HTTPRouteHandler]] = [search]
