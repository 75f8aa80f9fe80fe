"""What is told of two releases."""

from shared.contracts.eda import ColumnChange, Comparison
from tests.unit.worker.eda.frames import Row, cast, directors, genres, movie, movies
from worker.eda.comparison import Previous, Tables, compare


def compared(before: list[Row], after: list[Row]) -> Comparison:
    """The comparison of two lists of movies."""
    old, new = (Tables(movies(*rows), cast(), directors()) for rows in (before, after))
    return compare(new, Previous(6, old, ["credits.csv"]))


def test_movies_that_came_and_went_are_named_most_voted_first() -> None:
    before = [movie(1), movie(2, vote_count=3), movie(3, vote_count=9)]
    found = compared(before, [movie(1), movie(4), movie(5, vote_count=2)])
    assert (found.previous, found.added, found.removed, found.changed) == (6, 2, 2, 0)
    assert [(one.id, one.value) for one in found.added_movies] == [(5, 2), (4, 0)]
    assert [one.id for one in found.removed_movies] == [3, 2]
    assert found.sources_changed == ["credits.csv"]


def test_a_movie_differs_by_any_column_nested_ones_and_nulls_included() -> None:
    before = [movie(1, genres=genres("Drama")), movie(2, overview=None), movie(3), movie(4)]
    after = [
        movie(1, genres=genres("Drama", "War"), budget=5),
        movie(2, overview="Now", budget=7),
        movie(3, runtime=None),
        movie(4, title="Other"),
    ]
    found = compared(before, after)
    assert [(one.id, one.value) for one in found.changed_movies] == [(1, 2), (2, 2), (4, 1)]
    assert found.columns == [
        ColumnChange(column="budget", movies=2),
        ColumnChange(column="title", movies=1),
        ColumnChange(column="overview", movies=1),
        ColumnChange(column="genres", movies=1),
    ]


def test_figures_stand_side_by_side_and_unknown_medians_are_zero() -> None:
    found = compared([movie(1)], [movie(1, budget=10), movie(2, budget=30)])
    figures = {one.key: (one.before, one.after) for one in found.figures}
    assert figures["movies"] == (1, 2)
    assert figures["with_budget"] == (0, 2)
    assert figures["median_budget"] == (0, 20)
    assert figures["genres"] == (0, 0)


def test_the_same_movies_in_another_order_do_not_differ() -> None:
    rows = [movie(1, genres=genres("War")), movie(2)]
    found = compared(rows, rows[::-1])
    assert (found.added, found.removed, found.changed, found.columns) == (0, 0, 0, [])


def test_a_movie_differs_by_its_credits_alone() -> None:
    films = movies(*(movie(n) for n in range(1, 6)))
    before = Tables(films, cast((1, 10), (2, 20), (4, 40)), directors((1, 11), (3, 33)))
    after = Tables(films, cast((1, 10), (2, 21), (5, 50)), directors((1, 11), (3, 34)))
    found = compare(after, Previous(6, before, ["credits.csv"]))
    assert [one.id for one in found.changed_movies] == [2, 3, 4, 5]
    assert {one.column: one.movies for one in found.columns} == {"cast": 3, "directors": 1}
