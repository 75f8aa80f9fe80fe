"""Tables of the values of a field, genres that go together, and people."""

from shared.contracts.eda import GroupStat, GroupTable, PersonCount
from tests.unit.worker.eda.frames import Row, cast, funded, genres, movie, movies
from worker.eda.groups import count_cooccurrence, describe_groups
from worker.eda.known import measure
from worker.eda.people import count_people


def group_table(field: str, *rows: Row) -> GroupTable:
    """The table of one field of a few movies."""
    frame = movies(*rows)
    return next(one for one in describe_groups(frame, measure(frame)) if one.field == field)


def test_groups_come_by_count_and_ties_by_name() -> None:
    rows = [
        movie(1, genres=genres("War", "Drama")),
        movie(2, genres=genres("Drama")),
        movie(3, genres=genres("Action")),
    ]
    found = group_table("genres", *rows)
    counts = [(one.name, one.count) for one in found.by_count]
    assert counts == [("Drama", 2), ("Action", 1), ("War", 1)]
    assert (found.distinct, found.by_return) == (3, [])


def test_returns_need_the_least_number_of_known_ones() -> None:
    saga = [{"id": 1, "name": "Saga"}]
    pair = [{"id": 2, "name": "Pair"}]
    rows = [
        *(funded(n, 100, 100 * n, belongs_to_collection=saga) for n in (1, 2, 6)),
        *(funded(n, 100, 900, belongs_to_collection=pair) for n in (7, 8)),
        movie(9, belongs_to_collection=saga),
    ]
    found = group_table("belongs_to_collection", *rows)
    assert found.least == 3
    assert found.by_return == [GroupStat(name="Saga", count=4, with_return=3, median_return=2)]


def test_languages_go_by_code_and_countries_by_name() -> None:
    row = movie(
        1,
        original_language="fr",
        spoken_languages=[{"iso_639_1": "fr", "name": ""}],
        production_countries=[{"iso_3166_1": "FR", "name": None}],
    )
    names = {
        field: [one.name for one in group_table(field, row).by_count]
        for field in ("original_language", "spoken_languages", "production_countries")
    }
    assert names == {
        "original_language": ["fr"],
        "spoken_languages": ["fr"],
        "production_countries": ["FR"],
    }


def test_genres_are_counted_in_pairs_and_alone_on_the_diagonal() -> None:
    found = count_cooccurrence(
        movies(
            movie(1, genres=genres("Drama", "War")),
            movie(2, genres=genres("Drama", "War")),
            movie(3, genres=genres("Drama", "Comedy")),
        )
    )
    assert found.genres == ["Drama", "War", "Comedy"]
    assert found.counts == [[3, 2, 1], [2, 2, 0], [1, 0, 1]]


def test_a_person_counts_once_a_movie_and_only_in_the_catalogue() -> None:
    people = cast((1, 7), (1, 7), (2, 7), (1, 5), (99, 5))
    found = count_people(people, movies(movie(1), movie(2)))
    assert found == [
        PersonCount(person_id=7, name="Person 7", movies=2),
        PersonCount(person_id=5, name="Person 5", movies=1),
    ]
