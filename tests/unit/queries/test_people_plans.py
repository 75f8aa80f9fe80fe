import polars as pl

from services.queries.careers import frequent_people, return_success
from services.queries.plans.people import (
    film_credits,
    ranked_films,
    ranked_people,
    spellings_by_id,
)
from shared.contracts.people import ReturnSuccess
from tests.factories import cast_frame, directors_frame, movie, movies_frame

MOVIES = movies_frame(
    movie(1, "Few votes", vote_count=5, budget=100, revenue=250),
    movie(2, "Most votes", vote_count=900, budget=0, revenue=250),
    movie(4, "Same votes, later id", vote_count=70),
    movie(3, "Same votes, earlier id", vote_count=70),
)
CAST = cast_frame((1, 7, "Ana"), (2, 7, "Ana"), (2, 8, "Bo"), (1, 7, "Ana"), (9, 8, "Bo"))
DIRECTORS = directors_frame((1, 7, "Ana"), (1, 7, "Ana"), (3, 6, "Cy"))


def credited(cast: pl.DataFrame = CAST, directors: pl.DataFrame = DIRECTORS) -> pl.DataFrame:
    films = ranked_films(MOVIES.lazy())
    return film_credits(cast.lazy(), directors.lazy(), films).collect()


def test_films_are_ranked_by_votes_then_id_and_unknown_returns_are_null() -> None:
    films = ranked_films(MOVIES.lazy()).collect()
    assert films.select("film", "id").rows() == [(0, 2), (1, 3), (2, 4), (3, 1)]
    assert films["return_on_budget"].to_list() == [None, None, None, 2.5]


def test_a_person_is_credited_once_for_each_film_and_role() -> None:
    rows = credited().sort("person_id", "film", "role").select("person_id", "film", "role")
    assert rows.rows() == [
        (6, 1, "directing"),
        (7, 0, "acting"),
        (7, 3, "acting"),
        (7, 3, "directing"),
        (8, 0, "acting"),
    ]


def test_several_characters_of_one_film_are_joined_in_billing_order() -> None:
    cast = cast_frame((1, 7, "Ana"), (1, 8, "Bo"), (1, 7, "Ana"), (1, 7, "Ana")).with_columns(
        character=pl.Series(["Twin", None, "Other twin", "Twin"]),
        order=pl.Series([5, 1, 2, None], dtype=pl.Int64),
    )
    rows = credited(cast, directors_frame()).sort("person_id")
    assert rows.select("person_id", "character", "order").rows() == [
        (7, "Other twin / Twin", 2),
        (8, None, 1),
    ]


def test_a_repeated_credit_without_characters_has_none() -> None:
    cast = cast_frame((1, 7, "Ana"), (1, 7, "Ana")).with_columns(
        character=pl.lit(None, pl.String), order=pl.lit(None, pl.Int64)
    )
    assert credited(cast, directors_frame()).select("character", "order").rows() == [(None, None)]


def test_people_without_a_name_are_left_out() -> None:
    nobody, blank = directors_frame((1, 7, " ")), cast_frame((1, 7, " "))
    assert credited(blank, nobody).is_empty()
    assert spellings_by_id(blank.lazy(), nobody.lazy()).collect().is_empty()


def test_fame_is_the_sum_of_votes_with_each_film_once() -> None:
    # Two films of 70 votes are less than one of 900; 905 of Ana would be 910 if counted twice.
    cast = cast_frame((1, 7, "Ana"), (2, 7, "Ana"), (2, 8, "Bo"), (1, 5, "Di"), (2, 5, "Di"))
    directors = directors_frame((1, 7, "Ana"), (3, 6, "Cy"), (4, 6, "Cy"))
    names = spellings_by_id(cast.lazy(), directors.lazy())
    people = ranked_people(credited(cast, directors).lazy(), names).collect()
    assert people.select("id", "name", "films_acted", "films_directed").rows() == [
        (5, "Di", 2, 0),
        (7, "Ana", 2, 1),
        (8, "Bo", 1, 0),
        (6, "Cy", 0, 2),
    ]


def test_the_most_frequent_spelling_of_an_id_is_the_first() -> None:
    cast = cast_frame((1, 7, "Kei Sato"), (2, 7, "Kei Satō"), (1, 9, "Kei Sato"))
    directors = directors_frame((3, 7, "Kei Satō"), (4, 7, "A. Sato"))
    rows = spellings_by_id(cast.lazy(), directors.lazy()).select("person_id", "name").collect()
    assert rows.rows() == [(7, "Kei Satō"), (7, "A. Sato"), (7, "Kei Sato"), (9, "Kei Sato")]


def test_success_counts_unknown_money_as_nothing_and_apart() -> None:
    found = return_success(pl.Series([2.5, None, 1 / 3, 4.0, None]))
    assert found == ReturnSuccess(
        films=5,
        films_with_known_money=3,
        total_return=6.8333,
        mean_return=1.3667,
        mean_return_known=2.2778,
        median_return_known=2.5,
    )


def test_success_without_known_money_has_no_figures_of_known_films() -> None:
    assert return_success(pl.Series([None, None], dtype=pl.Float64)) == ReturnSuccess(
        films=2,
        films_with_known_money=0,
        total_return=0.0,
        mean_return=0.0,
        mean_return_known=None,
        median_return_known=None,
    )
    assert return_success(pl.Series([], dtype=pl.Float64)) is None


def test_frequent_people_go_by_films_then_votes_then_id() -> None:
    shared = [
        (4, 1, 10, "acting"),
        (3, 1, 10, "acting"),
        (2, 2, 90, "acting"),
        (1, 1, 10, "directing"),
        (1, 1, 10, "acting"),
        (9, 1, 10, "acting"),
        (9, 2, 90, "directing"),
    ]
    found = frequent_people(shared, 4)
    assert found == [
        (9, 2, ["acting", "directing"]),
        (2, 1, ["acting"]),
        (1, 1, ["acting", "directing"]),
        (3, 1, ["acting"]),
    ]
    assert frequent_people(shared, 1) == found[:1]
    assert frequent_people([], 4) == []
