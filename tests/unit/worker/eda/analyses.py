"""Small analyses for tests: one with something in every section, and one of a single movie."""

from datetime import UTC, datetime
from itertools import pairwise

from shared.contracts.eda import (
    Analysis,
    Bin,
    Calendar,
    ColumnChange,
    ColumnProfile,
    Comparison,
    Cooccurrence,
    Correlation,
    CountChange,
    DecadeTrend,
    Distribution,
    Finding,
    GroupStat,
    GroupTable,
    NamedMovie,
    OutlierGroup,
    PeriodCount,
    PersonCount,
    Text,
    ValueCount,
)
from worker.eda.page import PageFacts

FACTS = PageFacts(
    release=7,
    created_at=datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
    sources=("movies_dataset.csv", "credits.csv"),
    raw_rows=5_000,
    quarantined=3,
)
NASTY = "<script>alert('x')</script> & Face/Off"
NUMBERS = ("budget", "revenue", "return", "runtime", "popularity", "vote_average", "vote_count")
MONEY = ("budget", "revenue", "vote_count")
GENRES = ["Drama", "Comedy", "Science Fiction"]


def distribution(column: str, scale: str = "linear") -> Distribution:
    """Six bins whose third is the fullest."""
    edges = (
        [10.0**power for power in range(2, 9)]
        if scale == "log"
        else [float(edge) for edge in range(0, 70, 10)]
    )
    counts = [5, 40, 1_300, 200, 30, 1]
    spans = zip(pairwise(edges), counts, strict=True)
    bins = [Bin(start=low, end=high, count=n) for (low, high), n in spans]
    unit = Text(es="minutos", en="minutes")
    return Distribution(column=column, unit=unit, scale=scale, known=sum(counts), bins=bins)


def profile(column: str, kind: str = "number", missing: int = 1_250) -> ColumnProfile:
    """A column of 5000 cells."""
    filled = 5_000 - missing
    quantiles = {"min": 1.5, "p50": 1_234.5, "max": 99_999.0}
    return ColumnProfile(
        column=column,
        kind=kind,
        filled=filled,
        missing=missing,
        completeness=filled / 5_000,
        distinct=321,
        quantiles=quantiles if kind == "number" else {},
        mean=2_000.25 if kind == "number" else None,
        top=[ValueCount(value=NASTY, count=12), ValueCount(value="Drama", count=3)],
    )


def group(field: str) -> GroupTable:
    """Three values of one field, one with a name that is too long and not harmless."""
    names = [NASTY, "Twentieth Century Fox Film Corporation of America", "en"]
    stats = [
        GroupStat(name=name, count=900 - at, with_return=40, median_return=2.5 - at / 2)
        for at, name in enumerate(names)
    ]
    return GroupTable(field=field, distinct=9, by_count=stats, by_return=stats, least=10)


def movies(value: float, count: int = 8) -> list[NamedMovie]:
    """Named movies, the first with a dangerous title."""
    titles = [NASTY, *(f"Title {n}" for n in range(1, count))]
    return [
        NamedMovie(id=at, title=title, year=1990 + at, value=value + at)
        for at, title in enumerate(titles)
    ]


def comparison() -> Comparison:
    """A release with a few changes."""
    return Comparison(
        previous=6,
        sources_changed=["credits.csv"],
        added=8,
        removed=1,
        changed=20,
        added_movies=movies(100),
        removed_movies=movies(50, count=1),
        changed_movies=movies(2),
        columns=[ColumnChange(column="budget", movies=18), ColumnChange(column="id", movies=0)],
        figures=[CountChange(key="movies", before=4_993, after=5_000)],
    )


def calendar() -> Calendar:
    """Releases over a year, a week and two decades."""

    def periods(start: int, stop: int, step: int = 1) -> list[PeriodCount]:
        return [PeriodCount(period=n, count=100 + n % 7) for n in range(start, stop, step)]

    return Calendar(
        months=periods(1, 13),
        weekdays=periods(1, 8),
        years=periods(1980, 2000),
        decades=periods(1980, 2000, 10),
    )


