"""The shapes that the ranking's curves may take when they are learned.

A curve is given by its values at knots. More in common never costs, a larger gap never pays: so
each contribution means what its name says.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Bounds = list[tuple[float | None, float | None]]
Floats = NDArray[np.float64]
_Basis = tuple[Floats, Bounds]

_MATCH: Final = [0.0, 0.25, 0.5, 0.75, 1.0]
_SHARED: Final = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
KNOTS: Final[dict[str, list[float]]] = {
    "text.cosine": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8],
    "structured.cosine": [-0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0],
    "votes.gap": [-8.0, -5.0, -3.0, -2.0, -1.2, -0.6, 0.0, 0.6, 1.2, 2.0, 3.0, 5.0, 8.0],
    "year.gap": [-60.0, -40, -25, -15, -10, -6, -3, -1, 0, 1, 3, 6, 10, 15, 25, 40, 60],
    "average.gap": [-4.0, -2.0, -1.2, -0.7, -0.3, 0.0, 0.3, 0.7, 1.2, 2.0, 4.0],
    "runtime.gap": [-60.0, -30.0, -15.0, -7.0, 0.0, 7.0, 15.0, 30.0, 60.0],
    "revenue.gap": [-3.0, -2.0, -1.0, -0.5, -0.2, 0.0, 0.2, 0.5, 1.0, 2.0, 3.0],
    "quality.votes": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.5],
    "quality.average": [3.0, 4.5, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 9.0],
    "genres.match": _MATCH,
    "genres.shared": _SHARED,
    "keywords.match": _MATCH,
    "keywords.shared": _SHARED,
    "cast.match": _MATCH,
    "cast.shared": _SHARED,
    "directors.match": _MATCH,
    "directors.shared": _SHARED,
    "collection.match": [0.0, 1.0],
    "companies.match": _MATCH,
    "companies.shared": _SHARED,
    "countries.match": _MATCH,
    "countries.shared": _SHARED,
    "spoken.match": _MATCH,
    "spoken.shared": _SHARED,
    "language.shared": _SHARED,
    "title.shared": _SHARED,
}
# Their value where both are known is measured against not knowing.
MAYBE_UNKNOWN: Final = frozenset({"runtime.gap", "revenue.gap"})
# A viewer expects the other films of a series, new ones without votes among them; the truth gives
# them less weight. At 2 it costs nothing there, at 3 it does (tests/bench/bench_relevance.py).
_FLOORS: Final = {"collection.match": 2.0}
RIDGE: Final = 5e-4
_SMOOTH: Final = 5e-4


class Shape(NamedTuple):
    """One curve: the values at its knots are `basis @ coefficients`, these within `bounds`."""

    name: str
    knots: Floats
    basis: Floats
    bounds: Bounds

    @property
    def is_relative(self) -> bool:
        """Whether the curve means nothing by itself, only against another film's value."""
        is_overlap = self.name.endswith((".match", ".shared"))
        return not is_overlap and self.name not in MAYBE_UNKNOWN

    def expand(self, values: NDArray[Any]) -> Any:  # noqa: ANN401  # scipy ships no types
        """Coefficients' share in the curve at each value, (k, coefficients) CSR."""
        return _hats(values, self.knots) @ sp.csr_matrix(self.basis.astype(np.float32))

    def cost(self) -> Floats:
        """Cost of large values and of bends, a quadratic form of the coefficients."""
        steps = np.diff(self.knots) / np.diff(self.knots).mean()
        slopes = np.diff(self.basis, axis=0) / steps[:, None]
        bends = np.diff(slopes, axis=0)
        own = RIDGE * self.basis.T @ self.basis + RIDGE / 5 * np.eye(self.basis.shape[1])
        cost: Floats = own + _SMOOTH * bends.T @ bends
        return cost


def make_shapes() -> list[Shape]:
    """The shape of each curve that is learned."""
    return [_shape(name, np.array(knots)) for name, knots in KNOTS.items()]


def _shape(name: str, knots: Floats) -> Shape:
    """How the curve of an input may run."""
    if name.endswith(".gap"):
        basis, bounds = _falling(knots, with_level=name in MAYBE_UNKNOWN)
    elif name == "quality.votes":
        basis, bounds = _free(len(knots))
    else:
        basis, bounds = _rising(len(knots), _FLOORS.get(name, 0.0))
    return Shape(name, knots, basis, bounds)


def _free(count: int) -> _Basis:
    """Any value at each knot."""
    bounds: Bounds = [(None, None)] * count
    return np.eye(count), bounds


def _rising(count: int, least: float) -> _Basis:
    """A step up at each knot but the first, of `least` and more."""
    place = np.arange(count)
    steps = [(place >= i).astype(np.float64) for i in range(1, count)]
    return np.array(steps).T, [(least, None)] * len(steps)


def _falling(knots: Floats, *, with_level: bool) -> _Basis:
    """Steps down to both sides of zero; with a level of its own where not knowing is 0."""
    place = np.arange(len(knots))
    zero = int(np.flatnonzero(knots == 0)[0])
    steps = [np.where(place <= i, -1.0, 0.0) for i in range(zero)]
    steps += [np.where(place >= i, -1.0, 0.0) for i in range(zero + 1, len(knots))]
    bounds: Bounds = [(0.0, None)] * len(steps)
    if with_level:
        steps.append(np.ones(len(knots)))
        bounds.append((None, None))
    return np.array(steps).T, bounds


def _hats(values: NDArray[Any], knots: Floats) -> Any:  # noqa: ANN401  # scipy ships no types
    """Share of each knot in the value of a curve at each input, (k, knots); none where NaN."""
    is_known = ~np.isnan(values)
    inside = np.clip(np.where(is_known, values, 0), knots[0], knots[-1])
    left = np.clip(np.searchsorted(knots, inside, side="right") - 1, 0, len(knots) - 2)
    share = (inside - knots[left]) / (knots[left + 1] - knots[left])
    rows = np.arange(len(values))
    shares = np.concatenate([(1 - share) * is_known, share * is_known]).astype(np.float32)
    places = (np.tile(rows, 2), np.concatenate([left, left + 1]))
    matrix = sp.csr_matrix((shares, places), shape=(len(values), len(knots)))
    matrix.eliminate_zeros()
    return matrix
