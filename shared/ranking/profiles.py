"""Profiles: what reasons name of each movie, in the order of the index.

`profile_frame` is an artifact of the release; `Profiles` is the same in arrays. Knows no weights.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from shared.ranking.facets import FACETS, PRODUCTION_WORDS

# A word of the plot is worth naming when some movies share it and few do: at most this share of
# those with a plot ("away" and "second" are past it, "vampire" and "planet" are not), or so many.
_LEAST_MOVIES: Final = 2
_LARGEST_SHARE: Final = 0.008
_ALWAYS_FEW: Final = 20
_MOST_WORDS: Final = 60
_LISTED: Final = (
    "genres",
    "keywords",
    "cast",
    "directors",
    "collection",
    "companies",
    "countries",
    "words",
)
_MOST: Final = {facet.name: facet.most for facet in FACETS}


class Values:
    """Lists of named values, one per movie, flattened; a value is the same by its key."""

    def __init__(self, lists: pl.Series) -> None:
        """Load a list column of `{key, name}`."""
        flat = lists.explode(empty_as_null=False, keep_nulls=False).struct.unnest()
        self._codes: NDArray[np.int32] = (flat["key"].rank("dense").cast(pl.Int32) - 1).to_numpy()
        named = flat.unique("key", keep="first", maintain_order=True).sort("key")
        self.keys: list[Any] = named["key"].to_list()
        self.names: list[str] = named["name"].to_list()
        counts = lists.list.len().to_numpy()
        self._ends: NDArray[np.int64] = np.append(0, np.cumsum(counts, dtype=np.int64))
        self._owners: NDArray[np.int32] = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        self.counts = np.bincount(self._codes, minlength=len(self.keys))

    def of(self, row: int) -> list[int]:
        """Codes of a movie's values, in their order."""
        codes: list[int] = self._codes[self._ends[row] : self._ends[row + 1]].tolist()
        return codes

    def shared(self, row: int, other: int) -> list[int]:
        """Codes that both movies have, in the order of `row`."""
        theirs = set(self.of(other))
        return [code for code in self.of(row) if code in theirs]


class Numbers(NamedTuple):
    """Figures of every movie, (n,) each."""

    years: NDArray[np.int16]
    votes: NDArray[np.int64]
    averages: NDArray[np.float64]


class Profiles:
    """Immutable arrays, one row per movie in the order of the index."""

    def __init__(self, frame: pl.DataFrame) -> None:
        """Load the artifact."""
        self.ids: NDArray[np.int64] = frame["id"].to_numpy()
        self.numbers = Numbers(
            frame["year"].to_numpy(),
            frame["votes"].to_numpy(),
            frame["average"].to_numpy(),
        )
        languages = frame["language"].fill_null("")
        self.languages: NDArray[np.int32] = (languages.rank("dense") - 1).cast(pl.Int32).to_numpy()
        self.language_codes: list[str] = languages.unique().sort().to_list()
        self.has_plot: NDArray[np.bool_] = frame["has_plot"].to_numpy()
        self._language_counts = np.bincount(self.languages)
        self.values = {name: Values(frame[name]) for name in _LISTED}

    def __len__(self) -> int:
        """Return the number of movies."""
        return len(self.ids)

    def language(self, row: int) -> str:
        """Original language of a movie, empty where unknown."""
        return self.language_codes[int(self.languages[row])]

    def language_share(self, row: int) -> float:
        """Share of the movies that have the original language of this one."""
        return float(self._language_counts[self.languages[row]] / len(self))


def profile_frame(
    movies: pl.DataFrame, cast: pl.DataFrame, directors: pl.DataFrame
) -> pl.DataFrame:
    """One row per movie, in the order of `movies`: id, figures and lists of `{key, name}`."""
    rows = movies.lazy()
    listed = {
        "genres": _named("genres"),
        "keywords": _named("keywords").list.filter(
            ~pl.element().struct.field("name").is_in(PRODUCTION_WORDS)
        ),
        "collection": _named("belongs_to_collection"),
        "companies": _named("production_companies"),
        "countries": _named("production_countries", "iso_3166_1"),
    }
    frame = rows.select(
        "id",
        year=pl.col("release_year").cast(pl.Int16),
        # Read by the version before this one, which filtered by it.
        runtime=pl.when(pl.col("runtime") > 0).then("runtime").cast(pl.Float32),
        votes=pl.col("vote_count").clip(0).fill_null(0),
        average=pl.col("vote_average").fill_null(0.0),
        language="original_language",
        has_plot=pl.col("overview").fill_null("").str.strip_chars().str.len_chars() > 0,
        **{name: column.list.head(_MOST[name]) for name, column in listed.items()},
    )
    billed = cast.lazy().sort("movie_id", "order", maintain_order=True)
    frame = _join(frame, _people(billed, "cast"))
    frame = _join(frame, _people(directors.lazy(), "directors"))
    return _join(frame, _words(rows)).collect()


def _named(column: str, key: str = "id") -> pl.Expr:
    """A nested column as lists of `{key, name}`, those without a key left out."""
    element = pl.element().struct
    pairs = pl.struct(key=element.field(key), name=element.field("name"))
    lists = pl.col(column).list.eval(pairs.filter(element.field(key).is_not_null()))
    return lists.list.unique(maintain_order=True)


def _people(people: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """The first people of each movie."""
    return (
        people.unique(["movie_id", "person_id"], keep="first", maintain_order=True)
        .group_by("movie_id", maintain_order=True)
        .agg(pl.struct(key="person_id", name="name").head(_MOST[name]).alias(name))
    )


def _words(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Words of the overview that some movies share, each once, in their order."""
    plain = pl.col("overview").str.to_lowercase().str.extract_all(r"\p{L}{4,}")
    every = (
        rows.select(movie_id="id", key=plain.list.unique(maintain_order=True))
        .explode("key")
        .drop_nulls()
    )
    most = pl.max_horizontal(_LARGEST_SHARE * pl.col("movie_id").n_unique(), _ALWAYS_FEW)
    count = pl.len().over("key")
    return (
        every.filter(count >= _LEAST_MOVIES, count <= most)
        .group_by("movie_id", maintain_order=True)
        .agg(words=pl.struct(key="key", name="key").head(_MOST_WORDS))
    )


def _join(frame: pl.LazyFrame, lists: pl.LazyFrame) -> pl.LazyFrame:
    """Add a list column, empty where a movie has none."""
    column = lists.collect_schema().names()[-1]
    joined = frame.join(
        lists, left_on="id", right_on="movie_id", how="left", maintain_order="left"
    )
    return joined.with_columns(pl.col(column).fill_null([]))
