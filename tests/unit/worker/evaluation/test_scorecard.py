"""The score card: every figure by hand, on six films with made-up neighbours."""

import msgspec
import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from shared.contracts.reports import IdList
from shared.contracts.scorecards import Movement, ScoreCard
from shared.ranking.features import RankingTable, ranking_frame
from shared.ranking.model import load_model
from shared.ranking.rank import Ranker
from shared.ranking.vectors import TEXT_DIMS, build_flat, closeness_block
from tests.factories import cast_frame, directors_frame, movie, movies_frame
from worker.evaluation.scorecard import (
    Additions,
    Subject,
    fill_rate,
    make_card,
    recommends_adult_film,
    recommends_itself,
    recommends_twice,
)
from worker.index.neighbours import all_neighbours

STRUCTURED = 4
SAGA = [{"id": 7, "name": "Saga"}]
NOTHING = Additions(filters=[], movement=None, truths=[])


def six_films() -> pl.DataFrame:
    """Films 1-3 are a saga, 4 is for families, 5 for adults; 60, 50, … votes."""
    family, plain = [{"id": 10751, "name": "Family"}], [{"id": 18, "name": "Drama"}]
    return movies_frame(
        movie(1, "One", vote_count=60, genres=plain, belongs_to_collection=SAGA),
        movie(2, "Two", vote_count=50, genres=plain, belongs_to_collection=SAGA),
        movie(3, "Three", vote_count=40, genres=plain, belongs_to_collection=SAGA),
        movie(4, "Four", vote_count=30, genres=family),
        movie(5, "Five", vote_count=20, genres=plain, overview="An erotic tale."),
        movie(
            6, "Six", vote_count=10, genres=plain, belongs_to_collection=[{"id": 8, "name": "X"}]
        ),
    )


def subject(rows: NDArray[np.int32] | None = None, *, axes: bool = False) -> Subject:
    """Six films with these neighbours, or those of the ranking; `axes` are orthogonal texts."""
    movies = six_films()
    rng = np.random.default_rng(0)
    blocks = rng.normal(size=(6, TEXT_DIMS + STRUCTURED)).astype(np.float32)
    if axes:
        blocks = np.eye(6, TEXT_DIMS + STRUCTURED, dtype=np.float32)
        blocks[1] = blocks[0]
    frame = ranking_frame(movies, cast_frame(), directors_frame())
    index = build_flat(np.hstack([blocks, closeness_block(movies)]))
    ranker = Ranker(index, RankingTable.from_frame(frame), load_model())
    ranked, scores = all_neighbours(ranker, threads=1)
    return Subject(movies, frame, ranker, ranked if rows is None else rows, scores)


def padded(*lists: list[int]) -> NDArray[np.int32]:
    """Neighbour rows as they are stored, ending in -1."""
    rows = np.full((len(lists), 50), -1, dtype=np.int32)
    for place, found in enumerate(lists):
        rows[place, : len(found)] = found
    return rows


GOOD = padded(
    [1, 2, 3, 4, 5],
    [0, 3, 2, 4, 5],
    [3, 4, 5, 1, 0],
    [0, 1, 2, 5],
    [0, 1, 2, 5],
    [0, 1, 2, 3, 4],
)


def card_of(rows: NDArray[np.int32] | None = None) -> ScoreCard:
    return make_card(subject(rows), NOTHING)


def test_the_neighbours_of_the_ranking_have_no_faults() -> None:
    card = card_of()
    assert card.movies == 6
    for faults in (card.self_leaks, card.doubled, card.clashes):
        assert faults == IdList(count=0, ids=[])
    assert card.fill_rate == 1.0
    assert [canary.holds for canary in card.canaries] == [True] * 5


def test_faults_are_counted_and_named_by_id() -> None:
    rows = padded(
        [1, 2, 3, 4, 0],
        [0, 3, 3, 4, 5],
        [3, 4, 5, 1, 0],
        [0, 1, 4, 5, 2],
        [0, 1, 2, 3, 5],
        [0, 5, 2, 2, 4],
    )
    card = card_of(rows)
    assert card.self_leaks == IdList(count=2, ids=[1, 6])
    assert card.doubled == IdList(count=2, ids=[2, 6])
    assert card.clashes == IdList(count=1, ids=[4])


def test_empty_places_are_no_faults() -> None:
    rows = padded([1], [0], [], [], [], [])
    audience = pl.Series([1, 0, 0, 0, 0, -1], dtype=pl.Int8)
    for has_fault in (
        recommends_itself(rows),
        recommends_twice(rows),
        recommends_adult_film(rows, audience),
    ):
        assert not has_fault.any()


