import numpy as np

from shared.ranking.diversity import Choice, choose

SCORES = np.array([0.9, 0.8, 0.7, 0.6], dtype=np.float32)
# The first two are alike, the others like nothing.
VECTORS = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)
NONE: list[int | None] = [None] * 4


def test_without_diversity_the_order_stays() -> None:
    assert choose(Choice(3), SCORES, NONE, VECTORS) == [0, 1, 2]


def test_diversity_puts_what_is_alike_last() -> None:
    assert choose(Choice(4, diversity=0.5), SCORES, NONE, VECTORS) == [0, 2, 3, 1]


def test_full_diversity_still_begins_with_the_best() -> None:
    assert choose(Choice(1, diversity=1.0), SCORES, NONE, VECTORS) == [0]


def test_a_collection_is_capped_and_no_collection_is_not() -> None:
    assert choose(Choice(4, max_per_collection=1), SCORES, [7, 7, None, None], VECTORS) == [
        0,
        2,
        3,
    ]


def test_scores_below_the_least_are_left_out_and_the_least_itself_is_not() -> None:
    least = float(SCORES[2])
    assert choose(Choice(4, min_score=least), SCORES, NONE, VECTORS) == [0, 1, 2]


def test_an_empty_list_has_nothing_to_choose() -> None:
    assert choose(Choice(4, diversity=0.3), SCORES[:0], [], VECTORS[:0]) == []
