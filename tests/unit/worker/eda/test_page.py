"""The report page is one safe document per language that asks for nothing else."""

import re
from html.parser import HTMLParser

import msgspec
import pytest

from shared.contracts.eda import Finding, Text
from tests.unit.worker.eda.analyses import FACTS, NASTY, full, single
from worker.eda.page import render_pages
from worker.eda.words import TOPICS

VOID = {"meta", "link", "path", "line", "rect", "circle", "br", "stop"}
MEBIBYTE = 1 << 20


class Page(HTMLParser):
    """Tags with their attributes, and the texts between them; tags must be balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def documents() -> dict[str, str]:
    return {str(lang): html for lang, html in render_pages(full(), FACTS).items()}


@pytest.fixture(scope="module")
def pages(documents: dict[str, str]) -> dict[str, Page]:
    return {lang: Page(html) for lang, html in documents.items()}


@pytest.mark.parametrize("lang", ["es", "en"])
def test_document_is_whole_and_says_its_language(pages: dict[str, Page], lang: str) -> None:
    page = pages[lang]
    assert page.open == []
    assert page.all("html") == [{"lang": lang}]
    assert len(page.all("h1")) == len(page.all("title")) == len(page.all("main")) == 1
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )


def test_languages_link_to_each_other(pages: dict[str, Page]) -> None:
    for lang, other in (("es", "en"), ("en", "es")):
        links = {a["hreflang"]: a for a in pages[lang].all("a") if "hreflang" in a}
        assert links[other]["href"] == f"?lang={other}"
        assert [code for code, a in links.items() if "aria-current" in a] == [lang]


def test_nothing_is_fetched_or_run(documents: dict[str, str], pages: dict[str, Page]) -> None:
    for lang, html in documents.items():
        page = pages[lang]
        assert [a["href"] for a in page.all("link")] == ["data:,"]
        assert not any(page.all(tag) for tag in ("script", "img", "iframe", "object", "image"))
        assert not any("src" in a or "style" in a for _, a in page.tags)
        assert not any(name.startswith("on") for _, a in page.tags for name in a)
        assert not re.search(r"https?://|@import|@font-face|url\((?!#)", html)


def test_every_link_of_the_contents_has_its_section(pages: dict[str, Page]) -> None:
    for page in pages.values():
        ids = [a["id"] for _, a in page.tags if a.get("id")]
        assert len(ids) == len(set(ids))
        wanted = [f"#{topic}-section" for topic in TOPICS]
        assert [a["href"] for a in page.all("a") if "-section" in (a["href"] or "")] == wanted
        assert {link[1:] for link in wanted} <= set(ids)


def test_titles_are_text_and_never_markup(
    documents: dict[str, str], pages: dict[str, Page]
) -> None:
    for lang, html in documents.items():
        assert "<script" not in html
        assert NASTY in pages[lang].texts


def test_findings_stand_at_their_section(documents: dict[str, str]) -> None:
    overview, rest = documents["es"].split('id="completeness-section"')
    assert "<li>overview dice</li>" in overview
    assert "<li>unheard-of dice</li>" in overview
    assert "<li>calendar dice</li>" in rest.split('id="outliers-section"')[0]
    assert "calendar says" not in documents["es"]


def test_findings_without_a_section_of_their_own_have_a_home() -> None:
    said = [
        Finding(key=key, topic=topic, text=Text(es=f"{key} dice", en=""))
        for key, topic in (("losses", "money"), ("genre_pair", "groups"), ("busy", "groups"))
    ]
    html = render_pages(msgspec.structs.replace(single(), findings=said), FACTS)["es"]
    places = {
        key: html[: html.index(f"<li>{key} dice")].rpartition("-section")[0].rpartition('"')[2]
        for key in ("losses", "genre_pair", "busy")
    }
    assert places == {"losses": "distributions", "genre_pair": "genres", "busy": "groups"}


def test_key_figures_are_those_of_the_release(pages: dict[str, Page]) -> None:
    texts = pages["es"].texts
    for figure in ("5000", "1980\N{EN DASH}1999", "1576", "3"):
        assert figure in texts
    made = "Versión 7, creada el 4 de marzo de 2026, 05:06 UTC a partir de movies_dataset.csv, "
    assert f"{made}credits.csv." in texts


def test_every_figure_has_a_title_an_alt_text_and_its_data(pages: dict[str, Page]) -> None:
    for page in pages.values():
        charts = [a for a in page.all("svg") if a.get("class") == "chart"]
        assert len(charts) == len(page.all("figure")) == len(page.all("figcaption")) == 29
        assert all(a["role"] == "img" and a["aria-label"] and a["viewbox"] for a in charts)
        assert len(page.all("details")) >= len(charts)


def test_changes_name_movies_and_the_release_before(pages: dict[str, Page]) -> None:
    texts = pages["en"].texts
    assert "What changed against release 6." in texts
    assert "The 8 most voted of 20." in texts
    assert "In all: 1." in texts


def test_years_stand_once_in_tables_named_for_them() -> None:
    dated = msgspec.structs.replace(
        full().outliers[0], key="january_first", column="release_date", high=None
    )
    analysis = msgspec.structs.replace(single(), outliers=[dated])
    html = render_pages(analysis, FACTS)["en"]
    assert '<tr><td>Title 1</td><td class="n">1991</td></tr>' in html


def test_first_release_of_one_movie_has_a_page() -> None:
    page = Page(render_pages(single(), FACTS)["es"])
    said = "Es la primera versión: no hay otra anterior con la que comparar."
    assert said in page.texts
    assert "Sin datos para este gráfico." in page.texts
    assert page.open == []


def test_equal_input_gives_equal_bytes_of_modest_size(documents: dict[str, str]) -> None:
    assert render_pages(full(), FACTS) == documents
    assert max(len(html.encode()) for html in documents.values()) < MEBIBYTE // 4