def test_a_film_for_adults_may_recommend_one_for_families() -> None:
    audience = pl.Series([1, -1, 0], dtype=pl.Int8)
    rows = padded([1, 2], [0, 2], [1, 0])
    assert recommends_adult_film(rows, audience).tolist() == [True, False, False]


def test_a_list_is_full_when_it_holds_every_film_that_may_be_there() -> None:
    # The one for families and the one for adults cannot hold each other.
    assert card_of(GOOD).fill_rate == 1.0
    for row in (0, 3, 4):
        short = GOOD.copy()
        short[row, 3:] = -1
        assert card_of(short).fill_rate == pytest.approx(5 / 6)


def test_a_list_is_full_when_it_has_no_place_left() -> None:
    nobody = pl.Series([0] * 6, dtype=pl.Int8)
    assert fill_rate(GOOD[:, :4], nobody) == 1.0
    assert fill_rate(GOOD[:, :5], nobody) == pytest.approx(4 / 6)
    assert fill_rate(GOOD[:0], nobody[:0]) == 1.0


def test_coverage_counts_films_in_any_top_ten() -> None:
    everything = card_of(GOOD)
    assert (everything.distinct_at_10, everything.coverage_at_10) == (6, 1.0)
    two = card_of(padded([1], [0], [0], [1], [1], [0]))
    assert (two.distinct_at_10, two.coverage_at_10) == (2, 0.3333)


def test_popularity_is_the_mean_percentile_of_what_is_shown() -> None:
    # Films 1 and 2 have the most votes of six: percentiles 11/12 and 9/12.
    card = card_of(padded([1], [0], [0], [0], [1], [1]))
    assert card.vote_percentile == pytest.approx((11 + 9) / 24, abs=1e-4)


def test_how_alike_a_list_is_is_the_mean_cosine_of_its_pairs() -> None:
    # Films 1 and 2 have one text, the others have nothing in common.
    rows = padded([], [], [0, 1, 2], [0, 1], [2, 3], [4])
    card = make_card(subject(rows, axes=True), NOTHING)
    assert card.intra_list == pytest.approx((1 / 3 + 1 + 0) / 3, abs=1e-4)


def test_collections_count_where_they_have_other_members() -> None:
    card = card_of(GOOD)
    # Six is the only film of its collection.
    assert card.collected == 3
    # Each of the three shows both mates among five films.
    assert card.same_collection == pytest.approx(6 / 15)
    assert card.mates_found == 1.0
    lost = card_of(padded([1, 3], [3, 4], [4, 5], [0], [0], [0]))
    assert lost.same_collection == pytest.approx(1 / 6, abs=1e-4)
    assert lost.mates_found == pytest.approx(0.5 / 3, abs=1e-4)


def test_without_collections_their_figures_are_zero() -> None:
    plain = subject()
    nowhere = plain.ranking.with_columns(collection=pl.lit([], dtype=pl.List(pl.Int64)))
    card = make_card(plain._replace(ranking=nowhere), NOTHING)
    assert (card.collected, card.same_collection, card.mates_found) == (0, 0.0, 0.0)


@pytest.mark.parametrize("change", ["order", "score", "missing"])
def test_a_canary_fails_when_its_live_ranking_is_not_what_is_stored(change: str) -> None:
    tried = subject()
    rows, scores = tried.rows.copy(), tried.scores.copy()
    if change == "order":
        rows[1, :2] = rows[1, 1::-1]
    elif change == "score":
        scores[1, 0] += np.float32(0.0001)
    else:
        rows[1, 4] = -1
    card = make_card(tried._replace(rows=rows, scores=scores), NOTHING)
    assert [canary.movie_id for canary in card.canaries] == [1, 2, 3, 4, 5]
    assert [canary.holds for canary in card.canaries] == [True, False, True, True, True]
    failed = card.canaries[1]
    assert failed.title == "Two"
    assert failed.found == [int(n) + 1 for n in tried.rows[1, :5]]
    assert failed.expected == [int(n) + 1 for n in rows[1, :5] if n >= 0]


def test_the_card_keeps_what_was_measured_elsewhere_and_survives_json() -> None:
    moved = Movement(release=3, movies=6, overlap_at_10=0.5, same_first=0.25)
    card = make_card(subject(), NOTHING._replace(movement=moved))
    assert card.movement == moved
    assert msgspec.json.decode(msgspec.json.encode(card), type=ScoreCard) == card
