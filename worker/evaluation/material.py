"""A release as an evaluation reads it, and the figures of its lists."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from shared.contracts.evaluation import WayScores
from shared.filters import FilterTable
from shared.ranking.rank import Ranker
from shared.ranking.vectors import CLOSENESS_DIMS, unit_rows
from worker.evaluation import metrics
from worker.evaluation.metrics import Lists
from worker.evaluation.truth import Truth
from worker.evaluation.ways import Searcher

_COLLECTION: Final = "belongs_to_collection"


@dataclass(frozen=True, slots=True)
class Material:
    """One release, all in the order of the index; `movies` needs four columns.

    They are id, overview, vote_count and belongs_to_collection.
    """

    release: str
    movies: pl.DataFrame
    filters: FilterTable
    ranker: Ranker
    searcher: Searcher

    @property
    def ids(self) -> NDArray[np.int64]:
        """Ids of the movies."""
        return self.ranker.table.ids


class Judge:
    """Measures lists; what it needs of the catalogue is prepared once."""

    def __init__(self, material: Material) -> None:
        """Prepare percentiles, collections and vectors of the content."""
        rows = material.ranker.index.rows
        self._movies = material.movies.height
        self._percentiles = metrics.vote_percentiles(material.movies["vote_count"].to_numpy())
        self._collections = _collections(material.movies)
        self._vectors = unit_rows(rows[:, : rows.shape[1] - CLOSENESS_DIMS])

    def measure(self, name: str, lists: Lists, truth: Truth, *, with_pool: bool) -> WayScores:
        """Compare the lists of one way with the truth, and describe them.

        `with_pool` says that the lists are deep enough for recall at 600. Coverage is of the
        movies that may be recommended.
        """
        asked, wanted = truth.asked, truth.wanted
        movies = self._movies if truth.allowed is None else int(truth.allowed.sum())
        pool = metrics.recall_at(lists, wanted, metrics.POOL).mean() if with_pool else None
        return WayScores(
            name=name,
            hit_at_5=metrics.interval(metrics.hit_at_5(lists, wanted)),
            ndcg_at_10=metrics.interval(metrics.ndcg_at_10(lists, wanted)),
            recall_at_10=metrics.interval(metrics.recall_at_10(lists, wanted)),
            coverage=metrics.coverage(lists, movies),
            distinct=metrics.distinct(lists),
            vote_percentile=metrics.vote_percentile(lists, self._percentiles),
            intra_list=metrics.intra_list(lists, self._vectors),
            same_collection=metrics.same_collection(lists, asked, self._collections),
            self_leaks=metrics.self_leaks(lists, asked),
            recall_at_600=None if pool is None else float(pool),
        )


def _collections(movies: pl.DataFrame) -> NDArray[np.int64]:
    """Id of each movie's collection, -1 where it has none."""
    first = pl.col(_COLLECTION).list.first().struct.field("id").fill_null(-1)
    ids: NDArray[np.int64] = movies.select(first.cast(pl.Int64)).to_series().to_numpy()
    return ids
