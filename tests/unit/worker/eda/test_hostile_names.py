"""Names that break a drawing library: the page is made all the same."""

from functools import cache

import msgspec
import pytest
from markupsafe import Markup

from shared.contracts.eda import Analysis, Cooccurrence
from tests.unit.worker.eda.analyses import FACTS, full
from worker.eda import chart_figure
from worker.eda.chart_svg import Drawing, draw, drawable
from worker.eda.page import render_pages
from worker.eda.words import Lang

FORBIDDEN = [chr(code) for code in (*range(9), 11, 12, *range(14, 32), 0x7F, 0xFFFE, 0xFFFF)]
OTHERS = [
    "\u2028",
    "\u2029",
    "\x85",
    "\u202e",
    "\U0010ffff",
    "constructor",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "__proto__",
    "__defineGetter__",
    "length",
    "undefined",
    "null",
    "NaN",
    "true",
    "",
    " ",
    "'",
    '"',
    "\\",
    "</script>",
    'id="x" url(#y) href="#z"',
    "]]>",
    "&amp;",
    "${x}",
    "datum.value",
    "prototype",
    "a" * 5000,
]


def named(names: list[str]) -> Analysis:
    """An analysis whose genres have these names."""
    base = full()
    (first, *others) = base.groups
    groups = [
        msgspec.structs.replace(
            first,
            field=f"field {start}",
            by_count=[
                msgspec.structs.replace(first.by_count[0], name=name)
                for name in names[start : start + 12]
            ],
        )
        for start in range(0, len(names), 12)
    ]
    counts = [[1] * len(names) for _ in names]
    return msgspec.structs.replace(
        base,
        groups=[*groups, *others],
        cooccurrence=Cooccurrence(genres=names, counts=counts),
    )


@pytest.mark.parametrize("names", [FORBIDDEN, OTHERS], ids=["forbidden", "others"])
def test_any_name_is_drawn(names: list[str]) -> None:
    odd = render_pages(named(names), FACTS)
    for lang, charts in charts_of_plain_names(len(names)).items():
        assert odd[lang].count('class="chart"') == charts > 0


@cache
def charts_of_plain_names(count: int) -> dict[Lang, int]:
    pages = render_pages(named([f"n{at}" for at in range(count)]), FACTS)
    return {lang: page.count('class="chart"') for lang, page in pages.items()}


def test_what_cannot_be_drawn_costs_one_chart_only(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = render_pages(full(), FACTS)["es"].count('class="chart"')

    def refuse(drawing: Drawing, *, name: str, label: str, lang: Lang) -> Markup:
        if name == "correlation":
            raise ValueError("Operator not defined")
        return draw(drawing, name=name, label=label, lang=lang)

    monkeypatch.setattr(chart_figure, "draw", refuse)
    assert render_pages(full(), FACTS)["es"].count('class="chart"') == whole - 1


def test_a_name_looks_the_same_or_marked() -> None:
    assert drawable("Ñandú 日本 😀\n") == "Ñandú 日本 😀\n"
    assert drawable("a\x1bb") == "a\N{REPLACEMENT CHARACTER}b"
    assert drawable("constructor") == "constructor\N{ZERO WIDTH SPACE}"
