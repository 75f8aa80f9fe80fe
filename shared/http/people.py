"""What people are asked for by, as query parameters: the same on both hops."""

from typing import Annotated, Any, Final

import msgspec
from litestar.di import Provide
from litestar.params import FromQuery, QueryParameter

from shared.contracts.movies import Order
from shared.contracts.people import (
    MAX_OFFSET,
    MAX_PAGE,
    MAX_QUERY,
    CreditListing,
    CreditSort,
    Role,
)
from shared.http.parameters import require_words

_Name = Annotated[
    str,
    QueryParameter(
        min_length=1,
        max_length=MAX_QUERY,
        description="Name of a person, or the beginning of it.",
    ),
]


def provide_name(*, q: _Name) -> str:
    """Read the name of a person; spaces in a row are one.

    Raises:
        InvalidRequestError: there is no letter or digit in it.
    """
    return require_words("q", q)


def provide_credit_listing(
    *,
    role: FromQuery[Role | None] = None,
    sort: FromQuery[CreditSort] = "date",
    order: FromQuery[Order | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)] = 50,
    offset: Annotated[int, QueryParameter(ge=0, le=MAX_OFFSET)] = 0,
) -> CreditListing:
    """Read how movies are wanted: falling, or for titles rising, unless `order` says otherwise."""
    direction = order or ("asc" if sort == "title" else "desc")
    return CreditListing(role=role, sort=sort, order=direction, limit=limit, offset=offset)


PERSON_NAME: Final = {"person_name": Provide(provide_name, sync_to_thread=False)}
CREDIT_LISTING: Final = {"listing": Provide(provide_credit_listing, sync_to_thread=False)}


def credit_listing_parameters(listing: CreditListing) -> dict[str, Any]:
    """The inverse: the query parameters that say the same."""
    asked = msgspec.structs.asdict(listing)
    return {name: value for name, value in asked.items() if value is not None}
