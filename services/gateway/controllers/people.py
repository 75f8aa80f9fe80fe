"""People of the typed API: found by name, one by id, and the movies of one."""

from typing import Annotated, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter

from services.gateway.documentation import answers
from services.gateway.forwarding import Forwarder
from shared.contracts.people import (
    MAX_FOUND,
    CreditListing,
    PeopleFound,
    PersonDetail,
    PersonMovies,
    Role,
)
from shared.http.people import CREDIT_LISTING, PERSON_NAME, credit_listing_parameters


@get(
    "/v1/people",
    tags=["people"],
    dependencies=PERSON_NAME,
    responses=answers(PeopleFound, 400, 503, 504),
)
async def people(
    queries: NamedDependency[Forwarder],
    person_name: NamedDependency[str],
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_FOUND)] = 10,
    role: FromQuery[Role | None] = None,
) -> Response[bytes]:
    """People whose name holds every word of `q`, or its beginning; best match first.

    Accents and case do not matter, and words from four letters on may have typing errors. Between
    equal matches, those whose films have most votes come first. Nobody found is an empty list.
    """
    asked = {} if role is None else {"role": role}
    return await queries.answer("/v1/people", q=person_name, limit=limit, **asked)


@get(
    "/v1/people/{person_id:int}",
    tags=["people"],
    responses=answers(PersonDetail, 400, 404, 503, 504),
)
async def person(queries: NamedDependency[Forwarder], person_id: FromPath[int]) -> Response[bytes]:
    """One person, with success by return in each role and frequent collaborators.

    Namesakes are separate people here, by their TMDB id.
    """
    return await queries.answer(f"/v1/people/{person_id}")


@get(
    "/v1/people/{person_id:int}/movies",
    tags=["people"],
    dependencies=CREDIT_LISTING,
    responses=answers(PersonMovies, 400, 404, 503, 504),
)
async def person_movies(
    queries: NamedDependency[Forwarder],
    person_id: FromPath[int],
    listing: NamedDependency[CreditListing],
) -> Response[bytes]:
    """The movies of a person, each once for each role; falling but for titles.

    Unknown figures come last, and ties go by movie id.
    """
    asked = credit_listing_parameters(listing)
    return await queries.answer(f"/v1/people/{person_id}/movies", **asked)


PEOPLE_ROUTES: Final[list[HTTPRouteHandler]] = [people, person, person_movies]
