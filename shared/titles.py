"""Title resolution: one table, an artifact of the release, read by queries and recommender."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import polars as pl
from rapidfuzz import fuzz, process

from shared.errors import TitleNotFoundError
from shared.text import normalise

SCHEMA = pl.Schema(
    {
        "key": pl.String,
        "movie_id": pl.Int64,
        "title": pl.String,
        "year": pl.Int32,
        "vote_count": pl.Int64,
    }
)
# Below this similarity (0-100) a title is not worth suggesting.
SUGGESTION_CUTOFF = 60.0


class TitledMovie(NamedTuple):
    """What the table knows of a movie."""

    movie_id: int
    title: str
    year: int
    vote_count: int


class TitleMatch(NamedTuple):
    """The movie a title means, and the others of that title, most voted first."""

    movie: TitledMovie
    others: list[TitledMovie]


def title_frame(movies: pl.DataFrame) -> pl.DataFrame:
    """Make the table from the clean movies: by key, then most voted first, then id."""
    keys = [normalise(title) for title in movies["title"].to_list()]
    return (
        movies.select(
            pl.Series("key", keys, dtype=pl.String),
            pl.col("id").alias("movie_id"),
            "title",
            pl.col("release_year").alias("year"),
            "vote_count",
        )
        .cast(dict(SCHEMA.items()))
        .sort("key", -pl.col("vote_count"), "movie_id")
    )


class TitleTable:
    """Immutable map from a title, however it is typed, to movies."""

    def __init__(self, rows: Iterable[tuple[str, int, str, int, int]]) -> None:
        """Take `(key, movie_id, title, year, vote_count)` rows in the order of `title_frame`."""
        by_key: defaultdict[str, list[TitledMovie]] = defaultdict(list)
        for key, *movie in rows:
            by_key[key].append(TitledMovie(*movie))  # type: ignore[arg-type]  # tuple rest
        self._by_key = dict(by_key)
        self._keys = list(self._by_key)
        self._by_id = {movie.movie_id: movie for group in by_key.values() for movie in group}

    @classmethod
    def from_frame(cls, frame: pl.DataFrame) -> "TitleTable":
        """Load the artifact."""
        return cls(frame.iter_rows())

    def __len__(self) -> int:
        """Return the number of movies."""
        return len(self._by_id)

    def movie(self, movie_id: int) -> TitledMovie | None:
        """Look a movie up by id."""
        return self._by_id.get(movie_id)

    def by_votes(self) -> list[TitledMovie]:
        """Return every movie, most voted first, then by id."""
        return sorted(self._by_id.values(), key=lambda movie: (-movie.vote_count, movie.movie_id))

    def resolve(self, title: str) -> TitleMatch:
        """Find the movie of this title; of several, the most voted.

        Raises:
            TitleNotFoundError: with up to five `suggestions`, nearest first.
        """
        match = self.find(title)
        if match is None:
            raise TitleNotFoundError(
                f"No hay ninguna película titulada «{title}».", suggestions=self.suggest(title)
            )
        return match

    def find(self, title: str) -> TitleMatch | None:
        """Find the movie of this title, or None: a look-up, where `resolve` may search."""
        group = self._by_key.get(normalise(title))
        return None if group is None else TitleMatch(group[0], group[1:])

    def suggest(self, title: str, limit: int = 5) -> list[str]:
        """Return titles that hold what was typed, most voted first, then the nearest ones."""
        key = normalise(title)
        holding = [group[0] for name, group in self._by_key.items() if key and key in name]
        holding.sort(key=lambda movie: (-movie.vote_count, movie.movie_id))
        names = [movie.title for movie in holding[:limit]]
        return list(dict.fromkeys([*names, *self._nearest(key, limit)]))[:limit]

    def _nearest(self, key: str, limit: int) -> list[str]:
        nearest = process.extract(
            key,
            self._keys,
            scorer=fuzz.ratio,
            score_cutoff=SUGGESTION_CUTOFF,
            limit=limit * 10,
        )
        best = [(-round(score), self._by_key[key][0]) for key, score, _ in nearest]
        best.sort(key=lambda pair: (pair[0], -pair[1].vote_count, pair[1].movie_id))
        return [movie.title for _, movie in best[:limit]]
