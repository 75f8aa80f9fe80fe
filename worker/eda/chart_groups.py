"""Figures about what movies share: values of a field, people, pairs of genres."""

from collections.abc import Sequence

from shared.contracts.eda import (
    ColumnChange,
    Cooccurrence,
    GroupStat,
    GroupTable,
    PersonCount,
)
from worker.eda.chart_figure import (
    NONE,
    Figure,
    Frame,
    Table,
    finish,
    heads,
    leaders_point,
    numbers,
    without_data,
)
from worker.eda.chart_marks import Cell, draw_bars, draw_heat
from worker.eda.chart_numbers import number, percent
from worker.eda.words import Lang, label, say

SHOWN = 12  # bars of a chart; the table behind it has them all
LANGUAGES = frozenset({"original_language", "spoken_languages"})


def draw_groups(lang: Lang, groups: Sequence[GroupTable]) -> list[Figure]:
    """Draw the leading values of each field by count and by return."""
    return [
        figure for group in groups for figure in (_by_count(lang, group), _by_return(lang, group))
    ]


def _by_count(lang: Lang, group: GroupTable) -> Figure:
    """The most frequent values of one field."""
    field = label(lang, "column", group.field)
    frame = _frame(lang, group, "count", say(lang, "figure.group.count", field=field))
    rows = [(_name(lang, group, stat), stat.count) for stat in group.by_count]
    return _ranking(lang, frame, rows, say(lang, "films.number"))


def _by_return(lang: Lang, group: GroupTable) -> Figure:
    """The values of one field with the highest median return."""
    field = label(lang, "column", group.field)
    frame = _frame(lang, group, "return", say(lang, "figure.group.return", field=field))
    rows = [(_name(lang, group, stat), stat.median_return or 0) for stat in group.by_return]
    note = say(lang, "point.least", least=number(lang, group.least))
    return _ranking(lang, frame._replace(note=note), rows, say(lang, "axis.return"), digits=2)


def _name(lang: Lang, group: GroupTable, stat: GroupStat) -> str:
    """What a value is called; languages may come as codes."""
    return label(lang, "language", stat.name) if group.field in LANGUAGES else stat.name


def _frame(lang: Lang, group: GroupTable, key: str, title: str) -> Frame:
    """The figure of one ranking of a field, with its whole table."""
    stats = group.by_count if key == "count" else group.by_return
    rows = [
        [
            _name(lang, group, stat),
            *numbers(lang, stat.count, stat.with_return),
            NONE if stat.median_return is None else number(lang, stat.median_return, 2),
        ]
        for stat in stats
    ]
    table = Table(heads(lang, "name", "films", "known", "return"), rows)
    return Frame(f"group-{group.field}-{key}", title, "", table)


def draw_people(lang: Lang, key: str, people: Sequence[PersonCount]) -> Figure:
    """Draw who appears in most movies; `key` is actors or directors."""
    rows = [(person.name, person.movies) for person in people]
    table = Table(heads(lang, "name", "films"), [[n, number(lang, m)] for n, m in rows])
    frame = Frame(f"people-{key}", say(lang, f"figure.{key}"), "", table)
    return _ranking(lang, frame, rows, say(lang, "films.number"))


def draw_changes(lang: Lang, columns: Sequence[ColumnChange]) -> Figure:
    """Draw in how many movies each column differs from the release before."""
    ranked = sorted(columns, key=lambda column: (-column.movies, column.column))
    rows = [(label(lang, "column", one.column), one.movies) for one in ranked if one.movies]
    table = Table(heads(lang, "column", "films"), [[n, number(lang, m)] for n, m in rows])
    frame = Frame("changes", say(lang, "figure.changes"), "", table)
    return _ranking(lang, frame, rows, say(lang, "axis.changed"))


def _ranking(
    lang: Lang,
    frame: Frame,
    rows: Sequence[tuple[str, float]],
    axis: str,
    *,
    digits: int | None = None,
) -> Figure:
    """Bars of the first rows, the leaders as the point."""
    if not rows:
        return without_data(lang, frame.key, frame.title)
    bars = [(name, value, number(lang, value, digits)) for name, value in rows[:SHOWN]]
    point = leaders_point(lang, [(name, text) for name, _, text in bars])
    return finish(lang, frame._replace(point=point), draw_bars(bars, axis))


def draw_genres(lang: Lang, both: Cooccurrence) -> Figure:
    """Draw, of the movies of one genre, the share that also have another."""
    title = say(lang, "figure.genres")
    shares = _shares(both)
    if not any(share for row in shares for share in row):
        return without_data(lang, "genres", title)
    genres = both.genres
    most = max(share for row in shares for share in row)
    cells = [
        Cell(row, column, share / most)
        for row, line in zip(genres, shares, strict=True)
        for column, share in zip(genres, line, strict=True)
        if row != column
    ]
    table = Table(
        [*heads(lang, "genre", "films"), *genres],
        [
            [genre, number(lang, both.counts[at][at])]
            + [NONE if at == other else percent(lang, s) for other, s in enumerate(shares[at])]
            for at, genre in enumerate(genres)
        ],
    )
    note = say(lang, "legend.genres")
    frame = Frame("genres", title, _genres_point(lang, both), table, note)
    return finish(lang, frame, draw_heat(cells, genres, genres))


def _shares(both: Cooccurrence) -> list[list[float]]:
    """Of the movies of each row's genre, the share that has the column's; 0 of itself."""
    return [
        [0.0 if at == other or not row[at] else count / row[at] for other, count in enumerate(row)]
        for at, row in enumerate(both.counts)
    ]


def _genres_point(lang: Lang, both: Cooccurrence) -> str:
    """The pair that most movies have."""
    pairs = [
        (both.counts[one][two], -one, -two)
        for one in range(len(both.genres))
        for two in range(one)
    ]
    n, one, two = max(pairs)
    rarer, other = sorted((-one, -two), key=lambda at: both.counts[at][at])
    return say(
        lang,
        "point.genres",
        one=both.genres[rarer],
        two=both.genres[other],
        n=number(lang, n),
        share=percent(lang, n / both.counts[rarer][rarer]),
    )
