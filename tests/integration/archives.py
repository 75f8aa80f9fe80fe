"""A gateway before queries over two small releases, one of them live."""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.queries.app import create_app as create_queries
from services.queries.settings import QueriesSettings
from shared.contracts.releases import ReleaseRef
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import serving
from tests.factories import artifacts_of, publish_release, small_catalogue
from tests.small_releases import empty

KEY = "una-clave-larga"
KEYED = {"X-API-Key": KEY}
BASE = "/v1/releases"
QUESTIONS = ("/v1/movies?limit=5", "/score_titulo/Movie%204", "/v1/movies/3", "/v1/eda")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "admin.key"
    file.write_text(KEY)
    return file


@contextmanager
def gateway(redis_url: str, keys: RedisKeys, key_file: Path) -> Generator[str]:
    """A gateway in front of queries; of the recommender nothing is asked."""
    own = connect(redis_url)
    queries = create_queries(QueriesSettings(poll_s=0.05), ReleaseStore(connect(redis_url), keys))
    with serving(queries) as upstream:
        settings = GatewaySettings(
            queries_url=upstream,
            recommender_url=upstream,
            admin_key_file=key_file,
            poll_s=0.05,
            import_max_bytes=5_000_000,
        )
        queue = JobQueue(own, keys)
        with serving(create_app(settings, queue=queue, store=ReleaseStore(own, keys))) as up:
            yield up
    own.close()


@pytest.fixture
def url(redis_url: str, redis_keys: RedisKeys, key_file: Path) -> Iterator[str]:
    with gateway(redis_url, redis_keys, key_file) as up:
        yield up


@pytest.fixture
def elsewhere(redis_keys: RedisKeys, store: ReleaseStore) -> Iterator[RedisKeys]:
    """Another deployment on the same server."""
    keys = RedisKeys(f"{redis_keys.namespace}-elsewhere")
    yield keys
    empty(ReleaseStore(store.client, keys))


@pytest.fixture(scope="module")
def artifacts() -> dict[str, bytes]:
    return artifacts_of(*small_catalogue(movies=12))


@pytest.fixture(scope="module")
def newer() -> dict[str, bytes]:
    return artifacts_of(*small_catalogue(["Alien"], movies=14))


@pytest.fixture
def two(
    store: ReleaseStore, artifacts: dict[str, bytes], newer: dict[str, bytes]
) -> tuple[ReleaseRef, ReleaseRef]:
    """Two releases, the second one live."""
    return publish_release(store, artifacts), publish_release(store, newer)


def wait_until_served(url: str, ref: ReleaseRef) -> None:
    for _ in range(200):
        if httpx.get(f"{url}/v1/eda").headers.get("x-butaca-release") == ref.label:
            return
        time.sleep(0.05)
    raise AssertionError(ref.label)


def answers(url: str) -> list[tuple[str, str | None, bytes]]:
    found = [httpx.get(f"{url}{path}") for path in QUESTIONS]
    assert [each.status_code for each in found] == [200] * len(QUESTIONS)
    return [
        (each.headers["x-butaca-release"], each.headers.get("etag"), each.content)
        for each in found
    ]


def ask(url: str, method: str, path: str, content: bytes | None = None) -> httpx.Response:
    target = f"{url}{BASE}{path}"
    return httpx.request(method, target, headers=KEYED, timeout=30, content=content)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
