"""What the ranking reads of each movie, and what it sees of a pair.

`ranking_frame` is an artifact of the release; `RankingTable` is the same in arrays.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from shared.ranking.facets import FACETS, audience, decayed, dense_codes, facet_frame, idf
from shared.ranking.vectors import log_votes, shrunk_average

Rows = NDArray[np.int32] | NDArray[np.int64]
Inputs = dict[str, NDArray[Any]]
# Values whose movies are candidates for one another, and how many of each movie's list count.
POSTED: Final = {"directors": 4, "collection": 1, "cast": 5}
# Values that more movies share say nothing about a pair.
LONGEST_POSTING: Final = 200


class _Column(NamedTuple):
    """One facet in arrays: codes padded with `size`, weights padded with 0."""

    codes: NDArray[np.int32]
    weights: NDArray[np.float32]
    lengths: NDArray[np.float32]
    size: int


class RankingTable:
    """Immutable arrays, one row per movie in the order of the index."""

    def __init__(
        self,
        ids: NDArray[np.int64],
        numbers: dict[str, NDArray[np.float64]],
        audience: NDArray[np.int8],
        columns: dict[str, _Column],
        genre_ids: list[int],
    ) -> None:
        """Join the facets into one matrix of codes, so that a pair costs one look-up."""
        self.ids = ids
        self._numbers = numbers
        self._audience = audience
        self.genre_ids = genre_ids
        self.genre_codes = columns["genres"].codes
        self._names = list(columns)
        sizes = np.cumsum([0, *(column.size + 1 for column in columns.values())])
        shifted = [c.codes + shift for c, shift in zip(columns.values(), sizes, strict=False)]
        self._codes: NDArray[np.int32] = np.hstack(shifted).astype(np.int32)
        self._weights = np.hstack([column.weights for column in columns.values()])
        self._lengths = np.stack([column.lengths for column in columns.values()], axis=1)
        widths = [column.codes.shape[1] for column in columns.values()]
        self._starts = np.cumsum([0, *widths[:-1]])
        self._vocabulary = int(sizes[-1])
        self._postings = {name: _Postings(columns[name], most) for name, most in POSTED.items()}

    @classmethod
    def from_frame(cls, frame: pl.DataFrame) -> "RankingTable":
        """Load the artifact."""
        numbers = {name: frame[name].cast(pl.Float64).to_numpy() for name in _NUMBERS}
        columns = {facet.name: _column(frame[facet.name], facet.decay) for facet in FACETS}
        genre_ids = frame["genres"].explode(empty_as_null=False).drop_nulls().unique().sort()
        return cls(
            frame["id"].to_numpy(),
            numbers,
            frame["audience"].to_numpy(),
            columns,
            genre_ids.to_list(),
        )

    def __len__(self) -> int:
        """Return the number of movies."""
        return len(self.ids)

    def related(self, row: int) -> NDArray[np.int64]:
        """Rows that share a director, the collection or a leading actor, ascending, `row` too."""
        found = [posting for each in self._postings.values() for posting in each.find(row)]
        return np.unique(np.concatenate([np.array([row]), *found]))

    def suits(self, row: int) -> NDArray[np.bool_]:
        """Flags of the movies that may be recommended for `row`, (n,).

        Neither itself nor, where it is for families, one for adults; nor the other way round.
        """
        flags: NDArray[np.bool_] = self._audience * self._audience[row] >= 0
        flags[row] = False
        return flags

    def compare(self, row: int, rows: Rows) -> Inputs:
        """What the ranking sees of `row` and each of `rows`, except the vectors; (k,) each.

        `facet.match` is the cosine of the idf-weighted values, `facet.shared` the logarithm of
        one plus their inner product; gaps are those of `rows` minus that of `row`, NaN where one
        is unknown. Each pair's figures are the
        same to the bit whatever other rows are given.
        """
        seen = np.zeros(self._vocabulary, dtype=np.float32)
        seen[self._codes[row]] = self._weights[row]
        products = seen[self._codes[rows]] * self._weights[rows]
        match = np.add.reduceat(products, self._starts, axis=1)
        shared = np.log1p(match * self._lengths[rows] * self._lengths[row])
        inputs: Inputs = {}
        for place, name in enumerate(self._names):
            inputs[f"{name}.match"] = match[:, place]
            inputs[f"{name}.shared"] = shared[:, place]
        for name, values in self._numbers.items():
            inputs[f"{name}.gap"] = values[rows] - values[row]
        inputs["quality.votes"] = self.log_votes(rows)
        inputs["quality.average"] = self._numbers["average"][rows]
        return inputs

    def log_votes(self, rows: Rows) -> NDArray[np.float64]:
        """Logarithm of the votes plus one, (k,), NaN where unknown."""
        return self._numbers["votes"][rows]

    def compare_genres(
        self, row: int, rows: Rows, weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Add up genre weights for each pair, (k,); 0 where a movie has no genre.

        `weights` is (genres + 1, 2): the value of a genre that both have, and of one that only
        one of the two has; the last row is for padding.
        """
        own = self.genre_codes[row]
        padding = len(weights) - 1
        values = weights[:, 1].copy()
        values[own] = weights[own, 0] - weights[own, 1]
        values[padding] = 0.0
        others = self.genre_codes[rows]
        total = values[others].sum(axis=1) + weights[own, 1].sum()
        has_both = (others[:, 0] < padding) & (own[0] < padding)
        return np.where(has_both, total, 0.0)


