"""The values of a field, one row per movie and value, whatever the shape of its column."""

from typing import Final

import polars as pl

from worker.eda.known import know
from worker.etl.schemas import LANGUAGE, MOVIES

# Languages go by their code: the data names them in themselves, or not at all.
CODED: Final = LANGUAGE


def list_members(movies: pl.DataFrame, field: str) -> pl.DataFrame:
    """Return `id` and `name`, once per movie and value; blank values are left out."""
    dtype = MOVIES[field]
    cells = movies.select("id", know(field).alias("name")).drop_nulls("name")
    if isinstance(dtype, pl.List):
        cells = cells.explode("name").select("id", _name_of(dtype).alias("name"))
    return cells.drop_nulls("name").unique(maintain_order=True)


def _name_of(dtype: pl.List) -> pl.Expr:
    """Name a struct by its name, or by its key where it has none or languages are meant."""
    keys = [field.name for field in pl.Struct(_fields(dtype)).fields]
    parts = [pl.col("name").struct.field(key).cast(pl.String) for key in keys]
    order = parts if dtype.inner == CODED else reversed(parts)
    filled = [pl.when(part.str.strip_chars() != "").then(part) for part in order]
    return pl.coalesce(filled)


def _fields(dtype: pl.List) -> list[pl.Field]:
    """The fields of the structs in a list."""
    inner = dtype.inner
    return inner.fields if isinstance(inner, pl.Struct) else []
