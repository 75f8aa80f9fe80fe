import numpy as np
import pytest
import scipy.sparse

from worker.evaluation.coliked import CoLikes, halves
from worker.evaluation.likes import Likes

ALL = np.arange(4)


def test_the_score_is_a_shrunk_correlation() -> None:
    # Movies 0 and 1 are liked by the same two of four users: phi is 1, two in common of 2 + 5.
    likes = [[1, 1, 0, 1], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1]]
    found = CoLikes(scipy.sparse.csr_matrix(np.array(likes, dtype=np.float32)))
    scores = found.score(np.array([0]), ALL)[0]
    assert scores[1] == pytest.approx(2 / 7)
    # Nobody likes 0 and 2 both, so nothing is known of them.
    assert scores[2] == 0
    # One in common where 2 x 3 / 4 are expected: less than chance.
    expected = (1 - 1.5) / np.sqrt(2 * 0.5 * 3 * 0.25) * 1 / 6
    assert scores[3] == pytest.approx(expected)


def test_a_film_that_everybody_or_nobody_likes_goes_with_none() -> None:
    likes = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0]], dtype=np.float32)
    found = CoLikes(scipy.sparse.csr_matrix(likes))
    assert found.score(np.arange(3), np.arange(3))[:, [0, 2]].tolist() == [[0, 0]] * 3


def test_users_without_likes_do_not_count() -> None:
    likes = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=np.float32)
    padded = np.vstack([likes, np.zeros((5, 3), dtype=np.float32)])
    first, second = (
        CoLikes(scipy.sparse.csr_matrix(each)).score(np.arange(3), np.arange(3))
        for each in (likes, padded)
    )
    assert np.array_equal(first, second)


def test_halves_share_no_user() -> None:
    users = 9
    likes = Likes(users, 2, np.arange(users), np.zeros(users, dtype=np.int64), np.ones(2, bool))
    first, second = halves(likes)
    assert sorted([first.likers[0], second.likers[0]]) == [4, 5]
