"""Facets: the lists of values of a movie that another movie may share.

Made from the clean tables for the ranking and for the structured block; knows no weights.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

# They say how a film was made or screened, not what it is like.
PRODUCTION_WORDS: Final = (
    "aftercreditsstinger",
    "based on novel",
    "based on novel or book",
    "duringcreditsstinger",
    "independent film",
    "sequel",
    "woman director",
)
FAMILY: Final = 10751
# In a title, an overview or a keyword.
_ADULT_WORDS: Final = r"(?i)\b(?:erotic\w*|softcore|sexploitation|(?:hardcore )?porn\w*)\b"


class Facet(NamedTuple):
    """A list of values per movie: at most `most`, the i-th (from 0) weighing 1 / (1 + decay i)."""

    name: str
    most: int
    decay: float = 0.0


FACETS: Final = (
    Facet("genres", 8),
    Facet("keywords", 24),
    Facet("cast", 15, decay=0.3),
    Facet("directors", 4),
    Facet("collection", 1),
    Facet("companies", 6),
    Facet("countries", 5),
    Facet("spoken", 5),
    Facet("language", 1),
    Facet("title", 8),
)


def facet_frame(movies: pl.DataFrame, cast: pl.DataFrame, directors: pl.DataFrame) -> pl.DataFrame:
    """One row per movie, in the order of `movies`, one list column per facet.

    A value that no other movie has is null: it keeps its place in the billing and costs nothing.
    """
    rows = movies.lazy().with_row_index("row")
    places = rows.select("row", pl.col("id").alias("movie_id"))
    named = {
        "genres": _ids(rows, "genres"),
        "keywords": _keyword_ids(rows),
        "cast": _people(cast.lazy().sort("movie_id", "order", maintain_order=True), places),
        "directors": _people(directors.lazy(), places),
        "collection": _ids(rows, "belongs_to_collection"),
        "companies": _ids(rows, "production_companies"),
        "countries": _ids(rows, "production_countries", "iso_3166_1"),
        "spoken": _ids(rows, "spoken_languages", "iso_639_1"),
        "language": rows.select("row", value="original_language"),
        "title": _title_words(rows),
    }
    lists = [_lists(named[facet.name], facet) for facet in FACETS]
    frame = rows.select("row")
    for column in lists:
        frame = frame.join(column, on="row", how="left", maintain_order="left")
    return frame.drop("row").with_columns(pl.all().fill_null([])).collect()


def audience() -> pl.Expr:
    """Whom a clean movie is for: 1 for families, -1 for adults alone, 0 where nothing says."""
    keywords = pl.col("keywords").list.eval(pl.element().struct.field("name")).list.join(" ")
    texts = [pl.col("title"), pl.col("overview"), keywords]
    is_adult = pl.any_horizontal(
        text.str.contains(_ADULT_WORDS).fill_null(value=False) for text in texts
    )
    genres = pl.col("genres").list.eval(pl.element().struct.field("id"))
    is_family = genres.list.contains(FAMILY).fill_null(value=False)
    return pl.when(is_family).then(1).when(is_adult).then(-1).otherwise(0).cast(pl.Int8)


def dense_codes(lists: pl.Series) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Flatten a list column: codes from 0 in order of the values, -1 for null; list lengths."""
    codes = lists.explode(empty_as_null=False, keep_nulls=False).rank("dense").cast(pl.Int32) - 1
    return codes.fill_null(-1).to_numpy(), lists.list.len().cast(pl.Int64).to_numpy()


def idf(codes: NDArray[np.int32], movies: int) -> NDArray[np.float64]:
    """Inverse document frequency of each code: log of movies over movies that have it."""
    counts = np.bincount(codes[codes >= 0])
    return np.log(movies / np.maximum(counts, 1))


def _ids(rows: pl.LazyFrame, column: str, field: str = "id") -> pl.LazyFrame:
    """One row per listed value."""
    values = rows.select("row", pl.col(column)).explode(column).drop_nulls()
    return values.select("row", value=pl.col(column).struct.field(field))


def _keyword_ids(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Keywords that say something about the film."""
    named = rows.select("row", "keywords").explode("keywords").drop_nulls().unnest("keywords")
    return named.filter(~pl.col("name").is_in(PRODUCTION_WORDS)).select("row", value="id")


def _people(people: pl.LazyFrame, places: pl.LazyFrame) -> pl.LazyFrame:
    """People of each movie, in the order given."""
    joined = people.join(places, on="movie_id", how="inner", maintain_order="left")
    return joined.select("row", value="person_id")


def _title_words(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Words of the title, without case and accents."""
    plain = pl.col("title").str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    words = rows.select("row", value=plain.str.to_lowercase().str.extract_all(r"\w+"))
    return words.explode("value").drop_nulls()


def _lists(values: pl.LazyFrame, facet: Facet) -> pl.LazyFrame:
    """Collect the first `most` different values of each row; null where nobody shares it."""
    is_shared = pl.len().over("value") > 1
    place = pl.int_range(pl.len()).over("row")
    return (
        values.unique(["row", "value"], keep="first", maintain_order=True)
        .with_columns(pl.when(is_shared).then("value"), place=place)
        .filter(pl.col("place") < facet.most)
        .group_by("row", maintain_order=True)
        .agg(pl.col("value").alias(facet.name))
    )


def decayed(counts: NDArray[np.int64], decay: float) -> NDArray[np.float64]:
    """Weight of each place of lists of these lengths, flattened."""
    starts = np.cumsum(counts) - counts
    places: Any = np.arange(int(counts.sum())) - np.repeat(starts, counts)
    weights: NDArray[np.float64] = 1 / (1 + decay * places)
    return weights
