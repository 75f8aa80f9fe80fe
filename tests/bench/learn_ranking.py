"""Learns the weights of the ranking from films with known recommendations.

A listwise fit: for each seed film, the softmax of the raw scores over its candidates should put
its weight on the truth. The shapes are constrained, so that each contribution means what its
name says: more in common never costs, a larger gap never pays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from shared.ranking.features import RankingTable
from shared.ranking.model import Curve, GenreWeight, LearningRun, RankingModel
from shared.ranking.rank import Ranker

MATCH: Final = [0.0, 0.25, 0.5, 0.75, 1.0]
SHARED: Final = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
KNOTS: Final = {
    "text.cosine": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8],
    "structured.cosine": [-0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0],
    "votes.gap": [-8.0, -5.0, -3.0, -2.0, -1.2, -0.6, 0.0, 0.6, 1.2, 2.0, 3.0, 5.0, 8.0],
    "year.gap": [-60.0, -40, -25, -15, -10, -6, -3, -1, 0, 1, 3, 6, 10, 15, 25, 40, 60],
    "average.gap": [-4.0, -2.0, -1.2, -0.7, -0.3, 0.0, 0.3, 0.7, 1.2, 2.0, 4.0],
    "runtime.gap": [-60.0, -30.0, -15.0, -7.0, 0.0, 7.0, 15.0, 30.0, 60.0],
    "revenue.gap": [-3.0, -2.0, -1.0, -0.5, -0.2, 0.0, 0.2, 0.5, 1.0, 2.0, 3.0],
    "quality.votes": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.5],
    "quality.average": [3.0, 4.5, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 9.0],
    "genres.match": MATCH,
    "genres.shared": SHARED,
    "keywords.match": MATCH,
    "keywords.shared": SHARED,
    "cast.match": MATCH,
    "cast.shared": SHARED,
    "directors.match": MATCH,
    "directors.shared": SHARED,
    "collection.match": [0.0, 1.0],
    "companies.match": MATCH,
    "companies.shared": SHARED,
    "countries.match": MATCH,
    "countries.shared": SHARED,
    "spoken.match": MATCH,
    "spoken.shared": SHARED,
    "language.shared": SHARED,
    "title.shared": SHARED,
}
# Their value where both are known is measured against not knowing.
MAYBE_UNKNOWN: Final = frozenset({"runtime.gap", "revenue.gap"})
# A viewer expects the other films of a series; the truth gives them no weight of their own.
FLOORS: Final = {"collection.match": 1.0}
# Not learned: no family film leads to one for adults, however near they are.
AUDIENCE_CLASH: Final = Curve([0.0, 1.0], [0.0, -6.0])
RIDGE: Final = 5e-4
SMOOTH: Final = 5e-4
ITERATIONS: Final = 150
FOLDS: Final = 5
# Raw scores are half of the log odds: then the 4 decimals of a score tell neighbours apart.
LOG_ODDS_SHARE: Final = 0.5


@dataclass(frozen=True)
class Pairs:
    """Each seed film with its candidates, one after the other."""

    offsets: np.ndarray
    rows: np.ndarray
    wanted: np.ndarray
    inputs: dict[str, np.ndarray]
    genres: tuple[np.ndarray, np.ndarray]

    def take(self, seeds: np.ndarray) -> np.ndarray:
        """Flags of the pairs of the flagged seeds."""
        return np.repeat(seeds, np.diff(self.offsets))


@dataclass(frozen=True)
class _Shape:
    """One curve: the values at its knots are `basis @ coefficients`."""

    name: str
    knots: np.ndarray
    basis: np.ndarray
    bounds: list[tuple[float | None, float | None]]


@dataclass(frozen=True)
class Design:
    """The fit's matrix, what its coefficients may be and what they cost."""

    matrix: sp.csr_matrix
    shapes: list[_Shape]
    bounds: list[tuple[float | None, float | None]]
    penalty: sp.csr_matrix
    genres: int


