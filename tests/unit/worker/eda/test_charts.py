"""Figures say their main point, write numbers as their language does, and never clash."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from shared.contracts.eda import Calendar, PeriodCount, Text
from tests.unit.worker.eda.analyses import NASTY, distribution, full, single
from worker.eda.chart_figure import Figure
from worker.eda.chart_numbers import amount, moment, number, percent, short
from worker.eda.charts import draw_figures
from worker.eda.words import LANGS, WORDS, Lang, label, rule_name, say

SVG = "{http://www.w3.org/2000/svg}"


def figures(lang: Lang) -> dict[str, Figure]:
    drawn = draw_figures(full(), lang)
    return {one.key: one for section in drawn.values() for one in section}


@pytest.fixture(scope="module")
def spanish() -> dict[str, Figure]:
    return figures("es")


@pytest.fixture(scope="module")
def english() -> dict[str, Figure]:
    return figures("en")


def texts(figure: Figure) -> list[str]:
    """What a drawing writes; parsing it proves that it is well-formed."""
    return [node.text or "" for node in root(figure).iter() if node.tag.endswith("text")]


def root(figure: Figure) -> ET.Element:
    svg = str(figure.svg).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return ET.fromstring(svg)  # noqa: S314  # our own drawing


def test_every_section_has_its_figures(spanish: dict[str, Figure]) -> None:
    assert len(spanish) == 29
    assert all(figure.svg and figure.point and figure.table for figure in spanish.values())


def test_alt_text_is_the_title_and_the_main_point(spanish: dict[str, Figure]) -> None:
    figure = spanish["distribution-runtime"]
    assert figure.point == (
        "Mediana: 1234. El tramo más frecuente, de 20 a 30, reúne 1300 de los 1576 valores "
        "conocidos."
    )
    svg = root(figure)
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == f"Duración. {figure.point}"
    assert "aria-" not in "".join(str(figure.svg).split("aria-label", 1))


def test_main_points_name_the_extremes(english: dict[str, Figure]) -> None:
    points = {key: english[key].point for key in english}
    assert points["calendar-month"] == "Most: June (106); fewest: July (100)."
    assert points["calendar-decade"].startswith("The peak is the 1980s, with 106; 208 in all")
    assert points["correlation"] == (
        "The strongest relation is that of Revenue and Budget: 0.73, over 400 films."
    )
    assert points["genres"] == (
        "The most frequent pair is Comedy and Drama: 300 films, 50% of those of Comedy."
    )
    assert points["trend-budget"] == "Only the 1990s (1M)."
    assert points["trend-vote_average"] == (
        "From 6.5 in the 1980s to 6 in the 1990s; the highest is 6.5, in the 1980s."
    )


def test_axes_write_numbers_as_their_language_does(
    spanish: dict[str, Figure], english: dict[str, Figure]
) -> None:
    assert {"1200", "10 mil", "1 M"} <= {
        text.replace("\N{NO-BREAK SPACE}", " ") for text in texts(spanish["distribution-budget"])
    }
    assert {"1,200", "10k", "1M"} <= set(texts(english["distribution-budget"]))
    assert "6,2" in texts(spanish["trend-vote_average"])


def test_years_are_not_grouped(spanish: dict[str, Figure]) -> None:
    assert "1990" in texts(spanish["calendar-year"])


def test_correlation_leaves_unknown_pairs_empty(spanish: dict[str, Figure]) -> None:
    table = spanish["correlation"].table
    assert table
    assert [list(row) for row in table.rows] == [
        ["Ingresos", "Presupuesto", "0,73", "400"],
        ["Retorno", "Ingresos", "\N{MINUS SIGN}0,42", "350"],
        ["Retorno", "Presupuesto", "\N{EN DASH}", "3"],
    ]
    assert "var(--opposite)" in spanish["correlation"].svg


def test_colours_follow_the_theme_of_the_page(spanish: dict[str, Figure]) -> None:
    colours = set[str]()
    for figure in spanish.values():
        for node in root(figure).iter():
            colours |= {node.get("fill") or "none", node.get("stroke") or "none"}
    assert {c for c in colours if not c.startswith("var(--")} <= {"none", "transparent"}


def test_ids_are_of_one_chart_each(spanish: dict[str, Figure]) -> None:
    found = [one for f in spanish.values() for one in re.findall(r'\bid="([^"]*)"', f.svg)]
    assert len(found) == len(set(found))


def test_equal_analyses_give_equal_bytes(spanish: dict[str, Figure]) -> None:
    assert figures("es") == spanish


def test_names_that_are_no_letters_are_drawn_as_they_are() -> None:
    name = "\\'\"]<b>\N{CLAPPER BOARD}"
    people = [msgspec.structs.replace(full().actors[0], name=name)]
    analysis = msgspec.structs.replace(single(), actors=people)
    (actors, _) = draw_figures(analysis, "en")["people"]
    assert name in texts(actors)


def test_long_names_are_cut_and_stay_apart(spanish: dict[str, Figure]) -> None:
    figure = spanish["group-production_companies-count"]
    assert any(text.endswith("…") for text in texts(figure))
    assert figure.table
    assert figure.table.rows[0][0] == NASTY


def test_one_movie_draws_what_there_is_and_says_what_there_is_not() -> None:
    drawn = draw_figures(single(), "en")
    runtime, budget = drawn["distributions"]
    assert "role-mark" in runtime.svg
    assert (budget.svg, budget.point) == ("", "No data for this chart.")
    assert [bool(one.svg) for one in drawn["trends"]] == [False, True, False, False, False]
    assert drawn["changes"] == []
    assert "0.5" not in texts(drawn["calendar"][0])


@pytest.mark.parametrize(
    ("column", "unit", "title"),
    [
        ("runtime", "minutes", "Runtime (minutes)"),
        ("release_year", "year", "Release year"),
        ("popularity", "popularity, above 0", "Popularity, above 0"),
    ],
)
def test_units_are_said_once(column: str, unit: str, title: str) -> None:
    odd = msgspec.structs.replace(distribution(column), unit=Text(es=unit, en=unit))
    analysis = msgspec.structs.replace(single(), distributions=[odd])
    (figure,) = draw_figures(analysis, "en")["distributions"]
    assert title in texts(figure)


def test_outlier_rules_have_names() -> None:
    assert rule_name("es", "iqr_budget", "budget") == "Rango: Presupuesto"
    assert rule_name("en", "tiny_budget", "budget") == "Tiny budget"


def test_thin_decades_stand_in_the_table_only() -> None:
    first = full().decades[0]
    thin = msgspec.structs.replace(first, decade=1870, known=first.known | {"vote_average": 2})
    analysis = msgspec.structs.replace(full(), decades=[thin, *full().decades])
    rating = draw_figures(analysis, "en")["trends"][0]
    assert rating.point.startswith("From 6.5 in the 1980s")
    assert rating.note == "Decades with at least 30 known values are drawn."
    assert rating.table
    assert [row[0] for row in rating.table.rows] == [
        f"{year}\N{EN DASH}{year + 9}" for year in (1870, 1980, 1990)
    ]


def test_many_years_become_one_outline() -> None:
    years = [PeriodCount(period=1900 + n, count=n) for n in range(100)]
    calendar = msgspec.structs.replace(full().calendar, years=years)
    analysis = msgspec.structs.replace(single(), calendar=calendar)
    figure = draw_figures(analysis, "en")["calendar"][2]
    assert figure.svg.count("mark-area") == 1
    assert "mark-rect" not in figure.svg


def test_nothing_at_all_is_said_everywhere() -> None:
    nothing = Calendar(months=[], weekdays=[], years=[], decades=[])
    analysis = msgspec.structs.replace(
        single(), columns=[], distributions=[], calendar=nothing, decades=[], groups=[]
    )
    drawn = [one for section in draw_figures(analysis, "es").values() for one in section]
    assert {(one.svg, one.point) for one in drawn} == {("", "Sin datos para este gráfico.")}


def test_a_logarithm_never_meets_a_zero() -> None:
    bins = distribution("budget").bins  # from 0
    odd = msgspec.structs.replace(distribution("budget", "log"), bins=bins)
    analysis = msgspec.structs.replace(single(), distributions=[odd])
    (figure,) = draw_figures(analysis, "en")["distributions"]
    assert "Budget (minutes)" in texts(figure)


@pytest.mark.parametrize(
    ("value", "es", "en"),
    [
        (0, "0", "0"),
        (1234.5, "1234", "1,234"),
        (1_234_567, "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567", "1,234,567"),
        (12.345, "12,3", "12.3"),
        (5.5, "5,5", "5.5"),
        (0.01234, "0,0123", "0.0123"),
        (0.000001, "0,000001", "0.000001"),
        (-3.25, "\N{MINUS SIGN}3,25", "\N{MINUS SIGN}3.25"),
    ],
)
def test_numbers(value: float, es: str, en: str) -> None:
    assert (number("es", value), number("en", value)) == (es, en)


@pytest.mark.parametrize(
    ("value", "es", "en"),
    [
        (950, "950", "950"),
        (12_340, "12,3 mil", "12.3k"),
        (2_500_000, "2,5 M", "2.5M"),
        (2_787_965_087, "2788 M", "2.79B"),
    ],
)
def test_large_numbers_are_short(value: float, es: str, en: str) -> None:
    said = short("es", value).replace("\N{NO-BREAK SPACE}", " ")
    assert (said, short("en", value)) == (es, en)


def test_only_the_whole_is_a_hundred_per_cent() -> None:
    assert (percent("en", 0.99999), percent("en", 1)) == ("99.999%", "100%")
    assert percent("es", 0.256) == "26\N{NO-BREAK SPACE}%"


def test_years_and_moments() -> None:
    assert amount("es", "release_date", 1999.6) == "1999"
    when = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    assert moment("es", when) == "2 de enero de 2026, 03:04 UTC"
    assert moment("en", when) == "2 January 2026, 03:04 UTC"


def fields(sentence: str) -> list[Any]:
    return sorted(re.findall(r"{(\w+)}", sentence))


def pairs() -> Iterator[tuple[str, tuple[str, str]]]:
    yield from WORDS.items()


def test_both_languages_say_the_same_values() -> None:
    assert [key for key, (es, en) in pairs() if fields(es) != fields(en)] == []


def test_unknown_names_are_said_as_they_are() -> None:
    assert label("es", "column", "some_new_column") == "some new column"
    assert [say(lang, "fact.movies") for lang in LANGS] == ["Películas", "Films"]
