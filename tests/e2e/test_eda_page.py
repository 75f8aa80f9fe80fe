"""The report page in a real browser: drawn, legible, within its width, and asking nobody."""

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from services.gateway.controllers.releases import PAGE_HEADERS
from tests.unit.worker.eda.analyses import FACTS, full, single
from worker.eda.page import render_pages

CHROMIUM = shutil.which("chromium")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LEGIBLE = 4.5  # WCAG AA for text of ordinary size
SMALLEST_PX = 10.0
Scheme = Literal["light", "dark"]
VIEWS: list[tuple[int, Scheme]] = [
    (360, "light"),
    (360, "dark"),
    (1440, "light"),
    (1440, "dark"),
]
pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium"),
]

# What the drawn charts look like to the browser; colours are painted to be read as sRGB.
MEASURE = """() => {
  const context = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return Array.from(context.getImageData(0, 0, 1, 1).data).slice(0, 3);
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, two) => {
    const [low, high] = [luminance(one), luminance(two)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const blend = (top, share, under) => under.map((u, at) => share * top[at] + (1 - share) * u);
  const paint = (mark) => {
    const {fill, stroke} = getComputedStyle(mark);
    return fill === 'none' ? stroke : fill;
  };
  const box = (node) => node.getBoundingClientRect();
  return Array.from(document.querySelectorAll('svg.chart')).map((svg) => {
    const card = rgb(getComputedStyle(svg.closest('figure')).backgroundColor);
    const marks = Array.from(svg.querySelectorAll('.role-mark :is(path, rect, line)'));
    const cells = marks.filter((mark) => mark.hasAttribute('fill-opacity'));
    const texts = Array.from(svg.querySelectorAll('text')).filter((text) => text.textContent);
    const under = (text) => {
      const [x, y] = [box(text).x + box(text).width / 2, box(text).y + box(text).height / 2];
      const cell = cells.find((one) => box(one).left <= x && x <= box(one).right
        && box(one).top <= y && y <= box(one).bottom);
      return cell === undefined ? card
        : blend(rgb(getComputedStyle(cell).fill), +cell.getAttribute('fill-opacity'), card);
    };
    const figure = box(svg.closest('figure'));
    return {
      key: svg.closest('figure').id,
      label: svg.getAttribute('aria-label'),
      title: svg.closest('figure').querySelector('h3').textContent,
      drawn: marks.filter((mark) => box(mark).width > 0 && box(mark).height > 0).length,
      seen: Math.min(...marks.map(
        (mark) => contrast(rgb(paint(mark)), card))),
      legible: Math.min(...texts.map(
        (text) => contrast(rgb(getComputedStyle(text).fill), under(text)))),
      smallest: Math.min(...texts.map((text) => parseFloat(text.getAttribute('font-size'))
        * box(svg).width / svg.viewBox.baseVal.width)),
      outside: texts.filter((text) => box(text).left < figure.left - 0.5
        || box(text).right > figure.right + 0.5).map((text) => text.textContent),
    };
  });
}"""


class Answer(BaseHTTPRequestHandler):
    """Serves the pages as the product does: the language is in the query."""

    pages: dict[str, bytes]

    def do_GET(self) -> None:
        """Answer with a page: of one movie under /single, else the full one."""
        address = urlsplit(self.path)
        lang = parse_qs(address.query).get("lang", ["es"])[0]
        body = self.pages[f"{address.path.strip('/')}.{lang}"]
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in PAGE_HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Stay silent."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    Answer.pages = {
        f"{name}.{lang}": html.encode()
        for name, analysis in (("full", full()), ("single", single()))
        for lang, html in render_pages(analysis, FACTS).items()
    }
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield chromium
        chromium.close()


class Visit:
    """An open page, and all that it asked for and complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def measure(self) -> list[dict[str, Any]]:
        charts: list[dict[str, Any]] = self.page.evaluate(MEASURE)
        return charts

    def overflow(self) -> int:
        """How much wider the document is than the window."""
        script = "() => document.documentElement.scrollWidth - window.innerWidth"
        return int(self.page.evaluate(script))


@pytest.fixture(params=VIEWS, ids=lambda view: f"{view[0]}-{view[1]}")
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    width, scheme = request.param
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield Visit(page)
    page.close()


@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_chart_is_drawn_and_legible(visit: Visit, address: str, lang: str) -> None:
    visit.page.goto(f"{address}/full?lang={lang}")
    charts = visit.measure()
    assert len(charts) == 29
    assert [chart["key"] for chart in charts if not chart["drawn"]] == []
    assert [chart["key"] for chart in charts if chart["legible"] < LEGIBLE] == []
    assert [chart["key"] for chart in charts if chart["smallest"] < SMALLEST_PX] == []
    assert {chart["key"]: chart["outside"] for chart in charts if chart["outside"]} == {}
    assert all(chart["label"].startswith(chart["title"] + ". ") for chart in charts)


def test_bars_stand_out_from_their_card(visit: Visit, address: str) -> None:
    visit.page.goto(f"{address}/full")
    bars = [one for one in visit.measure() if one["key"] not in {"correlation", "genres"}]
    assert [chart["key"] for chart in bars if chart["seen"] < 3] == []


@pytest.mark.parametrize("path", ["full?lang=es", "full?lang=en", "single?lang=es"])
def test_page_fits_its_window_with_all_tables_open(visit: Visit, address: str, path: str) -> None:
    visit.page.goto(f"{address}/{path}")
    assert visit.overflow() <= 0
    visit.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
    assert visit.overflow() <= 0


def test_page_asks_nobody_and_complains_of_nothing(visit: Visit, address: str) -> None:
    visit.page.goto(f"{address}/full?lang=en")
    visit.page.wait_for_load_state("networkidle")
    hosts = {urlsplit(url).netloc for url in visit.requests if not url.startswith("data:")}
    assert hosts == {urlsplit(address).netloc}
    assert visit.complaints == []


def test_reader_changes_language_and_finds_sections(visit: Visit, address: str) -> None:
    visit.page.goto(f"{address}/full")
    visit.page.get_by_role("link", name="English").click()
    assert visit.page.get_by_role("heading", level=1).inner_text() == "Catalogue analysis"
    contents = visit.page.get_by_role("navigation", name="Contents").get_by_role("link")
    titles = visit.page.locator("main > section > h2").all_inner_texts()
    assert contents.all_inner_texts() == titles
    contents.last.click()
    assert visit.page.url.endswith("#changes-section")


def test_data_of_a_chart_open_on_request(visit: Visit, address: str) -> None:
    visit.page.goto(f"{address}/full?lang=en")
    figure = visit.page.locator("#distribution-runtime")
    assert not figure.locator("table").is_visible()
    figure.locator("summary").click()
    assert figure.locator("tbody tr").count() == 6
    assert figure.locator("table").is_visible()


def test_paper_is_white_and_cuts_no_figure(visit: Visit, address: str) -> None:
    visit.page.goto(f"{address}/full")
    visit.page.emulate_media(media="print")
    style = (
        "(node) => [getComputedStyle(node).backgroundColor, getComputedStyle(node).breakInside]"
    )
    assert visit.page.locator("figure").first.evaluate(style) == ["rgb(255, 255, 255)", "avoid"]
    assert [chart["key"] for chart in visit.measure() if chart["legible"] < LEGIBLE] == []
    assert not visit.page.locator("details").first.is_visible()