def collect_pairs(ranker: Ranker, seeds: Sequence[int], truths: Sequence[np.ndarray]) -> Pairs:
    """Look at every candidate of every seed the way the ranking does."""
    candidates = [ranker.candidates(row) for row in seeds]
    seen = [ranker.inputs(row, rows) for row, rows in zip(seeds, candidates, strict=True)]
    counts = [len(rows) for rows in candidates]
    rows = np.concatenate(candidates)
    has_genre = _genre_flags(ranker.table)
    return Pairs(
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        rows=rows,
        wanted=np.concatenate(
            [np.isin(found, truth) for found, truth in zip(candidates, truths, strict=True)]
        ),
        inputs={name: np.concatenate([each[name] for each in seen]) for name in KNOTS},
        genres=(has_genre[np.repeat(seeds, counts)], has_genre[rows]),
    )


def make_design(pairs: Pairs) -> Design:
    """Expand the inputs into the shapes' coefficients."""
    shapes = [_shape(name, np.array(knots)) for name, knots in KNOTS.items()]
    blocks = [_hats(pairs.inputs[s.name], s.knots) @ sp.csr_matrix(s.basis) for s in shapes]
    own, other = pairs.genres
    is_known = (own.any(axis=1) & other.any(axis=1))[:, None]
    blocks += [sp.csr_matrix(own & other & is_known), sp.csr_matrix((own != other) & is_known)]
    genres = own.shape[1]
    costs = [_cost(shape) for shape in shapes]
    return Design(
        matrix=sp.hstack(blocks, format="csr", dtype=np.float32),
        shapes=shapes,
        bounds=[bound for shape in shapes for bound in shape.bounds]
        + [(0.0, None)] * genres
        + [(None, 0.0)] * genres,
        penalty=sp.block_diag([*costs, RIDGE * sp.eye_array(2 * genres)], format="csr"),
        genres=genres,
    )


def fit(design: Design, pairs: Pairs, seeds: np.ndarray, start: np.ndarray | None) -> np.ndarray:
    """Return the coefficients that put the truth of the flagged seeds first."""
    chosen = pairs.take(seeds)
    matrix = design.matrix[chosen]
    wanted = pairs.wanted[chosen].astype(np.float32)
    counts = np.diff(pairs.offsets)[seeds]
    starts = np.cumsum(counts) - counts
    found = np.add.reduceat(wanted, starts)
    target = wanted / np.repeat(np.maximum(found, 1), counts)
    has_truth = found > 0
    goal = matrix.T @ target
    transposed = matrix.T.tocsr()

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        raw = matrix @ weights.astype(np.float32)
        highest = np.maximum.reduceat(raw, starts)
        powers = np.exp(raw - np.repeat(highest, counts))
        sums = np.add.reduceat(powers, starts)
        share = powers / np.repeat(sums, counts) * np.repeat(has_truth, counts)
        cost = design.penalty @ weights
        value = (highest + np.log(sums))[has_truth].sum() - goal @ weights
        slope = (transposed @ share.astype(np.float32) - goal) / len(counts) + cost
        return float(value / len(counts) + weights @ cost / 2), slope.astype(float)

    first = np.zeros(design.matrix.shape[1]) if start is None else start
    lower = [-np.inf if low is None else low for low, _ in design.bounds]
    upper = [np.inf if high is None else high for _, high in design.bounds]
    found_best = minimize(
        loss,
        np.clip(first, lower, upper),
        jac=True,
        method="L-BFGS-B",
        bounds=design.bounds,
        options={"maxiter": ITERATIONS},
    )
    weights: np.ndarray = found_best.x
    return weights


def calibrate(raw: np.ndarray, wanted: np.ndarray) -> tuple[float, float]:
    """Slope and intercept that turn fitted raw scores into a share of the log odds."""
    fitted = LogisticRegression(C=1e6).fit(raw[:, None], wanted)
    return (
        LOG_ODDS_SHARE * float(fitted.coef_[0, 0]),
        LOG_ODDS_SHARE * float(fitted.intercept_[0]),
    )


def cross_validate(design: Design, pairs: Pairs) -> np.ndarray:
    """Raw score of each pair by the weights learned without its seed's fold."""
    seeds = len(pairs.offsets) - 1
    fold = np.random.default_rng(7).permutation(seeds) % FOLDS
    raw = np.zeros(len(pairs.rows))
    start: np.ndarray | None = None
    for held_out in range(FOLDS):
        learned_on = pairs.take(fold != held_out)
        weights = fit(design, pairs, fold != held_out, start)
        fitted = design.matrix @ weights
        slope, intercept = calibrate(fitted[learned_on], pairs.wanted[learned_on])
        raw[~learned_on] = slope * fitted[~learned_on] + intercept
    return raw


