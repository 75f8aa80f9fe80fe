"""Live search: full under every filter, additive, the same as the stored neighbours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.ranking.model import score
from shared.ranking.search import NEGATIVE, Wish
from tests.unit.shared.ranking.releases import small_release

ROWS = st.integers(0, 1499)


@settings(max_examples=20, deadline=None)
@given(row=ROWS, share=st.floats(0, 1), seed=st.integers(0, 99), limit=st.integers(1, 100))
def test_a_filtered_list_is_full_and_within_the_filter(
    row: int, share: float, seed: int, limit: int
) -> None:
    search = small_release(1500).search
    allowed = np.random.default_rng(seed).random(1500) < share
    found = search.similar(row, limit, allowed)
    matching = int(allowed.sum()) - int(allowed[row])
    assert len(found.rows) == min(limit, matching)
    assert allowed[found.rows].all()
    assert row not in found.rows


@settings(max_examples=20, deadline=None)
@given(row=ROWS, seed=st.integers(0, 99))
def test_few_allowed_movies_are_ranked_as_by_brute_force(row: int, seed: int) -> None:
    search = small_release(1500).search
    allowed = np.random.default_rng(seed).random(1500) < 0.4
    rows = np.flatnonzero(allowed)
    best = search.ranker.rank(row, rows[rows != row], 50)
    found = search.similar(row, 50, allowed)
    np.testing.assert_array_equal(found.rows, best.rows)
    np.testing.assert_array_equal(found.scores, best.scores)


@pytest.mark.parametrize("row", [0, 7, 640])
def test_a_wish_for_one_movie_is_its_neighbours(row: int) -> None:
    search = small_release(1500).search
    neighbours = search.ranker.neighbours(row, 50)
    ranked = search.rank(Wish([row]))
    np.testing.assert_array_equal(ranked.rows[:50], neighbours.rows)
    np.testing.assert_array_equal(ranked.scores[:50], neighbours.scores)


@settings(max_examples=20, deadline=None)
@given(
    positive=st.lists(ROWS, min_size=1, max_size=5, unique=True),
    negative=st.lists(ROWS, max_size=3, unique=True),
    weights=st.dictionaries(st.sampled_from(["text", "cast", "votes"]), st.floats(0, 5)),
    texts=st.sampled_from([0, 1]),
)
def test_contributions_add_up_to_the_raw_score(
    positive: list[int], negative: list[int], weights: dict[str, float], texts: int
) -> None:
    search = small_release(1500).search
    text = search.ranker.index.text[3] if texts else None
    ranked = search.rank(Wish(positive, negative, text, weights))
    total = search.ranker.model.intercept + np.sum(list(ranked.parts.values()), axis=0)
    np.testing.assert_allclose(total, ranked.raw, atol=1e-9)
    np.testing.assert_allclose(ranked.scores, score(ranked.raw), atol=1e-6)
    assert not set(ranked.rows.tolist()) & {*positive, *negative}
    assert (np.diff(ranked.scores) <= 0).all()
    assert (np.diff(np.round(ranked.raw, 6)) <= 0).all()


def test_weighted_scores_that_are_all_one_keep_the_order_of_the_raw_ones() -> None:
    weights = dict.fromkeys(("genres", "cast", "directors", "countries", "language", "votes"), 5.0)
    ranked = small_release(1500).search.rank(Wish([5], weights=weights))
    assert (np.diff(np.round(ranked.raw, 6)) <= 0).all()


def test_a_text_alone_finds_the_movie_it_describes() -> None:
    search = small_release(1500).search
    ranked = search.rank(Wish(text=search.ranker.index.text[42]))
    assert ranked.rows[0] == 42
    assert set(ranked.parts) == {"text", "votes"}


def test_of_movies_as_near_to_a_text_the_better_known_comes_first() -> None:
    search = small_release(1500).search
    both = np.array([42, 43])
    parts = search.ranker.contributions_of_text(search.ranker.index.text[42], both)
    votes = small_release(1500).movies["vote_count"].to_numpy()[both]
    assert (parts["votes"][0] > parts["votes"][1]) == (votes[0] > votes[1])


def test_an_unwanted_movie_lowers_its_neighbours() -> None:
    search = small_release(1500).search
    near = int(search.rank(Wish([5])).rows[0])
    plain = search.order(Wish([5]), np.arange(100, 200))
    lowered = search.order(Wish([5], [near]), np.arange(100, 200))
    assert (lowered.parts[NEGATIVE] <= 0).all()
    before = dict(zip(plain.rows.tolist(), plain.raw.tolist(), strict=True))
    after = dict(zip(lowered.rows.tolist(), lowered.raw.tolist(), strict=True))
    assert all(after[row] < before[row] for row in before)


def test_a_weight_of_nothing_takes_a_contribution_away() -> None:
    ranked = small_release(1500).search.rank(Wish([5], weights={"votes": 0.0}))
    assert not ranked.parts["votes"].any()


def test_least_reaches_for_the_whole_catalogue() -> None:
    search = small_release(1500).search
    assert len(search.rank(Wish([5]), least=1400).rows) == 1499


def test_what_is_ranked_in_blocks_equals_what_is_ranked_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    search, rows = small_release(1500).search, np.arange(100, 900)
    at_once = search.order(Wish([1, 2], [3]), rows)
    monkeypatch.setattr("shared.ranking.search.BLOCK", 64)
    in_blocks = search.order(Wish([1, 2], [3]), rows)
    np.testing.assert_array_equal(at_once.rows, in_blocks.rows)
    np.testing.assert_array_equal(at_once.raw, in_blocks.raw)


def test_nothing_allowed_is_an_empty_list() -> None:
    search = small_release(1500).search
    ranked = search.rank(Wish([5, 6], [7]), np.zeros(1500, dtype=bool))
    assert len(ranked.rows) == len(ranked.scores) == 0
    assert len(search.similar(5, 10, np.zeros(1500, dtype=bool)).rows) == 0
