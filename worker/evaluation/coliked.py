"""Which films the same people like, corrected for how popular each is.

The score of a pair is the correlation of its likes over the users (phi: films that are liked
together no more often than chance get 0, however popular) times co / (co + 5), where co is how
many users like both: a few likes in common prove little.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worker.evaluation.likes import Likes
from worker.evaluation.metrics import Rows

SHRINKAGE: Final = 5.0


class CoLikes:
    """Scores of pairs by the likes of some users."""

    def __init__(self, likes: Any) -> None:  # noqa: ANN401  # scipy ships no types
        """Take likes as a (users, movies) CSR matrix of ones; users without any do not count."""
        self._by_user = likes
        self._by_movie = likes.T.tocsr()
        self._users = int(np.count_nonzero(np.diff(likes.indptr)))
        self.likers: NDArray[np.float64] = np.bincount(
            likes.indices, minlength=likes.shape[1]
        ).astype(np.float64)

    def score(self, rows: Rows, columns: Rows) -> NDArray[np.float64]:
        """Score each of `rows` with each of `columns`, (r, c); 0 where nobody likes one."""
        together: NDArray[np.float64] = (
            (self._by_movie[rows] @ self._by_user[:, columns]).toarray().astype(np.float64)
        )
        users = max(self._users, 1)
        expected = np.outer(self.likers[rows], self.likers[columns]) / users
        spread = self.likers * (1 - self.likers / users)
        width = np.sqrt(np.outer(spread[rows], spread[columns]))
        phi = (together - expected) / np.where(width > 0, width, 1)
        scores: NDArray[np.float64] = phi * together / (together + SHRINKAGE)
        return np.where(width > 0, scores, 0.0)


def halves(likes: Likes, seed: int = 0) -> tuple[CoLikes, CoLikes]:
    """Co-likes of two random halves of the users."""
    is_first = np.random.default_rng(seed).permutation(likes.users) % 2 == 0
    return CoLikes(likes.matrix(is_first)), CoLikes(likes.matrix(~is_first))
