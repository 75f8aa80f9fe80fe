"""The exploratory analysis of a release: what the catalogue's columns hold and how they relate.

Shares are from 0 to 1. Money is in the currency of the input (US dollars on TMDB), runtimes are
in minutes, `return` is revenue over budget where both are known. 0 stands for "unknown" in
budget, revenue, runtime, return, popularity and vote average, and counts as missing.
"""

from butaca_client.answers.base import Answer


class Text(Answer, frozen=True):
    """The same sentence in both languages."""

    es: str
    en: str


class Finding(Answer, frozen=True):
    """Something worth knowing, said from the numbers; `key` is stable, `topic` a section."""

    key: str
    topic: str
    text: Text


class ValueCount(Answer, frozen=True):
    """A value and how often it occurs."""

    value: str
    count: int


class ColumnProfile(Answer, frozen=True):
    """One column: how full it is and what it holds.

    `kind` is number, text, date or list. `quantiles` (numbers: min, p01, p05, p25, p50, p75,
    p95, p99, max) and `mean` are of the filled cells; dates give theirs as year with fraction.
    `top` are the most frequent values; of lists, the members are counted.
    """

    column: str
    kind: str
    filled: int
    missing: int
    completeness: float
    distinct: int
    quantiles: dict[str, float]
    mean: float | None
    top: list[ValueCount]


class Bin(Answer, frozen=True):
    """How many values are at least `start` and under `end` (the last bin holds its end too)."""

    start: float
    end: float
    count: int


class Distribution(Answer, frozen=True):
    """A histogram of one column's known values; `scale` is linear or log."""

    column: str
    unit: Text
    scale: str
    known: int
    bins: list[Bin]


class NamedMovie(Answer, frozen=True):
    """A movie named as an example, with the figure that it is named for."""

    id: int
    title: str
    year: int
    value: float


class OutlierGroup(Answer, frozen=True):
    """Movies outside a stated rule, the most extreme first.

    `low` and `high` are the bounds of what is ordinary, where the rule has them; `movies` are
    at most 20 of the `count`.
    """

    key: str
    column: str
    rule: Text
    low: float | None
    high: float | None
    count: int
    movies: list[NamedMovie]


class Correlation(Answer, frozen=True):
    """Spearman's rank correlation of each pair of columns over the rows that know both.

    `matrix[i][j]` is None under 30 such rows; `pairs[i][j]` counts them.
    """

    columns: list[str]
    matrix: list[list[float | None]]
    pairs: list[list[int]]


class PeriodCount(Answer, frozen=True):
    """Releases in one month, weekday (both from 1, Monday first), year or decade."""

    period: int
    count: int


class Calendar(Answer, frozen=True):
    """When movies were released; periods in order, none left out between first and last."""

    months: list[PeriodCount]
    weekdays: list[PeriodCount]
    years: list[PeriodCount]
    decades: list[PeriodCount]


class GroupStat(Answer, frozen=True):
    """Movies that share a value; the median is over those with known money, `with_return`."""

    name: str
    count: int
    with_return: int
    median_return: float | None


class GroupTable(Answer, frozen=True):
    """The values of one field; `by_return` leaves out those with under `least` known returns."""

    field: str
    distinct: int
    by_count: list[GroupStat]
    by_return: list[GroupStat]
    least: int


class PersonCount(Answer, frozen=True):
    """A person and in how many movies; namesakes are apart."""

    person_id: int
    name: str
    movies: int


class Cooccurrence(Answer, frozen=True):
    """How many movies have both genres; the diagonal counts the movies of one."""

    genres: list[str]
    counts: list[list[int]]


class DecadeTrend(Answer, frozen=True):
    """Quality and money of one decade, by column.

    `medians` are over the `known` values, None where there are none; those of the average are of
    movies with at least 50 votes.
    """

    decade: int
    movies: int
    medians: dict[str, float | None]
    known: dict[str, int]


class CountChange(Answer, frozen=True):
    """A figure of the release before and of this one."""

    key: str
    before: float
    after: float


class ColumnChange(Answer, frozen=True):
    """How many of the movies that both releases have differ in one column."""

    column: str
    movies: int


class Comparison(Answer, frozen=True):
    """What changed against the release that was live when this one was built.

    Added and removed movies are named by their votes (most voted first), changed ones likewise
    with the number of columns that differ as `value`; 20 of each at most. `cast` and `directors`
    count as columns.
    """

    previous: int
    sources_changed: list[str]
    added: int
    removed: int
    changed: int
    added_movies: list[NamedMovie]
    removed_movies: list[NamedMovie]
    changed_movies: list[NamedMovie]
    columns: list[ColumnChange]
    figures: list[CountChange]


class Analysis(Answer, frozen=True):
    """The whole analysis; `comparison` is None for a first release."""

    movies: int
    first_year: int
    last_year: int
    findings: list[Finding]
    columns: list[ColumnProfile]
    distributions: list[Distribution]
    outliers: list[OutlierGroup]
    correlation: Correlation
    calendar: Calendar
    groups: list[GroupTable]
    actors: list[PersonCount]
    directors: list[PersonCount]
    cooccurrence: Cooccurrence
    decades: list[DecadeTrend]
    comparison: Comparison | None = None
