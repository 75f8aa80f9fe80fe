"""What a release tells of itself: the report of its build, and its score card."""

import datetime as dt

import msgspec

from butaca_client.answers.base import Answer


class HealthReport(Answer, frozen=True):
    """Whether the service can answer, with which release, and what is wrong.

    `reasons` are sentences, `degraded` words for what it does without.
    """

    status: str
    release: str | None = None
    reasons: list[str] = msgspec.field(default_factory=list[str])
    degraded: list[str] = msgspec.field(default_factory=list[str])


class Source(Answer, frozen=True):
    """An input file as it was read."""

    name: str
    file: str
    size_bytes: int
    sha256: str


class QuarantinedRow(Answer, frozen=True):
    """A row that could not be used, and where it stands in its file."""

    file: str
    record: int
    line: int
    column: str
    reason: str
    excerpt: str


class StepReport(Answer, frozen=True):
    """One step of a build: `rows_in` = `rows_out` + the sum of `lost`, which is by reason."""

    step: str
    seconds: float
    peak_mb: int
    file: str | None = None
    rows_in: int | None = None
    rows_out: int | None = None
    lost: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    reused: bool = False


class Coercion(Answer, frozen=True):
    """Cells of one column that were there but of no use; `instead` is what stands for them."""

    column: str
    reason: str
    cells: int
    instead: float | None
    examples: list[str]


class IdList(Answer, frozen=True):
    """How many ids, and the first of them in ascending order."""

    count: int
    ids: list[int]


class Unmatched(Answer, frozen=True):
    """Ids that one file has and the other has not."""

    movies_without_credits: IdList
    credits_without_movie: IdList
    keywords_without_movie: IdList


class QuarantinePage(Answer, frozen=True):
    """Some of the quarantined rows; `next_offset` is None on the last page."""

    total: int
    offset: int
    items: list[QuarantinedRow]
    next_offset: int | None


class ReportResponse(Answer, frozen=True):
    """The build report of one release with a page of its quarantine."""

    release: str
    number: int
    created_at: dt.datetime
    is_live: bool
    refused: list[str]
    counts: dict[str, int]
    sources: list[Source]
    steps: list[StepReport]
    coercions: list[Coercion]
    unmatched: Unmatched
    duplicates: IdList
    quarantine: QuarantinePage


class CanaryResult(Answer, frozen=True):
    """A movie whose ranking was run again, with what was expected and found."""

    movie_id: int
    title: str
    expected: list[int]
    found: list[int]
    holds: bool


class FilterFill(Answer, frozen=True):
    """How full lists are under one filter: found over the most that could be, at best 1."""

    name: str
    matching: int
    fill_rate: float


class Movement(Answer, frozen=True):
    """How far the neighbours moved since another release."""

    release: int
    movies: int
    overlap_at_10: float
    same_first: float


class TruthMetrics(Answer, frozen=True):
    """What the stored neighbours achieve on a truth set."""

    name: str
    sha256: str
    seeds: int
    hit_at_5: float
    ndcg_at_10: float
    recall_at_10: float


class ScoreCard(Answer, frozen=True):
    """Figures of the stored neighbours of a release; shares are from 0 to 1."""

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


class ScoreCardResponse(Answer, frozen=True):
    """The score card of one release, and why that was refused if it was."""

    release: str
    number: int
    created_at: dt.datetime
    is_live: bool
    refused: list[str]
    card: ScoreCard
