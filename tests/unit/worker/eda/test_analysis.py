"""The whole analysis on any catalogue."""

from datetime import date

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.eda import Analysis
from tests.unit.worker.eda.frames import Row, cast, directors, movie, movies
from worker.eda.analysis import analyse
from worker.eda.comparison import Previous, Tables

NAMES = st.sampled_from(["", " ", "Drama", "Éclair", "<b>"]) | st.none()
NAMED = st.lists(st.fixed_dictionaries({"id": st.integers(0, 5), "name": NAMES}), max_size=3)
COUNTRIES = st.lists(st.fixed_dictionaries({"iso_3166_1": NAMES, "name": NAMES}), max_size=2)
LANGUAGES = st.lists(st.fixed_dictionaries({"iso_639_1": NAMES, "name": NAMES}), max_size=2)
# What the clean tables may hold, the absurd included.
FLOATS = st.floats(0, 1e308) | st.sampled_from([0.0, 1.0, 10.0, 5e-324])
INTEGERS = st.integers(0, 2**63 - 1) | st.integers(0, 3)
CELLS = st.fixed_dictionaries(
    {
        "title": st.text(max_size=5),
        "release_date": st.dates(date(1, 1, 1), date(9999, 12, 31))
        | st.dates(date(1990, 1, 1), date(1991, 1, 1)),
        "original_language": NAMES,
        "overview": NAMES,
        "runtime": FLOATS | st.none(),
        "popularity": FLOATS,
        "vote_average": st.floats(0, 10),
        "vote_count": INTEGERS,
        "budget": INTEGERS,
        "revenue": INTEGERS,
        "return": FLOATS,
        "belongs_to_collection": NAMED,
        "genres": NAMED,
        "production_companies": NAMED,
        "production_countries": COUNTRIES,
        "spoken_languages": LANGUAGES,
    }
)
CATALOGUES = st.lists(CELLS, min_size=0, max_size=40).map(
    lambda rows: [movie(n, **cells) for n, cells in enumerate(rows, 1)]
)
PAIRS = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 4)), max_size=8)


def check_numbers(found: Analysis) -> None:
    """The analysis survives JSON, which writes NaN and infinity as null."""
    assert msgspec.json.decode(msgspec.json.encode(found), type=Analysis) == found


def check_sums(found: Analysis) -> None:
    """Shares and counts agree with each other."""
    for spread in found.distributions:
        assert sum(part.count for part in spread.bins) == spread.known
    calendar = found.calendar
    for periods in (calendar.months, calendar.weekdays, calendar.years, calendar.decades):
        assert sum(one.count for one in periods) == found.movies
    assert all(one.filled + one.missing == found.movies for one in found.columns)
    assert sum(one.movies for one in found.decades) == found.movies
    matrix = found.correlation.matrix
    size = range(len(matrix))
    assert all(matrix[i][j] == matrix[j][i] for i in size for j in size)
    counts = found.cooccurrence.counts
    assert all(
        counts[i][j] <= counts[i][i] for i in range(len(counts)) for j in range(len(counts))
    )


@settings(max_examples=30, deadline=None)
@given(CATALOGUES, CATALOGUES, PAIRS, PAIRS)
def test_any_catalogue_has_an_analysis_of_finite_numbers(
    rows: list[Row],
    before: list[Row],
    acting: list[tuple[int, int]],
    directing: list[tuple[int, int]],
) -> None:
    previous = Previous(6, Tables(movies(*before), cast(*acting), directors()), [])
    found = analyse(movies(*rows), cast(*acting), directors(*directing), previous)
    check_numbers(found)
    check_sums(found)


def test_the_same_catalogue_has_the_same_analysis() -> None:
    rows = [movie(n, vote_count=n % 3, runtime=float(n)) for n in range(1, 50)]
    people = cast(*((n, n % 7) for n in range(1, 50)))
    assert analyse(movies(*rows), people, directors()) == analyse(
        movies(*rows), people, directors()
    )


def test_one_movie_has_an_analysis() -> None:
    found = analyse(movies(movie()), cast(), directors())
    assert (found.movies, found.first_year, found.last_year) == (1, 1995, 1995)
    assert found.comparison is None