def decades() -> list[DecadeTrend]:
    """Two decades, the first without known money."""
    money = (None, 1_000_000.0)
    return [
        DecadeTrend(
            decade=1980 + 10 * at,
            movies=2_500,
            medians={
                "vote_average": 6.5 - at / 2,
                "runtime": 95.0,
                "budget": known,
                "revenue": known,
                "return": None if known is None else 2.25,
            },
            known=dict.fromkeys(("vote_average", "runtime"), 2_500)
            | dict.fromkeys(("budget", "revenue", "return"), 0 if known is None else 2_500),
        )
        for at, known in enumerate(money)
    ]


def full() -> Analysis:
    """Something in every section."""
    return Analysis(
        movies=5_000,
        first_year=1980,
        last_year=1999,
        findings=[
            Finding(key=topic, topic=topic, text=Text(es=f"{topic} dice", en=f"{topic} says"))
            for topic in ("overview", "calendar", "unheard-of")
        ],
        columns=[profile(column) for column in NUMBERS] + [profile("genres", "list", missing=0)],
        distributions=[distribution(c, "log" if c in MONEY else "linear") for c in NUMBERS],
        outliers=[
            OutlierGroup(
                key="long",
                column="runtime",
                rule=Text(es="Más de 300 minutos", en="Over 300 minutes."),
                low=10.0,
                high=300.5,
                count=25,
                movies=movies(301),
            )
        ],
        correlation=Correlation(
            columns=list(NUMBERS[:3]),
            matrix=[[1.0, 0.73, None], [0.73, 1.0, -0.42], [None, -0.42, 1.0]],
            pairs=[[500, 400, 3], [400, 500, 350], [3, 350, 500]],
        ),
        calendar=calendar(),
        groups=[group(f) for f in ("genres", "production_companies", "original_language")],
        actors=[PersonCount(person_id=1, name=NASTY, movies=12)],
        directors=[PersonCount(person_id=n, name=f"Dan {n}", movies=9) for n in range(20)],
        cooccurrence=Cooccurrence(
            genres=GENRES, counts=[[900, 300, 10], [300, 600, 20], [10, 20, 100]]
        ),
        decades=decades(),
        comparison=comparison(),
    )


def single() -> Analysis:
    """One movie without money, in the first release."""
    one = PeriodCount(period=5, count=1)
    lone = Distribution(
        column="runtime",
        unit=Text(es="minutos", en="minutes"),
        scale="linear",
        known=1,
        bins=[Bin(start=90.0, end=90.0, count=1)],
    )
    unknown = Distribution(
        column="budget", unit=Text(es="US$", en="US$"), scale="log", known=0, bins=[]
    )
    return Analysis(
        movies=1,
        first_year=1995,
        last_year=1995,
        findings=[],
        columns=[profile("title", "text", missing=0)],
        distributions=[lone, unknown],
        outliers=[],
        correlation=Correlation(columns=["budget"], matrix=[[None]], pairs=[[0]]),
        calendar=Calendar(
            months=[one],
            weekdays=[one],
            years=[PeriodCount(period=1995, count=1)],
            decades=[PeriodCount(period=1990, count=1)],
        ),
        groups=[GroupTable(field="genres", distinct=0, by_count=[], by_return=[], least=10)],
        actors=[],
        directors=[],
        cooccurrence=Cooccurrence(genres=["Drama"], counts=[[1]]),
        decades=[
            DecadeTrend(
                decade=1990,
                movies=1,
                medians={
                    "vote_average": None,
                    "runtime": 90.0,
                    "budget": None,
                    "revenue": None,
                    "return": None,
                },
                known={"vote_average": 0, "runtime": 1, "budget": 0, "revenue": 0, "return": 0},
            )
        ],
    )
