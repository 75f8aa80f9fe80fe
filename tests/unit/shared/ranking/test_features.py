"""What the ranking sees of a pair: overlaps, gaps, whom a film is for."""

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest

from shared.ranking.facets import audience
from shared.ranking.features import RankingTable, ranking_frame
from shared.ranking.model import Curve, load_model
from tests.factories import cast_frame, directors_frame, movie, movies_frame

FAMILY = [{"id": 10751, "name": "Family"}]


def table_of(*rows: dict[str, object], cast: pl.DataFrame | None = None) -> RankingTable:
    movies = movies_frame(*rows)
    people = cast_frame() if cast is None else cast
    return RankingTable.from_frame(ranking_frame(movies, people, directors_frame()))


def test_shared_values_count_by_how_rare_they_are() -> None:
    noir = [{"id": 7, "name": "noir"}]
    table = table_of(
        movie(1, "One", keywords=noir),
        movie(2, "Two", keywords=noir),
        movie(3, "Three"),
        movie(4, "Four"),
    )
    seen = table.compare(0, np.array([1, 2]))
    np.testing.assert_allclose(seen["keywords.match"], [1, 0], atol=1e-6)
    expected = math.log1p(math.log(4 / 2) ** 2)
    np.testing.assert_allclose(seen["keywords.shared"], [expected, 0], atol=1e-6)


def test_production_words_are_nothing_in_common() -> None:
    words = [{"id": 8, "name": "woman director"}]
    table = table_of(
        movie(1, "One", keywords=words), movie(2, "Two", keywords=words), movie(3, "X")
    )
    assert table.compare(0, np.array([1]))["keywords.match"].tolist() == [0]


def test_the_leading_part_weighs_more_than_a_small_one() -> None:
    cast = cast_frame(
        *((1, person, "Star") for person in (50, 51)),
        (2, 50, "Star"),
        (3, 51, "Second"),
        (4, 52, "Nobody"),
    )
    rows = [movie(place, f"Movie {place}") for place in range(1, 5)]
    leading, small = table_of(*rows, cast=cast).compare(0, np.array([1, 2]))["cast.match"]
    assert leading > small > 0


def test_gaps_are_unknown_where_a_number_is() -> None:
    table = table_of(
        movie(1, "One", runtime=90.0, revenue=1_000_000),
        movie(2, "Two", runtime=100.0, revenue=10_000_000),
        movie(3, "Three", runtime=None, revenue=3),
    )
    seen = table.compare(0, np.array([1, 2]))
    np.testing.assert_allclose(seen["runtime.gap"], [10, np.nan])
    np.testing.assert_allclose(seen["revenue.gap"], [1, np.nan], atol=1e-6)
    assert Curve([-1.0, 1.0], [2.0, 4.0])(seen["revenue.gap"]).tolist() == [4, 0]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"genres": FAMILY}, 1),
        ({"keywords": [{"id": 1, "name": "softcore"}]}, -1),
        ({"overview": "An EROTIC thriller."}, -1),
        ({"overview": None}, 0),
        ({"overview": "A study of neurotics."}, 0),
    ],
)
def test_whom_a_movie_is_for(columns: dict[str, object], expected: int) -> None:
    frame = movies_frame(movie(1, "One", **columns))
    assert frame.select(audience()).item() == expected


def test_a_family_film_and_one_for_adults_suit_each_other_in_no_way() -> None:
    table = table_of(
        movie(1, "One", genres=FAMILY),
        movie(2, "Two", keywords=[{"id": 1, "name": "erotic movie"}]),
        movie(3, "Three"),
    )
    assert table.suits(0).tolist() == [False, False, True]
    assert table.suits(1).tolist() == [False, False, True]
    assert table.suits(2).tolist() == [True, True, False]


def test_a_pair_looks_the_same_in_any_company() -> None:
    rows = [
        movie(
            place,
            f"Movie {place % 3}",
            vote_count=place * 7,
            keywords=[{"id": place % 5, "name": "k"}],
        )
        for place in range(1, 40)
    ]
    table = table_of(*rows)
    together = table.compare(3, np.arange(39))
    for other in range(39):
        alone = table.compare(3, np.array([other]))
        for name, values in alone.items():
            np.testing.assert_array_equal(values, together[name][[other]])


def test_shipped_curves_never_reward_a_larger_gap_or_less_in_common() -> None:
    for name, curve in load_model().curves.items():
        steps = np.diff(curve.values)
        if name.endswith((".match", ".shared", ".cosine")):
            assert (steps >= 0).all(), name
        if name.endswith(".gap"):
            peak = curve.knots.index(0.0)
            assert (steps[:peak] >= 0).all(), name
            assert (steps[peak:] <= 0).all(), name


def test_votes_of_a_film_that_has_just_come_out_are_unknown_and_not_few() -> None:
    rows = [
        movie(place, f"Old {place}", release_date=dt.date(2017, 1, place), vote_count=9)
        for place in range(1, 10)
    ]
    new = movie(20, "New", release_date=dt.date(2017, 6, 1), vote_count=0)
    forgotten = movie(21, "Forgotten", release_date=dt.date(1999, 6, 1), vote_count=0)
    votes = ranking_frame(movies_frame(*rows, new, forgotten), cast_frame(), directors_frame())[
        "votes"
    ].to_list()
    assert votes[:9] == pytest.approx([math.log(10)] * 9, rel=1e-6)
    assert votes[9:] == [None, 0.0]


def test_a_catalogue_without_votes_has_no_present() -> None:
    rows = [movie(place, f"Movie {place}", vote_count=0) for place in range(1, 4)]
    frame = ranking_frame(movies_frame(*rows), cast_frame(), directors_frame())
    assert frame["votes"].to_list() == [0.0, 0.0, 0.0]
