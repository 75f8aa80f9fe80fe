"""MovieLens ratings as likes: who likes which rows of the catalogue, in the order of time.

A like is a rating of 4 and more. Memory is bounded by the users that are kept, whatever the
size of the file.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import scipy.sparse
from numpy.typing import NDArray

from shared.errors import SourceError

LIKED: Final = 4.0
MOST_USERS: Final = 20_000
_RATINGS: Final = {
    "userId": pl.Int64,
    "movieId": pl.Int64,
    "rating": pl.Float64,
    "timestamp": pl.Float64,
}
# Whole numbers come back from other tools as 862.0.
_LINKS: Final = {"movieId": pl.Int64, "tmdbId": pl.Float64}


@dataclass(frozen=True, slots=True)
class Likes:
    """The likes of `users` users over `movies` rows, sorted by user, then time, then row.

    `user` and `row` are (k,) each, users counted from 0; `rated` flags the rows that any of
    them rated, liked or not.
    """

    users: int
    movies: int
    user: NDArray[np.int64]
    row: NDArray[np.int64]
    rated: NDArray[np.bool_]

    def matrix(self, users: NDArray[np.bool_] | None = None) -> Any:  # noqa: ANN401  # scipy ships no types
        """Ones where a user likes a movie, (users, movies) CSR; of the flagged users alone."""
        kept = slice(None) if users is None else users[self.user]
        user, row = self.user[kept], self.row[kept]
        ones = np.ones(len(user), dtype=np.float32)
        return scipy.sparse.csr_matrix((ones, (user, row)), shape=(self.users, self.movies))

    def by_user(self) -> list[NDArray[np.int64]]:
        """Rows that each user likes, oldest first."""
        return np.split(self.row, np.searchsorted(self.user, np.arange(1, self.users)))


def read_likes(
    ratings: Path, links: Path, ids: NDArray[np.int64], most_users: int = MOST_USERS
) -> Likes:
    """Read a ratings file and the TMDB ids of its movies; `ids` are the catalogue's.

    Of more than `most_users` users those with the lowest hash of their id are kept. Of two
    ratings of one movie by one user the latest counts.

    Raises:
        SourceError: unreadable, a missing column, a cell of another type, or no like of a
            movie of the catalogue.
    """
    scanned = _scan(ratings, _RATINGS)
    places = _read_links(links, ids)
    try:
        kept = _sample(scanned.select(pl.col("userId").unique()), most_users)
        users = pl.LazyFrame({"userId": kept}, schema={"userId": pl.Int64})
        frame = (
            scanned.join(users, on="userId", how="semi")
            .join(places.lazy(), on="movieId", how="inner")
            .collect(engine="streaming")
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _refused(ratings, error) from error
    return _likes(frame, len(ids), ratings)


def _likes(frame: pl.DataFrame, movies: int, path: Path) -> Likes:
    """Bring the ratings into order."""
    latest = frame.sort("userId", "timestamp", "row").unique(
        ["userId", "row"], keep="last", maintain_order=True
    )
    liked = latest.filter(pl.col("rating").is_finite(), pl.col("rating") >= LIKED)
    if liked.is_empty():
        raise SourceError(f"{path.name}: no liked movie is in the catalogue", file=path.name)
    user = liked["userId"].rank("dense").cast(pl.Int64).to_numpy() - 1
    rated = np.zeros(movies, dtype=bool)
    rated[latest["row"].to_numpy()] = True
    return Likes(int(user.max()) + 1, movies, user, liked["row"].to_numpy(), rated)


def _read_links(path: Path, ids: NDArray[np.int64]) -> pl.DataFrame:
    """Row of the catalogue for each `movieId` that has one."""
    rows = pl.LazyFrame({"tmdbId": ids, "row": np.arange(len(ids), dtype=np.int64)})
    try:
        links = _scan(path, _LINKS).unique("movieId", keep="first", maintain_order=True)
        links = links.with_columns(pl.col("tmdbId").cast(pl.Int64, strict=False))
        return links.join(rows, on="tmdbId", how="inner").select("movieId", "row").collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _refused(path, error) from error


def _sample(users: pl.LazyFrame, most: int) -> NDArray[np.int64]:
    """Users with the lowest hashes of their ids, ascending."""
    found: NDArray[np.int64] = users.drop_nulls().collect(engine="streaming")["userId"].to_numpy()
    order = np.lexsort((found, _hash(found)))
    return np.sort(found[order[:most]])


def _hash(values: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Mix the bits (the finaliser of SplitMix64), so that near ids lie far apart."""
    mixed = values.astype(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _scan(path: Path, schema: dict[str, Any]) -> pl.LazyFrame:
    """Open a CSV file for the columns of `schema`."""
    try:
        frame = pl.scan_csv(path, schema_overrides=schema)
        missing = sorted(schema.keys() - set(frame.collect_schema().names()))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _refused(path, error) from error
    if missing:
        names = ", ".join(missing)
        raise SourceError(f"{path.name} lacks the column {names}", file=path.name)
    return frame.select(list(schema))


def _refused(path: Path, error: Exception) -> SourceError:
    """Say in one line what is wrong with a file."""
    reason = next(iter(str(error).splitlines()), type(error).__name__)
    return SourceError(f"{path.name} cannot be read: {reason}", file=path.name)
