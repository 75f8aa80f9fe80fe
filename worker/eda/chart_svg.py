"""A chart becomes SVG that stands in the page: its colours follow the page's theme.

Colours are CSS variables that the page defines for light, dark and print. Vega passes them
through as they are, so nothing here knows a colour.
"""

import re
from collections.abc import Mapping

import altair as alt
import vl_convert
from markupsafe import Markup, escape

from worker.eda.chart_numbers import D3_LOCALES
from worker.eda.words import Lang

Drawing = alt.Chart | alt.LayerChart
# Drawn as wide as a phone shows it, so that its letters keep their size there.
WIDTH = 320
SERIES = "var(--series)"
OPPOSITE = "var(--opposite)"
INK = "var(--ink)"
MUTED = "var(--muted)"
CONFIG = {
    "aria": False,
    "background": None,
    "autosize": {"type": "fit-x", "contains": "padding"},
    "padding": {"left": 2, "right": 10, "top": 4, "bottom": 4},
    "view": {"stroke": None, "discreteHeight": {"step": 20}},
    "font": "sans-serif",
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": "var(--grid)",
        "domainColor": "var(--axis)",
        "tickColor": "var(--axis)",
        "tickSize": 4,
        "labelPadding": 4,
    },
    "axisY": {
        "domain": False,
        "ticks": False,
        "titleAngle": 0,
        "titleAlign": "left",
        "titleBaseline": "bottom",
        "titleX": 0,
        "titleY": -8,
    },
    "axisX": {"grid": False},
    "text": {"fontSize": 12, "fill": MUTED},
}
# Vega describes its groups to screen readers in English; the label of the whole says it better.
_NOISE = re.compile(
    r' (?:role|aria-[a-z]+|pointer-events|xmlns(?::xlink)?|version)="[^"]*"'
    r'|(?<!-) opacity="1"| font-family="[^"]*"| stroke-miterlimit="10"'
)
_EMPTY = re.compile(r'<path class="(?:fore|back)ground"[^>]*/>')
_ROOT = re.compile(r'<svg class="marks" width="[\d.]+" height="[\d.]+"')
_LONG = re.compile(r"(\d\.\d\d)\d+")
_TAG = re.compile(r"<[^>]+>")
# Vega numbers clips and gradients through the life of the process.
_IDS = re.compile(r'(\bid="|url\(#|href="#)([\w-]+)')


# What XML cannot hold ends the process inside the drawing library; line separators break its
# expressions.
_UNDRAWABLE = re.compile("[^\t\n\r\x20-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Names that every JavaScript object has: as keys of a scale they are found before they are set.
_RESERVED = frozenset(
    {
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
    }
)
_INVISIBLE = "\N{ZERO WIDTH SPACE}"


def drawable(text: str) -> str:
    """Return a text of the data as a chart can hold it; it looks the same."""
    clean = _UNDRAWABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    is_reserved = clean in _RESERVED or clean.startswith("__")
    return clean + _INVISIBLE if is_reserved else clean


def draw(drawing: Drawing, *, name: str, label: str, lang: Lang) -> Markup:
    """Return the SVG of a chart: no script, no font, ids of its own, `label` for its meaning.

    `name` is unique on the page; inline SVGs share one space of ids.

    Raises:
        ValueError: the library cannot draw it.
    """
    svg = vl_convert.vegalite_to_svg(
        drawing.to_dict(),
        config=CONFIG,
        format_locale=D3_LOCALES[lang],  # pyright: ignore[reportArgumentType]  # a dict in effect
        allowed_base_urls=[],
    )
    places = _number_ids(svg, name)
    svg = _TAG.sub(lambda tag: _renamed(_tidied(tag[0]), places), svg)
    root = f'<svg class="chart" role="img" aria-label="{escape(label)}"'
    return Markup(_ROOT.sub(lambda _: root, svg, count=1))  # noqa: S704  # Vega escapes its texts


def _tidied(tag: str) -> str:
    """One tag without noise, its numbers to a hundredth of a pixel."""
    if _EMPTY.fullmatch(tag):
        return ""
    return _LONG.sub(r"\1", _NOISE.sub("", tag))


def _number_ids(svg: str, name: str) -> dict[str, str]:
    """Ids of the tags numbered within the chart, in the order in which they come up."""
    tags = (tag[0] for tag in _TAG.finditer(svg))
    found = dict.fromkeys(match[2] for tag in tags for match in _IDS.finditer(tag))
    return {old: f"{name}-{place}" for place, old in enumerate(found)}


def _renamed(tag: str, places: Mapping[str, str]) -> str:
    """One tag with the ids of its chart."""
    return _IDS.sub(lambda match: match[1] + places[match[2]], tag)
