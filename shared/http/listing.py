"""Order, length, fields and cursor of a list as query parameters: the same on both hops."""

from typing import Annotated, Any, Final

from litestar.di import Provide
from litestar.params import FromQuery, QueryParameter

from shared.contracts.movies import (
    DEFAULT_FIELDS,
    MAX_CURSOR_LENGTH,
    MAX_PAGE,
    Listing,
    MovieField,
    MovieSort,
    Order,
)


def provide_listing(
    *,
    sort: FromQuery[MovieSort] = "votes",
    order: FromQuery[Order | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)] = 20,
    cursor: Annotated[str | None, QueryParameter(max_length=MAX_CURSOR_LENGTH)] = None,
    fields: Annotated[list[MovieField] | None, QueryParameter(max_items=50)] = None,
) -> Listing:
    """Read how a list is wanted: falling, or for titles rising, unless `order` says otherwise."""
    return Listing(
        sort=sort,
        order=order or ("asc" if sort == "title" else "desc"),
        limit=limit,
        cursor=cursor,
        fields=list(dict.fromkeys(fields or DEFAULT_FIELDS)),
    )


LISTING: Final = {"listing": Provide(provide_listing, sync_to_thread=False)}


def listing_parameters(listing: Listing) -> dict[str, Any]:
    """The inverse: the query parameters that say the same."""
    asked: dict[str, Any] = {
        "sort": listing.sort,
        "order": listing.order,
        "limit": listing.limit,
        "fields": list(listing.fields),
    }
    return asked if listing.cursor is None else {**asked, "cursor": listing.cursor}
