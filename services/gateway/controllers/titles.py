"""Which film a title means, and which films what is being typed may become."""

from typing import Annotated, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from services.gateway.documentation import answers
from services.gateway.forwarding import Forwarder
from shared.contracts.titles import (
    DEFAULT_SUGGESTED,
    MOST_SUGGESTED,
    MOST_TYPED,
    SuggestResponse,
    TitleResolution,
)
from shared.http.parameters import MAX_TEXT_LENGTH


@get(
    "/v1/resolve",
    tags=["titles"],
    responses=answers(TitleResolution, 400, 404, 409, 503, 504),
)
async def resolve(
    queries: NamedDependency[Forwarder],
    title: Annotated[str, QueryParameter(min_length=1, max_length=MAX_TEXT_LENGTH)],
    year: Annotated[int | None, QueryParameter(ge=1800, le=2200)] = None,
) -> Response[bytes]:
    """The one film that a title means; 409 with `candidates` where it may mean several.

    Case, accents, punctuation, articles, numerals and a few typing errors are forgiven. `year`
    is that of the release; the year before or after counts where no film is of that year.
    """
    asked = {} if year is None else {"year": year}
    return await queries.answer("/v1/resolve", title=title, **asked)


@get("/v1/suggest", tags=["titles"], responses=answers(SuggestResponse, 400, 503, 504))
async def suggest(
    queries: NamedDependency[Forwarder],
    q: Annotated[str, QueryParameter(min_length=1, max_length=MOST_TYPED)],
    limit: Annotated[int, QueryParameter(ge=1, le=MOST_SUGGESTED)] = DEFAULT_SUGGESTED,
) -> Response[bytes]:
    """Films whose titles have words that start as typed: for a search box, key by key.

    The film of just this title comes first, then the well-known ones, then titles that differ by
    a typing error. `matched` are the ranges of characters to mark.
    """
    return await queries.answer("/v1/suggest", q=q, limit=limit)


TITLE_ROUTES: Final[list[HTTPRouteHandler]] = [resolve, suggest]
