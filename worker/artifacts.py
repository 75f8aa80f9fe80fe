"""Frames and arrays to the bytes a release carries, and back.

The same content gives the same bytes.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from shared.contracts.releases import ArtifactName
from shared.filters import filter_frame
from shared.ranking.features import ranking_frame
from shared.ranking.profiles import profile_frame
from shared.ranking.vectors import FlatIndex
from shared.releases.manifest import Buffer
from shared.text import normalise
from shared.titles import title_frame
from worker.etl.catalogue import Catalogue
from worker.index.build import index_bytes, read_index

_COMPRESSION_LEVEL: Final = 3
TEXT_HASHES: Final = pl.Schema({"movie_id": pl.Int64, "sha256": pl.String})


@dataclass(frozen=True, slots=True)
class Ranked:
    """The costly part of a release, all in the order of the movies.

    `hashes` are those of the embedded texts, of which `encoded` had no known vector; `rows`
    (n, k) int32 are the neighbours of each movie, ending in -1, with their `scores` (n, k).
    """

    index: FlatIndex
    hashes: list[str]
    encoded: int
    rows: NDArray[np.int32]
    scores: NDArray[np.float32]


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """Write a table as Parquet."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=_COMPRESSION_LEVEL)
    return buffer.getvalue()


def with_name_key(people: pl.DataFrame) -> pl.DataFrame:
    """Add `key`, the normalised `name`, to a table of people."""
    names = people["name"].unique()
    keys = [normalise(name) for name in names.to_list()]
    lookup = pl.DataFrame({"name": names, "key": pl.Series(keys, dtype=pl.String)})
    return people.join(lookup, on="name", how="left", maintain_order="left")


def neighbour_frame(
    ids: NDArray[np.int64], rows: NDArray[np.int32], scores: NDArray[np.float32]
) -> pl.DataFrame:
    """One row per movie in index order, from (n, k) neighbour rows that end in -1 and scores."""
    present = rows >= 0
    flat = pl.LazyFrame(
        {
            "row": np.nonzero(present)[0],
            "neighbour_ids": ids[rows[present]],
            "scores": scores[present],
        },
        schema={"row": pl.Int64, "neighbour_ids": pl.Int64, "scores": pl.Float32},
    )
    movies = pl.LazyFrame({"row": np.arange(len(ids), dtype=np.int64), "movie_id": ids})
    return (
        movies.join(
            flat.group_by("row", maintain_order=True).all(),
            on="row",
            how="left",
            maintain_order="left",
        )
        .select("movie_id", pl.col("neighbour_ids", "scores").fill_null([]))
        .collect()
    )


def hash_frame(ids: pl.Series, hashes: list[str]) -> pl.DataFrame:
    """Movie ids with the hash of the text that was embedded."""
    return pl.DataFrame({"movie_id": ids, "sha256": hashes}, schema=TEXT_HASHES)


def make_tables(catalogue: Catalogue) -> dict[str, pl.DataFrame]:
    """The tables of a release that need no vectors."""
    movies, cast, directors = catalogue.movies, catalogue.cast, catalogue.directors
    return {
        ArtifactName.MOVIES: movies,
        ArtifactName.CAST: with_name_key(cast),
        ArtifactName.DIRECTORS: with_name_key(directors),
        ArtifactName.TITLES: title_frame(movies),
        ArtifactName.RANKING: ranking_frame(movies, cast, directors),
        ArtifactName.PROFILES: profile_frame(movies, cast, directors),
        ArtifactName.FILTERS: filter_frame(movies, cast, directors),
    }


def ranked_bytes(ids: pl.Series, ranked: Ranked) -> dict[str, bytes]:
    """The artifacts of the costly part; `ids` are those of the movies."""
    neighbours = neighbour_frame(ids.to_numpy(), ranked.rows, ranked.scores)
    return {
        ArtifactName.INDEX: index_bytes(ranked.index),
        ArtifactName.NEIGHBOURS: parquet_bytes(neighbours),
        ArtifactName.TEXT_HASHES: parquet_bytes(hash_frame(ids, ranked.hashes)),
    }


def ranked_from_bytes(data: Mapping[ArtifactName, Buffer], width: int) -> Ranked:
    """Read the costly part back, with `width` places for neighbours; nothing counts as encoded."""
    index = read_index(memoryview(data[ArtifactName.INDEX]))
    hashes = pl.read_parquet(io.BytesIO(data[ArtifactName.TEXT_HASHES]))["sha256"].to_list()
    neighbours = pl.read_parquet(io.BytesIO(data[ArtifactName.NEIGHBOURS]))
    rows, scores = neighbour_arrays(neighbours, width)
    return Ranked(index, hashes, 0, rows, scores)


def neighbour_arrays(
    neighbours: pl.DataFrame, width: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The inverse of `neighbour_frame`: (n, width) rows that end in -1, and scores in 0."""
    ids = neighbours["movie_id"].to_numpy()
    order = np.argsort(ids)
    counts = neighbours["neighbour_ids"].list.len().to_numpy()
    present = np.arange(width) < counts[:, None]
    found = neighbours["neighbour_ids"].explode().drop_nulls().to_numpy()
    rows = np.full((len(ids), width), -1, dtype=np.int32)
    rows[present] = order[np.searchsorted(ids[order], found)]
    scores = np.zeros((len(ids), width), dtype=np.float32)
    scores[present] = neighbours["scores"].explode().drop_nulls().to_numpy()
    return rows, scores
