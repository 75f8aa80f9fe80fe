"""Nested columns of one row per movie: decoded once per distinct cell, as typed lists."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from worker.etl.layouts import Shape
from worker.etl.literals import decode_cells
from worker.etl.schemas import MOVIES

NAMED_SHAPE: Final = Shape(integers=("id",), texts=("name",), required=("id", "name"))
SHAPES: Final[dict[str, Shape]] = {
    "belongs_to_collection": Shape(
        integers=("id",), texts=("name",), required=("id", "name"), single=True
    ),
    "genres": NAMED_SHAPE,
    "production_companies": NAMED_SHAPE,
    "production_countries": Shape(texts=("iso_3166_1", "name"), required=("iso_3166_1",)),
    "spoken_languages": Shape(texts=("iso_639_1", "name"), required=("iso_639_1",)),
    "keywords": NAMED_SHAPE,
}


@dataclass(frozen=True, slots=True)
class Nested:
    """A decoded column, aligned with its rows: `value` (never null) and `failed` (Boolean).

    `slow` and `dropped` count distinct cells read exactly and members left out of them.
    """

    frame: pl.DataFrame
    slow: int
    dropped: int


def decode_column(texts: pl.Series, column: str) -> Nested:
    """Decode the nested column `column` of the movies; null and blank cells are empty lists."""
    distinct = texts.unique(maintain_order=True)
    members = decode_cells(distinct, SHAPES[column])
    lists = (
        members.table.lazy()
        .group_by("cell", maintain_order=True)
        .agg(value=pl.struct(SHAPES[column].fields))
    )
    lookup = (
        pl.LazyFrame({"text": distinct})
        .with_row_index("cell")
        .join(lists, on="cell", how="left")
        .select(
            "text",
            pl.col("value").fill_null([]).cast(MOVIES[column]),
            failed=pl.col("cell").is_in(list(members.failed)),
        )
    )
    frame = pl.LazyFrame({"text": texts}).join(
        lookup, on="text", how="left", nulls_equal=True, maintain_order="left"
    )
    return Nested(frame.drop("text").collect(), members.slow, members.dropped)
