"""Canaries: the most voted movies, whose live ranking must be what is stored."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from shared.contracts.scorecards import CanaryResult
from shared.ranking.rank import Ranker

CANARIES: Final = 5
CANARY_NEIGHBOURS: Final = 5


def run_canaries(
    movies: pl.DataFrame, ranker: Ranker, rows: NDArray[np.int32], scores: NDArray[np.float32]
) -> list[CanaryResult]:
    """Rank the canaries again and compare with the stored rows (n, k) and scores (n, k)."""
    ids, titles = ranker.table.ids, movies["title"]
    results: list[CanaryResult] = []
    for row in most_voted(movies):
        live = ranker.neighbours(row, rows.shape[1])
        count = len(live.rows)
        is_same = np.array_equal(live.rows, rows[row, :count])
        is_same &= np.array_equal(live.scores, scores[row, :count])
        results.append(
            CanaryResult(
                movie_id=int(ids[row]),
                title=str(titles[row]),
                expected=_ids(ids, rows[row]),
                found=_ids(ids, live.rows),
                holds=bool(is_same and (rows[row, count:] < 0).all()),
            )
        )
    return results


def most_voted(movies: pl.DataFrame) -> list[int]:
    """Rows of the most voted movies; ties by id."""
    ranked = movies.select("id", "vote_count").with_row_index("row")
    return ranked.sort(-pl.col("vote_count"), "id")["row"].head(CANARIES).to_list()


def _ids(ids: NDArray[np.int64], rows: NDArray[np.int32]) -> list[int]:
    """Ids of the first neighbours."""
    first = rows[:CANARY_NEIGHBOURS]
    return [int(each) for each in ids[first[first >= 0]]]
