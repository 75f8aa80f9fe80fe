"""An evaluation: how good the recommendations of a release are, against simpler ways."""

import datetime as dt

from shared.contracts.base import Wire


class Interval(Wire, frozen=True):
    """A mean over the questions, with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


class WayScores(Wire, frozen=True):
    """What one way of recommending achieves on one truth set.

    Of lists of ten: `coverage` is the share of the catalogue that appears in any, `distinct` the
    number of those movies, `vote_percentile` (0-1) how popular they are, `intra_list` how alike
    they are to one another (mean cosine), `same_collection` the share from a collection of the
    films asked about, `self_leaks` how many lists hold a film that they were asked with.
    `recall_at_600` is there where lists are that long, `our_gain` where our ranking is not this
    way itself: its nDCG@10 less this way's, question by question.
    """

    name: str
    hit_at_5: Interval
    ndcg_at_10: Interval
    recall_at_10: Interval
    coverage: float
    distinct: int
    vote_percentile: float
    intra_list: float
    same_collection: float
    self_leaks: int
    recall_at_600: float | None = None
    our_gain: Interval | None = None


class FilterFill(Wire, frozen=True):
    """How full the lists are under one filter: found over the most that could be, at best 1."""

    name: str
    matching: int
    fill_rate: float


class TruthReport(Wire, frozen=True):
    """All ways on one truth set.

    `ceiling` names the way that is no competitor but a bound: what other people's likes reach;
    `share_of_ceiling` is our nDCG@10 over its.
    """

    name: str
    description: str
    seeds: int
    wanted_per_seed: float
    ways: list[WayScores]
    ceiling: str | None = None
    share_of_ceiling: float | None = None


class Evaluation(Wire, frozen=True):
    """The result of `butaca evaluate`; `skipped` says which truth sets were not there."""

    release: str
    model: str
    movies: int
    created_at: dt.datetime
    seconds: float
    truths: list[TruthReport]
    fill: list[FilterFill]
    skipped: list[str]
