"""Which film a title means, and which films what is being typed may become."""

import asyncio
from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from services.queries.catalogue import Catalogue
from services.queries.texts import require_words
from shared.contracts.titles import (
    DEFAULT_SUGGESTED,
    MOST_SUGGESTED,
    MOST_TYPED,
    SuggestResponse,
    TitleResolution,
)
from shared.http.parameters import MAX_TEXT_LENGTH
from shared.title_keys import split_year


@get("/v1/resolve")
async def resolve(
    catalogue: NamedDependency[Catalogue],
    title: Annotated[str, QueryParameter(min_length=1, max_length=MAX_TEXT_LENGTH)],
    year: Annotated[int | None, QueryParameter(ge=1800, le=2200)] = None,
) -> TitleResolution:
    """The one film that a title means; only a title that is not known costs a search."""
    resolver, asked = catalogue.resolver, require_words("title", title)
    if year is None and catalogue.titles.find(asked) is None:
        asked, year = split_year(asked)
    found = resolver.find(asked, year)
    if found is None:
        found = await asyncio.to_thread(resolver.search, asked, year)
    return found


@get("/v1/suggest", sync_to_thread=True)
def suggest(
    catalogue: NamedDependency[Catalogue],
    q: Annotated[str, QueryParameter(min_length=1, max_length=MOST_TYPED)],
    limit: Annotated[int, QueryParameter(ge=1, le=MOST_SUGGESTED)] = DEFAULT_SUGGESTED,
) -> SuggestResponse:
    """Films whose titles have words that start as typed, the well-known first."""
    return catalogue.suggester.suggest(require_words("q", q), limit)


ROUTES: Final = [resolve, suggest]
