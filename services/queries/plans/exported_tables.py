"""The clean tables as they leave the product: no internal columns, no cell a spreadsheet runs."""

from typing import Final

import polars as pl

# Normalised names, for look-ups only.
_INTERNAL: Final = "key"
# What makes a spreadsheet take a text for a formula, wide forms included: at the start of a cell,
# or of what another list separator would make one. See OWASP's page on CSV injection.
_FORMULA: Final = r"(^|[;\t\r\n][ \t]*)([=+\-@＝＋－＠])"  # noqa: RUF001  # the wide forms are meant
_LEADING: Final = r"^([\t\r\n])"
_DEFUSED: Final = "${1}'${2}"


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
    """A text with an apostrophe before each formula."""
    return pl.col(name).str.replace_all(_FORMULA, _DEFUSED).str.replace(_LEADING, "'${1}")


def _list_as_json(name: str) -> pl.Expr:
    """A list of structs as a JSON array; null stays null."""
    members = pl.col(name).list.eval(pl.element().struct.json_encode()).list.join(", ")
    return pl.concat_str(pl.lit("["), members, pl.lit("]")).alias(name)
