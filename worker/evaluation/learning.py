"""Learns the weights of the ranking from films with known recommendations.

A listwise fit: for each film asked about, the softmax of the raw scores over its candidates
should put its weight on the wanted films. The curves' shapes are those of
`worker.evaluation.shapes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import scipy.optimize
import scipy.sparse as sp
import sklearn.linear_model
from numpy.typing import NDArray

from shared.ranking.features import RankingTable
from shared.ranking.model import order
from shared.ranking.rank import Ranker
from worker.evaluation.metrics import Lists, Rows
from worker.evaluation.shapes import KNOTS, RIDGE, Bounds, Floats, Shape, make_shapes

_optimize: Any = scipy.optimize

FOLDS: Final = 5
_ITERATIONS: Final = 150
_FOLD_SEED: Final = 7
# Raw scores are half of the log odds: then the 4 decimals of a score tell neighbours apart.
_LOG_ODDS_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Pairs:
    """The candidates of each film asked about, one film's after the other's.

    `offsets` (q + 1,) cuts the others, (k, ...) each; `inputs` is what the ranking sees, `own`
    and `other` flag the genres of the two films.
    """

    offsets: NDArray[np.int64]
    rows: NDArray[np.int64]
    wanted: NDArray[np.bool_]
    inputs: dict[str, NDArray[Any]]
    own: NDArray[np.bool_]
    other: NDArray[np.bool_]

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many candidates each film has."""
        return np.diff(self.offsets)

    def take(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Flags of the pairs of the flagged films."""
        return np.repeat(chosen, self.counts)

    def lists(self, raw: Floats, ids: NDArray[np.int64]) -> list[Rows]:
        """Candidates of each film in the order that the product would show them."""
        cuts = self.offsets[1:-1]
        pairs = zip(np.split(self.rows, cuts), np.split(raw, cuts), strict=True)
        return [rows[order(own, ids[rows])] for rows, own in pairs]


@dataclass(frozen=True, slots=True)
class Design:
    """The fit's matrix, what its coefficients may be and what they cost."""

    matrix: Any
    shapes: list[Shape]
    bounds: Bounds
    penalty: Any
    genres: int


def collect_pairs(ranker: Ranker, seeds: Sequence[int], wanted: Lists) -> Pairs:
    """Look at every candidate of every film asked about the way the ranking does."""
    candidates = [ranker.candidates(row) for row in seeds]
    seen = [ranker.inputs(row, rows) for row, rows in zip(seeds, candidates, strict=True)]
    hits = [np.isin(found, rows) for found, rows in zip(candidates, wanted, strict=True)]
    counts = np.array([len(rows) for rows in candidates], dtype=np.int64)
    rows = np.concatenate(candidates)
    has_genre = genre_flags(ranker.table)
    return Pairs(
        offsets=np.append(0, np.cumsum(counts)),
        rows=rows,
        wanted=np.concatenate(hits),
        inputs={name: np.concatenate([each[name] for each in seen]) for name in KNOTS},
        own=has_genre[np.repeat(np.array(seeds), counts)],
        other=has_genre[rows],
    )


def genre_flags(table: RankingTable) -> NDArray[np.bool_]:
    """Which movie has which genre, (n, genres)."""
    flags = np.zeros((len(table), len(table.genre_ids) + 1), dtype=bool)
    np.put_along_axis(flags, table.genre_codes, values=True, axis=1)
    return flags[:, :-1]


def make_design(pairs: Pairs) -> Design:
    """Expand the inputs into the shapes' coefficients; those of the genres come last."""
    shapes = make_shapes()
    own, other, genres = pairs.own, pairs.other, pairs.own.shape[1]
    is_known: NDArray[np.bool_] = own.max(axis=1, keepdims=True) & other.max(axis=1, keepdims=True)
    blocks = [shape.expand(pairs.inputs[shape.name]) for shape in shapes]
    blocks += [sp.csr_matrix(own & other & is_known), sp.csr_matrix((own != other) & is_known)]
    costs = [shape.cost() for shape in shapes]
    return Design(
        matrix=sp.hstack(blocks, format="csr", dtype=np.float32),
        shapes=shapes,
        bounds=[bound for shape in shapes for bound in shape.bounds]
        + [(0.0, None)] * genres
        + [(None, 0.0)] * genres,
        penalty=sp.block_diag([*costs, RIDGE * sp.eye_array(2 * genres)], format="csr"),
        genres=genres,
    )


class _Listwise:
    """The loss of the flagged films and its slope."""

    def __init__(self, design: Design, pairs: Pairs, films: NDArray[np.bool_]) -> None:
        chosen = pairs.take(films)
        wanted = pairs.wanted[chosen].astype(np.float32)
        self._matrix = design.matrix[chosen]
        self._transposed = self._matrix.T.tocsr()
        self._penalty = design.penalty
        self._counts = pairs.counts[films]
        self._starts = np.cumsum(self._counts) - self._counts
        found = np.add.reduceat(wanted, self._starts)
        self._has_truth: NDArray[np.bool_] = found > 0
        self._goal = self._transposed @ (wanted / np.repeat(np.maximum(found, 1), self._counts))

    def __call__(self, weights: Floats) -> tuple[float, Floats]:
        counts, starts, films = self._counts, self._starts, len(self._counts)
        raw = self._matrix @ weights.astype(np.float32)
        highest = np.maximum.reduceat(raw, starts)
        powers = np.exp(raw - np.repeat(highest, counts))
        sums = np.add.reduceat(powers, starts)
        share = powers / np.repeat(sums, counts) * np.repeat(self._has_truth, counts)
        cost = self._penalty @ weights
        value = (highest + np.log(sums))[self._has_truth].sum() - self._goal @ weights
        slope = (self._transposed @ share.astype(np.float32) - self._goal) / films + cost
        return float(value / films + weights @ cost / 2), slope.astype(np.float64)


def fit(design: Design, pairs: Pairs, films: NDArray[np.bool_]) -> Floats:
    """Return the coefficients that put the wanted rows of the flagged films first."""
    first = np.zeros(design.matrix.shape[1])
    lower = [-np.inf if low is None else low for low, _ in design.bounds]
    upper = [np.inf if high is None else high for _, high in design.bounds]
    found = _optimize.minimize(
        _Listwise(design, pairs, films),
        np.clip(first, lower, upper),
        jac=True,
        method="L-BFGS-B",
        bounds=design.bounds,
        options={"maxiter": _ITERATIONS},
    )
    weights: Floats = found.x
    return weights


def calibrate(raw: Floats, wanted: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept that turn fitted raw scores into a share of the log odds."""
    if wanted.all() or not wanted.any():
        return _LOG_ODDS_SHARE, 0.0
    create: Any = sklearn.linear_model.LogisticRegression
    fitted = create(C=1e6).fit(raw[:, None], wanted)
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    return _LOG_ODDS_SHARE * slope, _LOG_ODDS_SHARE * intercept


def cross_validate(design: Design, pairs: Pairs) -> Floats:
    """Raw score of each pair by the weights learned without the fold of its film."""
    films = len(pairs.counts)
    fold = np.random.default_rng(_FOLD_SEED).permutation(films) % FOLDS
    raw: Floats = np.zeros(len(pairs.rows))
    for held_out in range(FOLDS):
        learned_on = pairs.take(fold != held_out)
        weights = fit(design, pairs, fold != held_out)
        fitted = design.matrix @ weights
        slope, intercept = calibrate(fitted[learned_on], pairs.wanted[learned_on])
        raw[~learned_on] = slope * fitted[~learned_on] + intercept
    return raw
