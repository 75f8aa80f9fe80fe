"""People of the typed API: found by name, one by id, and the movies of one."""

from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from services.queries.catalogue import Catalogue
from shared.contracts.people import (
    MAX_FOUND,
    CreditListing,
    PeopleFound,
    PersonDetail,
    PersonMovies,
    Role,
)
from shared.http.people import CREDIT_LISTING, PERSON_NAME


@get("/v1/people", dependencies=PERSON_NAME, sync_to_thread=True)
def people(
    catalogue: NamedDependency[Catalogue],
    person_name: NamedDependency[str],
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_FOUND)] = 10,
    role: FromQuery[Role | None] = None,
) -> PeopleFound:
    """People by name, best match first."""
    return catalogue.directory.search(person_name, limit=limit, role=role)


@get("/v1/people/{person_id:int}", sync_to_thread=True)
def person(person_id: FromPath[int], catalogue: NamedDependency[Catalogue]) -> PersonDetail:
    """Everything the catalogue knows of a person."""
    return catalogue.directory.person(person_id)


@get("/v1/people/{person_id:int}/movies", dependencies=CREDIT_LISTING)
async def person_movies(
    person_id: FromPath[int],
    catalogue: NamedDependency[Catalogue],
    listing: NamedDependency[CreditListing],
) -> PersonMovies:
    """The movies of a person, each once for each role."""
    return catalogue.directory.movies(person_id, listing)


ROUTES: Final = [people, person, person_movies]
