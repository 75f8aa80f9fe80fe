"""Ways to recommend: ours, simpler ones, and the ceiling that other people's likes give.

A way answers questions, each a few rows of the catalogue, with the best rows among those that
are allowed. The simpler ones are similarities, summed over the rows of a question.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol

import numpy as np
import polars as pl
import scipy.sparse
import sklearn.feature_extraction.text
from numpy.typing import NDArray

from shared.ranking.rank import Neighbours, Ranker
from shared.ranking.vectors import TEXT_DIMS, query_weights
from worker.evaluation.coliked import CoLikes
from worker.evaluation.metrics import Rows
from worker.evaluation.truth import Truth

# Both halves of the vector count the same, closeness of votes, year and average nothing.
HYBRID: Final = {"text": 0.5, "structured": 0.5, "votes": 0.0, "year": 0.0, "average": 0.0}
RANDOM: Final = "random"
POPULARITY: Final = "popularity"
TFIDF: Final = "TF-IDF on overviews"
MINILM: Final = "MiniLM alone"
TEXT_STRUCTURED: Final = "text + structured vector"
WHOLE: Final = "whole vector"
SHIPPED: Final = "ranking, shipped weights"
UNSEEN: Final = "ranking, unseen seeds"
ITEM_KNN: Final = "item-kNN on likes"
OTHER_HALF: Final = "other half of the users"
_BLOCK: Final = 64
# Movies whose likes are compared at once: bounds the memory.
_ROWS: Final = 256
_SEED: Final = 0


class Searcher(Protocol):
    """The product's own search; see `shared.ranking.search.Search`."""

    def similar(
        self, row: int, limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> Neighbours:
        """Return the best neighbours of a movie."""
        ...

    def blend(
        self,
        positive: Sequence[int],
        negative: Sequence[int] = (),
        limit: int = 10,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Neighbours:
        """Return the best movies for several at once."""
        ...


class Similarity(Protocol):
    """How near each of `columns` is to each question."""

    def __call__(self, asked: Any, columns: NDArray[np.int64]) -> NDArray[Any]:  # noqa: ANN401  # scipy ships no types
        """Score (q, c) from (q, n) CSR, the rows of each question flagged with ones."""
        ...


def content_ways(movies: pl.DataFrame, ranker: Ranker) -> dict[str, Similarity]:
    """The ways that know nothing but the catalogue, the simplest first."""
    rows = ranker.index.rows
    votes = movies["vote_count"].to_numpy().astype(np.float64)
    return {
        RANDOM: random_order(),
        POPULARITY: constant(votes),
        TFIDF: by_vectors(overview_words(movies)),
        MINILM: by_vectors(rows[:, :TEXT_DIMS]),
        TEXT_STRUCTURED: by_vectors(rows, query_weights(ranker.index.dims, HYBRID)),
        WHOLE: by_vectors(rows, query_weights(ranker.index.dims, ranker.model.retrieval)),
    }


def overview_words(movies: pl.DataFrame) -> Any:  # noqa: ANN401  # scipy ships no types
    """TF-IDF of the overviews as every course has it, (n, words) CSR, rows unit length or zero."""
    overviews = movies["overview"].fill_null("").to_list()
    create: Any = sklearn.feature_extraction.text.TfidfVectorizer
    try:
        return create(stop_words="english").fit_transform(overviews)
    except ValueError:  # not a word in any overview
        return scipy.sparse.csr_matrix((len(overviews), 1))


def by_vectors(vectors: Any, weights: NDArray[np.float32] | None = None) -> Similarity:  # noqa: ANN401  # scipy ships no types
    """Inner products, dense or sparse; `weights` of the dimensions count once."""

    def score(asked: Any, columns: NDArray[np.int64]) -> NDArray[Any]:  # noqa: ANN401
        query = asked @ vectors
        weighted = query if weights is None else query * weights
        is_all = len(columns) == vectors.shape[0]
        product = weighted @ (vectors if is_all else vectors[columns]).T
        dense: NDArray[Any] = product.toarray() if scipy.sparse.issparse(product) else product
        return dense

    return score


def random_order() -> Similarity:
    """Any film is as good as another; the same draws in every run."""
    random = np.random.default_rng(_SEED)
    return lambda asked, columns: random.random((asked.shape[0], len(columns)), dtype=np.float32)


def constant(values: NDArray[np.float64]) -> Similarity:
    """The same order for everybody."""
    return lambda asked, columns: np.tile(values[columns], (asked.shape[0], 1))


def by_likes(likes: CoLikes) -> Similarity:
    """What is liked by the people who like the films asked about."""

    def score(asked: Any, columns: NDArray[np.int64]) -> NDArray[Any]:  # noqa: ANN401
        found: NDArray[Any] = np.zeros((asked.shape[0], len(columns)))
        rows = np.unique(asked.indices)
        for start in range(0, len(rows), _ROWS):
            some = rows[start : start + _ROWS]
            found += asked[:, some] @ likes.score(some, columns)
        return found

    return score


def answer(similarity: Similarity, truth: Truth, ids: NDArray[np.int64], depth: int) -> list[Rows]:
    """Return the `depth` most similar allowed rows of each question, ties by id.

    The rows of a question are no answers to it.
    """
    size = len(ids)
    columns = np.arange(size) if truth.allowed is None else np.flatnonzero(truth.allowed)
    lists: list[Rows] = []
    for start in range(0, len(truth.asked), _BLOCK):
        block = truth.asked[start : start + _BLOCK]
        scores = similarity(_flags(block, size), columns).astype(np.float64)
        for own, values in zip(block, scores, strict=True):
            values[np.isin(columns, own)] = -np.inf
            lists.append(columns[_best(values, ids[columns], depth)])
    return lists


def search(searcher: Searcher, truth: Truth, depth: int, threads: int) -> list[Rows]:
    """Ask the product: a search for one film, a blend for several."""

    def ask(asked: Rows) -> Rows:
        if len(asked) == 1:
            return searcher.similar(int(asked[0]), depth, truth.allowed).rows
        rows = [int(row) for row in asked]
        return searcher.blend(rows, (), depth, truth.allowed).rows

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(ask, truth.asked))


def _flags(questions: Sequence[Rows], size: int) -> Any:  # noqa: ANN401  # scipy ships no types
    """Ones for the rows of each question, (q, n) CSR."""
    counts = [len(rows) for rows in questions]
    places = np.concatenate(questions), np.append(0, np.cumsum(counts))
    ones = np.ones(len(places[0]), dtype=np.float32)
    return scipy.sparse.csr_matrix((ones, *places), shape=(len(questions), size))


def _best(values: NDArray[np.float64], ids: NDArray[np.int64], depth: int) -> NDArray[np.int64]:
    """Places of the `depth` largest finite values, ties by id."""
    count = min(depth, int(np.isfinite(values).sum()))
    if not count:
        return np.zeros(0, dtype=np.int64)
    least = np.partition(values, len(values) - count)[len(values) - count]
    near = np.flatnonzero(values >= least)
    best: NDArray[np.int64] = near[np.lexsort((ids[near], -values[near]))][:count]
    return best
