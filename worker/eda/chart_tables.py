"""The tables of the page that stand on their own, without a chart before them."""

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from shared.contracts.eda import (
    ColumnProfile,
    Comparison,
    CountChange,
    NamedMovie,
    OutlierGroup,
)
from worker.eda.chart_figure import Table, heads
from worker.eda.chart_groups import LANGUAGES
from worker.eda.chart_numbers import YEARS, amount, number, percent
from worker.eda.words import Lang, label, pick, rule_name, say

MOST_FREQUENT = 3  # values of a column that its row names
LONGEST = 40  # letters of such a value


class NamedTable(NamedTuple):
    """A table with its title and a sentence; `wide` tables take a row of the page."""

    title: str
    note: str
    table: Table
    wide: bool = False


def columns_table(lang: Lang, columns: Sequence[ColumnProfile]) -> NamedTable:
    """Return the profile of every column."""
    keys = ("column", "kind", "top", "share", "distinct", "min", "median", "mean", "max")
    rows = [_profile(lang, column) for column in columns]
    return NamedTable(
        say(lang, "table.columns"),
        say(lang, "note.columns"),
        Table(heads(lang, *keys), rows, names=3),
        wide=True,
    )


def _profile(lang: Lang, column: ColumnProfile) -> list[str]:
    """One row of the profile."""
    top = [
        f"{_value(lang, column.column, one.value)} ({number(lang, one.count)})"
        for one in column.top[:MOST_FREQUENT]
    ]
    values = (*(column.quantiles.get(key) for key in ("min", "p50")), column.mean)
    figures = (*values, column.quantiles.get("max"))
    return [
        label(lang, "column", column.column),
        label(lang, "kind", column.kind),
        ", ".join(top) if column.kind != "number" else "",
        percent(lang, column.completeness),
        number(lang, column.distinct),
        *("" if one is None else amount(lang, column.column, one) for one in figures),
    ]


def _value(lang: Lang, column: str, value: str) -> str:
    """A frequent value as its row names it: languages by name, sentences cut."""
    named = label(lang, "language", value) if column in LANGUAGES else value
    return textwrap.shorten(named, LONGEST, placeholder=" …")


def outlier_tables(lang: Lang, groups: Sequence[OutlierGroup]) -> list[NamedTable]:
    """Return the rule of each group and the movies named for it."""
    return [
        NamedTable(
            rule_name(lang, group.key, group.column),
            _outlier_note(lang, group),
            _movies(lang, group.movies, label(lang, "column", group.column), group.column),
        )
        for group in groups
        if group.count
    ]


def _outlier_note(lang: Lang, group: OutlierGroup) -> str:
    """The rule, how many movies it names, and the bounds where it has both."""
    rule = pick(lang, group.rule).rstrip(". ") + "."
    note = say(lang, "note.outliers", rule=rule, n=number(lang, group.count))
    if group.low is None or group.high is None:
        return note
    low, high = (amount(lang, group.column, one) for one in (group.low, group.high))
    return f"{note} {say(lang, 'note.bounds', low=low, high=high)}"


def _movies(lang: Lang, movies: Sequence[NamedMovie], value: str, column: str) -> Table:
    """Named movies and the figure that each is named for; a year stands there already."""
    if column in YEARS:
        return Table(heads(lang, "title", "year"), [[one.title, str(one.year)] for one in movies])
    rows = [[movie.title, str(movie.year), amount(lang, column, movie.value)] for movie in movies]
    return Table([*heads(lang, "title", "year"), value], rows)


def changes_tables(lang: Lang, change: Comparison | None) -> list[NamedTable]:
    """Return the figures and the movies that differ from the release before."""
    if change is None:
        return []
    votes = label(lang, "column", "vote_count")
    kinds = (
        ("added", change.added, change.added_movies, votes),
        ("removed", change.removed, change.removed_movies, votes),
        ("changed", change.changed, change.changed_movies, say(lang, "head.changed")),
    )
    tables = [
        NamedTable(
            say(lang, f"table.{key}"),
            say(
                lang,
                "note.named" if count > len(movies) else "note.all",
                shown=number(lang, len(movies)),
                n=number(lang, count),
            ),
            _movies(lang, movies, value, "value"),
        )
        for key, count, movies, value in kinds
        if movies
    ]
    return [_figures(lang, change.figures), *tables] if change.figures else tables


def _figures(lang: Lang, figures: Sequence[CountChange]) -> NamedTable:
    """Figures of both releases side by side."""
    rows = [
        [
            label(lang, "count", one.key),
            *(
                amount(lang, one.key.removeprefix("median_"), value)
                for value in (one.before, one.after)
            ),
        ]
        for one in figures
    ]
    table = Table(heads(lang, "figure", "before", "after"), rows)
    return NamedTable(say(lang, "table.figures"), say(lang, "note.figures"), table)
