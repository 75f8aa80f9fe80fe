"""Movies of the typed API: one, some by id, pages, what is similar to one, and counts."""

from typing import Annotated, Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.gateway.documentation import answers
from services.gateway.forwarding import Forwarder
from shared.contracts.filters import Filters
from shared.contracts.movies import (
    Listing,
    LookupRequest,
    LookupResponse,
    Movie,
    MoviePage,
    Period,
    ReleaseCounts,
)
from shared.contracts.recommendations import MAX_STORED, Lang, SimilarResponse
from shared.http.filters import ANSWER_LANG, FILTERS, filter_parameters, lang_headers
from shared.http.listing import LISTING, listing_parameters

BODY_BYTES: Final = 64 * 1024
LOOKUP_DEADLINE_S: Final = 2.0


@get("/v1/movies/{movie_id:int}", tags=["movies"], responses=answers(Movie, 400, 404, 503, 504))
async def movie(queries: NamedDependency[Forwarder], movie_id: FromPath[int]) -> Response[bytes]:
    """One movie with everything the catalogue knows of it."""
    return await queries.answer(f"/v1/movies/{movie_id}")


@get(
    "/v1/movies",
    tags=["movies"],
    dependencies={**FILTERS, **LISTING},
    responses=answers(MoviePage, 400, 503, 504),
)
async def movies(
    queries: NamedDependency[Forwarder],
    filters: NamedDependency[Filters],
    listing: NamedDependency[Listing],
) -> Response[bytes]:
    """A page of the movies that pass the filters, sorted; falling but for titles.

    `cursor` is the `next_cursor` of the page before, asked for with the same sort and order.
    """
    asked = {**listing_parameters(listing), **filter_parameters(filters)}
    return await queries.answer("/v1/movies", **asked)


@post(
    "/v1/movies/lookup",
    status_code=200,
    tags=["movies"],
    request_max_body_size=BODY_BYTES,
    responses=answers(LookupResponse, 400, 413, 503, 504),
)
async def lookup(
    queries: NamedDependency[Forwarder], data: JSONBody[LookupRequest]
) -> Response[bytes]:
    """Up to two hundred movies by id, in the order asked."""
    return await queries.answer_body("/v1/movies/lookup", data, LOOKUP_DEADLINE_S, is_kept=True)


@get(
    "/v1/movies/{movie_id:int}/similar",
    tags=["movies"],
    dependencies={**FILTERS, **ANSWER_LANG},
    responses=answers(SimilarResponse, 400, 404, 503, 504),
)
async def similar(
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


@get(
    "/v1/stats/releases",
    tags=["stats"],
    dependencies={**FILTERS, **ANSWER_LANG},
    responses=answers(ReleaseCounts, 400, 503, 504),
)
async def releases_by_period(
    queries: NamedDependency[Forwarder],
    filters: NamedDependency[Filters],
    answer_lang: NamedDependency[Lang],
    by: FromQuery[Period] = "year",
) -> Response[bytes]:
    """How many of the movies that pass the filters were released in each period."""
    asked = filter_parameters(filters)
    response = await queries.answer("/v1/stats/releases", by=by, lang=answer_lang, **asked)
    response.headers.update(lang_headers(answer_lang))
    return response


MOVIE_ROUTES: Final[list[HTTPRouteHandler]] = [movie, movies, lookup, similar, releases_by_period]