_PRESENT: Final = 0.99
_NEW_DAYS: Final = 365
# Below this, revenues are typing errors (in millions, in thousands) rather than figures.
_LEAST_REVENUE: Final = 1000
_NUMBERS: Final = ("votes", "year", "average", "runtime", "revenue")


def ranking_frame(
    movies: pl.DataFrame, cast: pl.DataFrame, directors: pl.DataFrame
) -> pl.DataFrame:
    """One row per movie, in the order of `movies`: id, numbers and facets."""
    numbers = movies.select(
        "id",
        votes=pl.when(~_is_new()).then(log_votes()).cast(pl.Float32),
        year=pl.col("release_year").cast(pl.Int16),
        average=shrunk_average().cast(pl.Float32),
        runtime=pl.when(pl.col("runtime") > 0).then("runtime").cast(pl.Float32),
        revenue=pl.when(pl.col("revenue") >= _LEAST_REVENUE)
        .then(pl.col("revenue").log10())
        .cast(pl.Float32),
        audience=audience(),
    )
    return numbers.hstack(facet_frame(movies, cast, directors))


def _is_new() -> pl.Expr:
    """Whether nobody has voted for a movie yet because it has hardly been released.

    Its votes are unknown then, not few. The catalogue's own present is the day before which all
    but one in a hundred of the movies with votes came out.
    """
    day = pl.col("release_date").cast(pl.Int32)
    present = day.filter(pl.col("vote_count") > 0).quantile(_PRESENT, interpolation="nearest")
    is_recent = (day > present - _NEW_DAYS).fill_null(value=False)
    return is_recent & (pl.col("vote_count") <= 0)


class _Postings:
    """Which movies have a value."""

    def __init__(self, column: _Column, most: int) -> None:
        self._codes = column.codes[:, :most]
        self._size = column.size
        flat = self._codes.ravel()
        order = np.argsort(flat, kind="stable")
        self._rows = order // self._codes.shape[1]
        self._bounds = np.searchsorted(flat[order], np.arange(column.size + 1))

    def find(self, row: int) -> list[NDArray[np.int64]]:
        """Rows of each of the values of `row` that is not too common."""
        spans = [
            (self._bounds[code], self._bounds[code + 1])
            for code in self._codes[row]
            if code < self._size
        ]
        return [self._rows[a:b] for a, b in spans if b - a <= LONGEST_POSTING]


def _column(lists: pl.Series, decay: float) -> _Column:
    """Pad the lists of one facet and weigh their values."""
    codes, counts = dense_codes(lists)
    movies, width = len(counts), max(int(counts.max(initial=0)), 1)
    size = int(codes.max(initial=-1)) + 1
    is_value = np.arange(width) < counts[:, None]
    padded = np.full((movies, width), size, dtype=np.int32)
    padded[is_value] = np.where(codes >= 0, codes, size)
    weights = np.zeros((movies, width))
    values = np.append(idf(codes, movies), 0.0)
    weights[is_value] = values[padded[is_value]] * decayed(counts, decay)
    lengths = np.sqrt((weights**2).sum(axis=1))
    unit = weights / np.where(lengths > 0, lengths, 1)[:, None]
    return _Column(padded, unit.astype(np.float32), lengths.astype(np.float32), size)
