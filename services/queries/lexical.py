"""Search by words: what was typed to the movies that match, best first, with what matched."""

from typing import Final

import polars as pl
from tantivy import Index

from services.queries.highlights import Highlighter
from services.queries.search_query import QueryBuilder, QueryReader
from shared.contracts.search import LegHit, SearchLeg
from shared.search_index import PRIOR_FIELD, ROW_FIELD

_DECIMALS: Final = 4


class LexicalIndex:
    """Immutable; answers from many threads."""

    def __init__(self, index: Index, texts: pl.DataFrame) -> None:
        """Search `index`; `texts` are those it was made of, in the same order."""
        self._searcher = index.searcher()
        self._texts = texts
        self._reader = QueryReader()
        self._builder = QueryBuilder(index.schema, self._searcher)

    def __len__(self) -> int:
        """Return the number of movies."""
        return self._searcher.num_docs

    def search(self, typed: str, limit: int, allowed: pl.Series | None = None) -> SearchLeg:
        """Return the movies that match and, where given, are `allowed`: (n,) flags by row.

        Ties are in the order of the movies.
        """
        asked = self._reader.read(typed)
        # Filtered, all are looked at: quicker than a query with the rows that are allowed.
        depth = limit if allowed is None else len(self)
        found = self._searcher.search(
            self._builder.build(asked), depth, weight_by_field=PRIOR_FIELD
        )
        places = [place for _, place in found.hits]
        rows: list[int] = self._searcher.fast_field_values(ROW_FIELD, places)  # type: ignore[assignment]  # an unsigned field
        scored = list(zip(rows, (float(score) for score, _ in found.hits), strict=True))
        if allowed is not None:
            flags = allowed.to_list()
            scored = [pair for pair in scored if flags[pair[0]]]
        count: int = getattr(found, "count")  # noqa: B009  # missing in its stubs
        total = count if allowed is None else len(scored)
        shown = scored[:limit]
        unknown = [word for word in asked.words if not self._builder.is_known(word)]
        marker = Highlighter(self._reader, asked, unknown)
        return SearchLeg(items=[self._hit(marker, *pair) for pair in shown], total=total)

    def _hit(self, marker: Highlighter, row: int, score: float) -> LegHit:
        movie = self._texts.row(row, named=True)
        return LegHit(
            id=movie["id"],
            title=movie["title"],
            year=movie["year"],
            score=round(score, _DECIMALS),
            highlights=marker.highlight(movie),
        )