def make_model(
    base: RankingModel, design: Design, pairs: Pairs, table: RankingTable, run: LearningRun
) -> RankingModel:
    """Learn from all seeds; retrieval stays as `base` has it."""
    weights = fit(design, pairs, np.ones(len(pairs.offsets) - 1, dtype=bool), None)
    slope, intercept = calibrate(design.matrix @ weights, pairs.wanted)
    curves, place = {}, 0
    for shape in design.shapes:
        width = shape.basis.shape[1]
        values = slope * (shape.basis @ weights[place : place + width])
        place += width
        if not shape.name.endswith((".match", ".shared")) and shape.name not in MAYBE_UNKNOWN:
            # Against the average candidate, so that a contribution may be read by itself.
            average = float(np.interp(pairs.inputs[shape.name], shape.knots, values).mean())
            values, intercept = values - average, intercept + average
        curves[shape.name] = Curve(_floats(shape.knots), _floats(values))
    curves["audience.clash"] = AUDIENCE_CLASH
    both = slope * weights[place : place + design.genres]
    one = slope * weights[place + design.genres :]
    return RankingModel(
        version=run.date,
        retrieval=base.retrieval,
        candidates=base.candidates,
        intercept=round(intercept, 5),
        curves=curves,
        genres={
            genre: GenreWeight(both=round(float(b), 5), one=round(float(o), 5))
            for genre, b, o in zip(table.genre_ids, both, one, strict=True)
        },
        run=run,
    )


def _genre_flags(table: RankingTable) -> np.ndarray:
    """Which movie has which genre."""
    flags = np.zeros((len(table), len(table.genre_ids) + 1), dtype=bool)
    np.put_along_axis(flags, table.genre_codes, values=True, axis=1)
    return flags[:, :-1]


def _shape(name: str, knots: np.ndarray) -> _Shape:
    """How the curve of an input may run."""
    count = len(knots)
    place = np.arange(count)
    if name.endswith(".gap"):
        zero = int(np.flatnonzero(knots == 0)[0])
        falls = [np.where(place <= i, -1.0, 0.0) for i in range(zero)]
        falls += [np.where(place >= i, -1.0, 0.0) for i in place[zero + 1 :]]
        bounds: list[tuple[float | None, float | None]] = [(0.0, None)] * len(falls)
        if name in MAYBE_UNKNOWN:
            falls.append(np.ones(count))
            bounds.append((None, None))
        return _Shape(name, knots, np.array(falls, dtype=np.float32).T, bounds)
    if name == "quality.votes":
        return _Shape(name, knots, np.eye(count, dtype=np.float32), [(None, None)] * count)
    rises = np.array([place >= i for i in place[1:]], dtype=np.float32).T
    return _Shape(name, knots, rises, [(FLOORS.get(name, 0.0), None)] * (count - 1))


def _hats(values: np.ndarray, knots: np.ndarray) -> sp.csr_matrix:
    """Share of each knot in the value of a curve at each input; none where unknown."""
    is_known = ~np.isnan(values)
    inside = np.clip(np.where(is_known, values, 0), knots[0], knots[-1])
    left = np.clip(np.searchsorted(knots, inside, side="right") - 1, 0, len(knots) - 2)
    share = (inside - knots[left]) / (knots[left + 1] - knots[left])
    rows = np.arange(len(values))
    shares = np.concatenate([(1 - share) * is_known, share * is_known]).astype(np.float32)
    matrix = sp.csr_matrix(
        (shares, (np.tile(rows, 2), np.concatenate([left, left + 1]))),
        shape=(len(values), len(knots)),
    )
    matrix.eliminate_zeros()
    return matrix


def _cost(shape: _Shape) -> np.ndarray:
    """Cost of large values and of bends."""
    basis = shape.basis.astype(float)
    steps = np.diff(shape.knots) / np.diff(shape.knots).mean()
    slopes = np.diff(basis, axis=0) / steps[:, None]
    bends = np.diff(slopes, axis=0)
    own = RIDGE * basis.T @ basis + RIDGE / 5 * np.eye(basis.shape[1])
    cost: np.ndarray = own + SMOOTH * bends.T @ bends
    return cost


def _floats(values: np.ndarray) -> list[float]:
    """Round for the file."""
    return [round(float(value), 5) for value in values]
