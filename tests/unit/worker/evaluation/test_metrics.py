import numpy as np
import pytest

from worker.evaluation import metrics


def rows(*lists: list[int]) -> list[np.ndarray]:
    return [np.array(each, dtype=np.int64) for each in lists]


def test_a_hit_counts_among_the_first_five_only() -> None:
    lists = rows([1, 2, 3, 4, 5], [9, 8, 7, 6, 0, 5], [])
    assert metrics.hit_at_5(lists, rows([5], [5], [5])).tolist() == [1, 0, 0]


def test_ndcg_is_the_gain_over_the_best_one() -> None:
    # Found at places 1 and 3 of two wanted: (1 + 1/2) / (1 + 1/log2(3)).
    found = metrics.ndcg_at_10(rows([1, 7, 2]), rows([2, 1]))
    assert found == pytest.approx([1.5 / (1 + 1 / np.log2(3))])


def test_ndcg_is_one_where_ten_of_many_wanted_fill_the_list() -> None:
    wanted = list(range(20))
    assert metrics.ndcg_at_10(rows(wanted[5:15]), rows(wanted)) == pytest.approx([1.0])


def test_what_stands_after_the_tenth_place_earns_nothing() -> None:
    lists = rows([*list(range(100, 110)), 1])
    assert metrics.ndcg_at_10(lists, rows([1])).tolist() == [0]
    assert metrics.recall_at_10(lists, rows([1])).tolist() == [0]
    assert metrics.recall_at(lists, rows([1]), metrics.POOL).tolist() == [1]


def test_recall_is_the_share_of_the_wanted_films() -> None:
    assert metrics.recall_at_10(rows([1, 2], [3]), rows([1, 2, 3, 4], [4])).tolist() == [0.5, 0]


def test_a_question_that_wants_nothing_counts_as_zero() -> None:
    assert metrics.ndcg_at_10(rows([1]), rows([])).tolist() == [0]
    assert metrics.recall_at_10(rows([1]), rows([])).tolist() == [0]


def test_an_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    values = np.array([0.0, 1.0] * 50)
    found = metrics.interval(values)
    assert found.mean == 0.5
    # The standard error is 0.05, so the interval is about 0.5 +- 0.098.
    assert found.low == pytest.approx(0.40, abs=0.02)
    assert found.high == pytest.approx(0.60, abs=0.02)
    assert metrics.interval(values) == found


def test_equal_values_have_no_width() -> None:
    found = metrics.interval(np.full(7, 0.25))
    assert (found.mean, found.low, found.high) == (0.25, 0.25, 0.25)


def test_no_values_have_an_interval_of_zeros() -> None:
    found = metrics.interval(np.zeros(0))
    assert (found.mean, found.low, found.high) == (0, 0, 0)


def test_coverage_counts_different_films_of_first_tens() -> None:
    lists = rows([1, 2, 3], [3, 4], [*list(range(10, 20)), 99])
    assert metrics.distinct(lists) == 14
    assert metrics.coverage(lists, 28) == 0.5
    assert metrics.coverage([], 0) == 0


def test_a_vote_percentile_counts_equals_half() -> None:
    percentiles = metrics.vote_percentiles(np.array([5, 0, 5, 100]))
    assert percentiles.tolist() == [0.5, 0.125, 0.5, 0.875]
    assert metrics.vote_percentile(rows([3, 1], [0]), percentiles) == pytest.approx(0.5)
    assert metrics.vote_percentile([], percentiles) == 0


def test_intra_list_is_the_mean_cosine_of_pairs() -> None:
    half = np.sqrt(0.5)
    vectors = np.array([[1, 0], [0, 1], [half, half], [0, 0]], dtype=np.float32)
    # Cosines 0, half and half; the single film says nothing.
    assert metrics.intra_list(rows([0, 1, 2], [0]), vectors) == pytest.approx(2 * half / 3)
    assert metrics.intra_list(rows([0, 3]), vectors) == 0
    assert metrics.intra_list([], vectors) == 0


def test_same_collection_is_a_share_of_all_places() -> None:
    collections = np.array([7, 7, 8, -1, -1])
    # Film 0 finds its mate, film 3 has no collection and so no mate.
    assert metrics.same_collection(rows([1, 2], [4, 0]), rows([0], [3]), collections) == 0.25
    assert metrics.same_collection([], [], collections) == 0


def test_self_leaks_count_lists() -> None:
    assert metrics.self_leaks(rows([1, 2], [3], [4, 5]), rows([2], [1], [5, 4])) == 2
