"""What the language model reads of a movie, and the hash that says when it changed."""

import hashlib
from collections.abc import Iterable
from typing import Final

import polars as pl

_MIDDLE_DOT: Final = ", "


def document() -> pl.Expr:
    """Text of a movie from the clean columns: title, tagline, overview, keywords.

    Absent parts are left out, so that a movie may consist of its title.
    """
    keywords = (
        pl.col("keywords").list.eval(pl.element().struct.field("name")).list.join(_MIDDLE_DOT)
    )
    parts = [pl.col("title"), pl.col("tagline"), pl.col("overview"), keywords]
    stripped = [part.str.strip_chars() for part in parts]
    present = [pl.when(part != "").then(part) for part in stripped]
    return pl.concat_str(present, separator=". ", ignore_nulls=True).alias("document")


def content_hashes(documents: Iterable[str], *, model_id: str, dtype: str) -> list[str]:
    """SHA-256 in hexadecimal of the model, the arithmetic and the text, one per document."""
    prefix = f"{model_id}\0{dtype}\0".encode()
    return [hashlib.sha256(prefix + text.encode()).hexdigest() for text in documents]
