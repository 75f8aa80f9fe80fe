"""Finding movies: by title, by what is being typed, by words and meaning."""

from typing import Unpack

from butaca_client.answers.search import SearchResponse
from butaca_client.answers.titles import SuggestResponse, TitleResolution
from butaca_client.arguments import FilterArgs, SearchMode
from butaca_client.calls.base import Calls


class FindingCalls(Calls):
    """Titles and search."""

    def resolve(self, title: str, *, year: int | None = None) -> TitleResolution:
        """Return the one film that a title means.

        Raises:
            AmbiguousError: it may mean several: `candidates`.
            NotFoundError: no film is called so: `suggestions`.
        """
        return self._get(TitleResolution, "/v1/resolve", title=title, year=year)

    def suggest(self, q: str, *, limit: int = 8) -> SuggestResponse:
        """Films whose titles have the words typed so far, best first."""
        return self._get(SuggestResponse, "/v1/suggest", q=q, limit=limit)

    def search(
        self,
        q: str,
        *,
        mode: SearchMode = "hybrid",
        limit: int = 20,
        **filters: Unpack[FilterArgs],
    ) -> SearchResponse:
        """Movies found by title, people, keywords and plot, in English or Spanish."""
        return self._get(SearchResponse, "/v1/search", q=q, mode=mode, limit=limit, **filters)
