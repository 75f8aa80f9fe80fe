"""Movies of the typed API: one, some by id, and pages of those that pass the filters."""

from typing import Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.queries.catalogue import Catalogue
from shared.contracts.movies import Movie


@get("/v1/movies/{movie_id:int}")
async def movie(movie_id: FromPath[int], catalogue: NamedDependency[Catalogue]) -> Movie:
    """Everything the catalogue knows of a movie."""
    return catalogue.movie(movie_id)


ROUTES: Final = [movie]
