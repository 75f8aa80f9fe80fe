"""The score card of a release: how good its stored recommendations are, by measures of its own."""

import datetime as dt

import msgspec

from shared.contracts.base import Wire
from shared.contracts.evaluation import FilterFill
from shared.contracts.reports import IdList


class CanaryResult(Wire, frozen=True):
    """A movie whose ranking was run again.

    `expected` are its first stored neighbours, `found` those of the live ranking; it holds where
    all stored neighbours and their scores are the live ones.
    """

    movie_id: int
    title: str
    expected: list[int]
    found: list[int]
    holds: bool


class Movement(Wire, frozen=True):
    """How far the neighbours moved since another release, over the movies that both have.

    `overlap_at_10` is the mean share of a top ten that is still there, in any order;
    `same_first` the share of movies whose first neighbour is the same.
    """

    release: int
    movies: int
    overlap_at_10: float
    same_first: float


class TruthMetrics(Wire, frozen=True):
    """What the stored neighbours achieve on a truth set; `sha256` tells which one it was."""

    name: str
    sha256: str
    seeds: int
    hit_at_5: float
    ndcg_at_10: float
    recall_at_10: float


class ScoreCard(Wire, frozen=True):
    """Figures of the stored neighbours of a release.

    Faults, each with the movies that have it: `self_leaks` recommend themselves, `doubled`
    recommend one movie twice, `clashes` are for families and recommend one for adults.

    `fill_rate` is the share of movies whose list is as long as it can be, `filters` how full
    lists are under each of the standard filters. Of the top tens: `coverage_at_10` is the share
    of the catalogue that appears in any, `distinct_at_10` the number of those movies;
    `vote_percentile` (0-1) is how popular they are on average; `intra_list` how alike those of
    one list are (mean cosine of a sample). Of the `collected` movies, which have a collection
    with other members: `same_collection` is the share of their top tens from that collection,
    `mates_found` how much of it is there, of what could be.
    """

    movies: int
    self_leaks: IdList
    doubled: IdList
    clashes: IdList
    fill_rate: float
    coverage_at_10: float
    distinct_at_10: int
    vote_percentile: float
    intra_list: float
    collected: int
    same_collection: float
    mates_found: float
    canaries: list[CanaryResult]
    filters: list[FilterFill] = msgspec.field(default_factory=list[FilterFill])
    movement: Movement | None = None
    truths: list[TruthMetrics] = msgspec.field(default_factory=list[TruthMetrics])


class ScoreCardResponse(Wire, frozen=True):
    """The score card of one release, and why that was refused if it was."""

    release: str
    number: int
    created_at: dt.datetime
    is_live: bool
    refused: list[str]
    card: ScoreCard
