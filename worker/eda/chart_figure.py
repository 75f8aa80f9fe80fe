"""A figure of the page: a title, the main point, the drawing and the table behind it."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from shared.telemetry import log
from worker.eda.chart_numbers import number
from worker.eda.chart_svg import Drawing, draw, drawable
from worker.eda.words import Lang, say

NONE = "\N{EN DASH}"  # a cell without a value


class Table(NamedTuple):
    """Cells as they are written; the first `names` columns are text, the others figures."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    names: int = 1


class Figure(NamedTuple):
    """One figure; `svg` is empty where there was nothing to draw, and `point` says so."""

    key: str
    title: str
    point: str
    svg: Markup
    table: Table | None
    note: str = ""


class Frame(NamedTuple):
    """What a figure says around its drawing."""

    key: str
    title: str
    point: str
    table: Table
    note: str = ""


def finish(lang: Lang, frame: Frame, drawing: Drawing) -> Figure:
    """Draw a figure; its alt text is the title and the main point.

    What cannot be drawn is left out.
    """
    label = drawable(f"{frame.title}. {frame.point}")
    try:
        svg = draw(drawing, name=frame.key, label=label, lang=lang)
    except ValueError as error:
        # One chart must never cost a release; its table still stands.
        log().warning("chart_not_drawn", chart=frame.key, reason=str(error)[:200])
        svg = Markup()
    return Figure(frame.key, frame.title, frame.point, svg, frame.table, frame.note)


def without_data(lang: Lang, key: str, title: str) -> Figure:
    """Return a figure that says that there is nothing to draw."""
    return Figure(key, title, say(lang, "nothing"), Markup(), None)


def leaders_point(lang: Lang, rows: Sequence[tuple[str, str]]) -> str:
    """Say who comes first and second of rows (name, value as written)."""
    one, n = rows[0]
    if len(rows) == 1:
        return say(lang, "point.only", one=one, n=n)
    two, m = rows[1]
    return say(lang, "point.first", one=one, n=n, two=two, m=m)


def heads(lang: Lang, *keys: str) -> list[str]:
    """Return the headings of a table."""
    return [say(lang, f"head.{key}") for key in keys]


def numbers(lang: Lang, *values: float) -> list[str]:
    """Return figures as a table writes them."""
    return [number(lang, value) for value in values]
