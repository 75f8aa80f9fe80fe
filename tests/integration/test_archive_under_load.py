"""What queries reads from Redis never stands in the way of what it answers from memory."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.queries.app import create_app
from services.queries.aside import MAX_WAITING
from services.queries.settings import QueriesSettings
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import serving
from tests.factories import artifacts_of, publish_release, small_catalogue

HUNG_S = 4.0
# More than the event loop has threads of its own.
CALLERS = MAX_WAITING + 24


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=512)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_a_hung_redis_holds_up_reports_alone(
    redis_client: redis.Redis, redis_url: str, redis_keys: RedisKeys, silent: str
) -> None:
    artifacts = artifacts_of(*small_catalogue(["Amélie"], movies=20))
    publish_release(ReleaseStore(redis_client, redis_keys), artifacts)
    client = connect(redis_url, timeout_s=HUNG_S)
    hung = redis.Redis.from_url(silent, socket_timeout=HUNG_S, retry=Retry(NoBackoff(), 0))
    app = create_app(QueriesSettings(poll_s=0.05), ReleaseStore(client, redis_keys))
    with serving(app) as url, ThreadPoolExecutor(CALLERS) as callers:
        until = time.monotonic() + 30
        while httpx.get(f"{url}/v1/suggest?q=am").status_code != 200:
            assert time.monotonic() < until
            time.sleep(0.05)
        client.connection_pool = hung.connection_pool
        asked = [
            callers.submit(httpx.get, f"{url}/v1/releases/1/report", timeout=120)
            for _ in range(CALLERS)
        ]
        time.sleep(0.5)
        began = time.monotonic()
        assert httpx.get(f"{url}/v1/suggest?q=am", timeout=30).status_code == 200
        assert time.monotonic() - began < HUNG_S
        codes = [answer.result().json()["code"] for answer in asked]
    assert set(codes) == {"store_unavailable", "overloaded"}
    assert codes.count("store_unavailable") >= MAX_WAITING
    hung.close()
