"""Frames and arrays to the bytes a release carries; the same content gives the same bytes."""

import io
from typing import Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from shared.contracts.base import Wire
from shared.text import normalise

_COMPRESSION_LEVEL: Final = 3
TEXT_HASHES: Final = pl.Schema({"movie_id": pl.Int64, "sha256": pl.String})


class Report(Wire, frozen=True):
    """What a build did to its input.

    `seconds` holds the steps up to the gate, `peak_mb` the most memory that the process held
    during each (on Linux; elsewhere since its start); `quarantine` the rows that could not be
    used.
    """

    counts: dict[str, int]
    seconds: dict[str, float]
    peak_mb: dict[str, int]
    quarantine: list[dict[str, object]]


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """Write a table as Parquet."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=_COMPRESSION_LEVEL)
    return buffer.getvalue()


def report_bytes(report: Report) -> bytes:
    """Write the report as JSON."""
    return msgspec.json.encode(report)


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
