"""The clean tables as they leave the product: no internal columns, no cell a spreadsheet runs."""

from typing import Final

import polars as pl

# Normalised names, for look-ups only.
_INTERNAL: Final = "key"
# What makes a spreadsheet take a text for a formula, wide forms included; see OWASP's page on
# CSV injection.
_FORMULA: Final = r"^[=+\-@\t\r\n＝＋－＠]"  # noqa: RUF001  # the wide forms are meant


def without_keys(table: pl.DataFrame) -> pl.DataFrame:
    """Drop what only look-ups need."""
    return table.drop(_INTERNAL, strict=False)


def as_csv(table: pl.DataFrame) -> pl.DataFrame:
    """Write lists as JSON, and put an apostrophe before texts that a spreadsheet would run."""
    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
    return table.with_columns(
        *(_defused(name) for name in texts), *(_list_as_json(name) for name in lists)
    )


def _defused(name: str) -> pl.Expr:
    """A text that is no formula."""
    text = pl.col(name)
    return pl.when(text.str.contains(_FORMULA)).then("'" + text).otherwise(text).alias(name)


def _list_as_json(name: str) -> pl.Expr:
    """A list of structs as a JSON array; null stays null."""
    members = pl.col(name).list.eval(pl.element().struct.json_encode()).list.join(", ")
    return pl.concat_str(pl.lit("["), members, pl.lit("]")).alias(name)
