"""Movies of the typed API: one, some by id, pages of those that pass the filters, and counts."""

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.queries.catalogue import Catalogue
from services.queries.release_counts import count_releases
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
from shared.contracts.recommendations import DEFAULT_LANG, Lang
from shared.http.filters import FILTERS
from shared.http.listing import LISTING


@get("/v1/movies/{movie_id:int}")
async def movie(movie_id: FromPath[int], catalogue: NamedDependency[Catalogue]) -> Movie:
    """Everything the catalogue knows of a movie."""
    return catalogue.shelf.movie(movie_id)


@get("/v1/movies", dependencies={**FILTERS, **LISTING}, sync_to_thread=True)
def movies(
    catalogue: NamedDependency[Catalogue],
    filters: NamedDependency[Filters],
    listing: NamedDependency[Listing],
) -> MoviePage:
    """A page of the movies that pass the filters."""
    return catalogue.shelf.page(filters, listing)


@post("/v1/movies/lookup", status_code=200, sync_to_thread=True)
def lookup(data: JSONBody[LookupRequest], catalogue: NamedDependency[Catalogue]) -> LookupResponse:
    """Movies by id, in the order asked."""
    return catalogue.shelf.lookup(data.ids, data.fields)


@get("/v1/stats/releases", dependencies=FILTERS, sync_to_thread=True)
def releases_by_period(
    catalogue: NamedDependency[Catalogue],
    filters: NamedDependency[Filters],
    by: FromQuery[Period] = "year",
    lang: FromQuery[Lang] = DEFAULT_LANG,
) -> ReleaseCounts:
    """How many of the movies that pass the filters were released in each period."""
    return count_releases(catalogue.shelf.dates(filters), by, lang)


ROUTES: Final = [movie, movies, lookup, releases_by_period]
