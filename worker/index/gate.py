"""What must hold before a release goes live; says why not, decides nothing else."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.ranking.rank import Ranker

_TABLES: Final = ("movies", "cast", "directors")


class Trial(NamedTuple):
    """A built release under test.

    `rows` (n, k) int32 and `scores` (n, k) float32 are the stored neighbours, ending in -1 and 0;
    `canaries` are the rows whose ranking is run again.
    """

    ranker: Ranker
    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    canaries: list[int]


def reasons_against(
    trial: Trial,
    *,
    counts: Mapping[str, int],
    live_counts: Mapping[str, int],
    min_rows_share: float,
) -> list[str]:
    """Return why this release must not go live; empty when it may.

    `counts` are the rows of its tables, `live_counts` those of the live release, empty where
    there is none.
    """
    if trial.ranker.index.size == 0:
        return ["the catalogue is empty"]
    reasons = list(_lost_rows(counts, live_counts, min_rows_share))
    bad = int((~np.isfinite(trial.ranker.index.rows)).any(axis=1).sum())
    if bad:
        return [*reasons, f"{bad:,} movies have a vector that is not finite"]
    return [*reasons, *_own_neighbours(trial), *_changed_canaries(trial)]


def _lost_rows(
    counts: Mapping[str, int], live_counts: Mapping[str, int], least: float
) -> Iterator[str]:
    """A table never loses most of its rows unasked: such an export is broken."""
    for table in _TABLES:
        rows, live_rows = counts.get(table, 0), live_counts.get(table, 0)
        if rows < least * live_rows:
            yield (
                f"{table}: {rows:,} rows are less than {least:.0%} of the {live_rows:,} of the "
                "live release (BUTACA_WORKER_MIN_ROWS_SHARE)"
            )


def _own_neighbours(trial: Trial) -> Iterator[str]:
    """A movie is never its own neighbour, nor one another movie twice."""
    own = (trial.rows == np.arange(len(trial.rows))[:, None]).any(axis=1)
    if own.any():
        first = int(trial.ranker.table.ids[np.argmax(own)])
        yield f"{int(own.sum()):,} movies recommend themselves, the first is {first}"
    ordered = np.sort(trial.rows, axis=1)
    twice = ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any(axis=1)
    if twice.any():
        first = int(trial.ranker.table.ids[np.argmax(twice)])
        yield f"{int(twice.sum()):,} movies recommend one movie twice, the first is {first}"


def _changed_canaries(trial: Trial) -> Iterator[str]:
    """The live ranking of a canary equals its stored neighbours."""
    limit = trial.rows.shape[1]
    for row in trial.canaries:
        live = trial.ranker.neighbours(row, limit)
        count = len(live.rows)
        same_rows = np.array_equal(live.rows, trial.rows[row, :count])
        same_scores = np.array_equal(live.scores, trial.scores[row, :count])
        if not (same_rows and same_scores and (trial.rows[row, count:] < 0).all()):
            movie_id = int(trial.ranker.table.ids[row])
            yield f"the live ranking of movie {movie_id} differs from its stored neighbours"
