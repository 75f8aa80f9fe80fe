"""The whole analysis of a catalogue; each part is a module of its own."""

import msgspec
import polars as pl

from shared.contracts.eda import Analysis
from worker.eda.comparison import Previous, Tables, compare
from worker.eda.correlation import correlate
from worker.eda.distributions import describe_distributions
from worker.eda.findings import find_findings
from worker.eda.groups import count_cooccurrence, describe_groups
from worker.eda.known import measure
from worker.eda.outliers import find_outliers
from worker.eda.people import count_people
from worker.eda.periods import describe_decades, make_calendar
from worker.eda.profiles import profile_columns
from worker.eda.suspects import find_suspects


def analyse(
    movies: pl.DataFrame,
    cast: pl.DataFrame,
    directors: pl.DataFrame,
    previous: Previous | None = None,
) -> Analysis:
    """Analyse the clean tables, against the release before if there is one."""
    measures = measure(movies)
    calendar = make_calendar(movies)
    draft = Analysis(
        movies=movies.height,
        first_year=calendar.years[0].period if calendar.years else 0,
        last_year=calendar.years[-1].period if calendar.years else 0,
        findings=[],
        columns=profile_columns(movies, cast, directors),
        distributions=describe_distributions(measures),
        outliers=[*find_outliers(measures), *find_suspects(measures)],
        correlation=correlate(measures),
        calendar=calendar,
        groups=describe_groups(movies, measures),
        actors=count_people(cast, movies),
        directors=count_people(directors, movies),
        cooccurrence=count_cooccurrence(movies),
        decades=describe_decades(measures),
        comparison=compare(Tables(movies, cast, directors), previous) if previous else None,
    )
    findings = find_findings(draft)
    return msgspec.structs.replace(draft, findings=findings)
