"""The score card of a build: figures of its stored neighbours that need no truth set."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from shared.contracts.evaluation import FilterFill
from shared.contracts.reports import IdList
from shared.contracts.scorecards import Movement, ScoreCard, TruthMetrics
from shared.ranking.facets import dense_codes
from shared.ranking.rank import Ranker
from shared.ranking.vectors import CLOSENESS_DIMS, FlatIndex, unit_rows
from worker.evaluation.metrics import (
    DEPTH,
    Rows,
    distinct,
    intra_list,
    same_collection,
    vote_percentile,
    vote_percentiles,
)
from worker.evaluation.scorecard_canaries import run_canaries

# Lists whose films are compared with one another: the mean is sure to two digits.
INTRA_LIST_SAMPLE: Final = 2000
IDS_SHOWN: Final = 10
_SEED: Final = 0


class Subject(NamedTuple):
    """A built release under test, all in the order of the movies.

    `movies` is the clean table and `ranking` the artifact made of it; `rows` (n, k) int32 and
    `scores` (n, k) float32 are the stored neighbours, ending in -1 and 0.
    """

    movies: pl.DataFrame
    ranking: pl.DataFrame
    ranker: Ranker
    rows: NDArray[np.int32]
    scores: NDArray[np.float32]


class Additions(NamedTuple):
    """The figures that need more than the release itself."""

    filters: list[FilterFill]
    movement: Movement | None
    truths: list[TruthMetrics]


class _Collected(NamedTuple):
    """How well collections are kept together."""

    movies: int
    share: float
    mates_found: float


def make_card(subject: Subject, additions: Additions) -> ScoreCard:
    """Measure a release."""
    rows, ids = subject.rows, subject.ranker.table.ids
    lists: list[Rows] = [row[row >= 0] for row in rows[:, :DEPTH]]
    votes = vote_percentiles(subject.movies["vote_count"].to_numpy())
    shown, movies = distinct(lists), len(ids)
    collected = _measure_collections(lists, subject.ranking["collection"])
    return ScoreCard(
        movies=movies,
        self_leaks=_id_list(ids, recommends_itself(rows)),
        doubled=_id_list(ids, recommends_twice(rows)),
        clashes=_id_list(ids, recommends_adult_film(rows, subject.ranking["audience"])),
        fill_rate=fill_rate(rows, subject.ranking["audience"]),
        coverage_at_10=_round(shown / movies if movies else 0.0),
        distinct_at_10=shown,
        vote_percentile=_round(vote_percentile(lists, votes)),
        intra_list=_round(intra_list(_sample(lists), _content(subject.ranker.index))),
        collected=collected.movies,
        same_collection=_round(collected.share),
        mates_found=_round(collected.mates_found),
        canaries=run_canaries(subject.movies, subject.ranker, subject.rows, subject.scores),
        filters=additions.filters,
        movement=additions.movement,
        truths=additions.truths,
    )


def recommends_itself(rows: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether a movie is among its own neighbours, (n,)."""
    leaks: NDArray[np.bool_] = (rows == np.arange(len(rows))[:, None]).any(axis=1)
    return leaks


def recommends_twice(rows: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether a movie has one neighbour twice, (n,)."""
    ordered = np.sort(rows, axis=1)
    doubled: NDArray[np.bool_] = ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any(
        axis=1
    )
    return doubled


def recommends_adult_film(rows: NDArray[np.int32], audience: pl.Series) -> NDArray[np.bool_]:
    """Whether a movie is for families and any of its neighbours for adults, (n,).

    `audience` is that of `shared.ranking.facets`.
    """
    # Empty places point at one more movie, which is for nobody in particular.
    kinds = np.append(audience.to_numpy(), np.int8(0))
    is_adult = kinds[rows] < 0
    clashes: NDArray[np.bool_] = (kinds[:-1] > 0) & is_adult.any(axis=1)
    return clashes


def fill_rate(rows: NDArray[np.int32], audience: pl.Series) -> float:
    """Share of lists that are as long as they can be; 1 where there are none.

    A list can hold every other movie but those for the other audience. Not rounded: one short
    list among many must show.
    """
    if not len(rows):
        return 1.0
    kinds = audience.to_numpy()
    unsuitable = {1: int((kinds < 0).sum()), -1: int((kinds > 0).sum())}
    others = np.array([len(rows) - 1 - unsuitable.get(int(kind), 0) for kind in kinds])
    is_full = (rows >= 0).sum(axis=1) >= np.minimum(others, rows.shape[1])
    return float(is_full.mean())


def _measure_collections(lists: Sequence[Rows], facet: pl.Series) -> _Collected:
    """Look at the movies whose collection has other members; `facet` is null for the others."""
    codes = _collection_codes(facet)
    asked = np.flatnonzero(codes >= 0)
    if not len(asked):
        return _Collected(0, 0.0, 0.0)
    own = [lists[int(row)] for row in asked]
    sizes = np.bincount(codes[asked])
    mates = np.minimum(sizes[codes[asked]] - 1, DEPTH)
    found = [(codes[ranked] == codes[row]).sum() for row, ranked in zip(asked, own, strict=True)]
    share = same_collection(own, [asked[place : place + 1] for place in range(len(asked))], codes)
    return _Collected(len(asked), share, float((np.array(found) / mates).mean()))


def _collection_codes(facet: pl.Series) -> NDArray[np.int64]:
    """A code for each movie, -1 where no other movie has its collection."""
    values, counts = dense_codes(facet)
    codes = np.full(len(counts), -1, dtype=np.int64)
    codes[counts > 0] = values
    return codes


def _content(index: FlatIndex) -> NDArray[np.float32]:
    """Unit vectors of what the movies are about: without closeness of votes and year."""
    return unit_rows(index.rows[:, : index.dims - CLOSENESS_DIMS])


def _sample(lists: Sequence[Rows]) -> Sequence[Rows]:
    """Some of the lists, the same ones for each build of as many movies."""
    if len(lists) <= INTRA_LIST_SAMPLE:
        return lists
    places = np.random.default_rng(_SEED).choice(len(lists), INTRA_LIST_SAMPLE, replace=False)
    return [lists[int(place)] for place in places]


def _id_list(ids: NDArray[np.int64], has_it: NDArray[np.bool_]) -> IdList:
    """Count movies and name the first."""
    found = np.sort(ids[has_it])
    return IdList(count=len(found), ids=found[:IDS_SHOWN].tolist())


def _round(figure: float) -> float:
    return round(figure, 4)
