"""The lexical leg of a search: the gateway asks it, alone or beside the semantic one."""

from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from services.queries.catalogue import Catalogue
from shared.contracts.filters import NO_FILTERS, Filters
from shared.contracts.search import DEPTH, SearchLeg
from shared.http.filters import FILTERS
from shared.http.searching import QUERY


@get("/v1/search/lexical", dependencies={**FILTERS, **QUERY}, sync_to_thread=True)
def search_lexical(
    catalogue: NamedDependency[Catalogue],
    search_text: NamedDependency[str],
    filters: NamedDependency[Filters],
    limit: Annotated[int, QueryParameter(ge=1, le=DEPTH)] = 20,
) -> SearchLeg:
    """Movies found by their words among those that pass the filters, best first."""
    allowed = None if filters == NO_FILTERS else catalogue.filters.allowed(filters)
    return catalogue.lexical.search(search_text, limit, allowed)


ROUTES: Final = [search_lexical]
