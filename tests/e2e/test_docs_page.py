"""The page of the API in a real browser: it draws the routes and asks nobody else."""

import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import free_port, serving
from tests.e2e.test_eda_page import SWITCHES

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    client, keys = connect(f"redis://127.0.0.1:{free_port()}/0"), RedisKeys("test")
    app = create_app(
        GatewaySettings(), queue=JobQueue(client, keys), store=ReleaseStore(client, keys)
    )
    with serving(app) as url:
        yield url
    client.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield chromium
        chromium.close()


class Visit:
    """The open page, and all that it asked for and complained about."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{address}/docs")
        page.locator(".opblock").first.wait_for()
        page.wait_for_load_state("networkidle")


@pytest.fixture(params=[360, 1440])
def visit(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    page = browser.new_page(viewport={"width": request.param, "height": 900})
    yield Visit(page, address)
    page.close()


def test_every_route_is_drawn_under_its_tag(visit: Visit) -> None:
    script = """async () => {
      const paths = (await (await fetch('/schema/openapi.json')).json()).paths;
      return Object.values(paths).flatMap((item) => Object.keys(item)).length;
    }"""
    assert visit.page.locator(".opblock").count() == visit.page.evaluate(script)
    tags = visit.page.locator(".opblock-tag").all_inner_texts()
    assert any(tag.startswith("preguntas") for tag in tags)
    assert visit.complaints == []


def test_a_route_opens_and_shows_parameters_and_bounds(visit: Visit) -> None:
    route = visit.page.locator("#operations-movies-movies_similar")
    route.locator("button.opblock-summary-control").click()
    limit = route.locator('tr[data-param-name="limit"]')
    limit.wait_for()
    assert "How many to answer at most." in limit.inner_text()
    assert "50" in limit.inner_text()
    assert visit.complaints == []


def test_the_page_asks_nobody_else(visit: Visit, address: str) -> None:
    hosts = {urlsplit(url).netloc for url in visit.requests if not url.startswith("data:")}
    assert hosts == {urlsplit(address).netloc}
    paths = {urlsplit(url).path for url in visit.requests if not url.startswith("data:")}
    assert paths == {
        "/docs",
        "/docs/start.js",
        "/docs/swagger-ui-bundle.js",
        "/docs/swagger-ui.css",
        "/schema/openapi.json",
    }
