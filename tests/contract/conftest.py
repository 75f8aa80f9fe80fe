"""A gateway on a loopback port, in front of a small real service and a real Redis."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
import redis

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared.contracts.releases import ReleaseRef
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import State, service, serving

KEY = "una-clave-larga"


@dataclass
class Gateway:
    """Where the gateway listens and what stands behind it."""

    url: str
    client: redis.Redis
    keys: RedisKeys
    upstream_url: str
    state: State = field(default_factory=State)

    def point_at(self, number: int, letter: str) -> str:
        """Move the live pointer; return the label of the release."""
        ref = ReleaseRef(number=number, manifest_sha256=letter * 64)
        self.client.set(self.keys.live_release(), msgspec.json.encode(ref))
        return ref.label


@pytest.fixture
def admin_key_file(tmp_path: Path) -> Path:
    file = tmp_path / "admin.key"
    file.write_text(f"{KEY}\n")
    return file


@pytest.fixture
def gateway(
    redis_client: redis.Redis, redis_url: str, redis_keys: RedisKeys, admin_key_file: Path
) -> Iterator[Gateway]:
    with gateway_over(redis_url, redis_client, redis_keys, admin_key_file) as running:
        yield running


@pytest.fixture(scope="module")
def still_gateway(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One gateway for all tests of a module that change nothing of it."""
    key_file = tmp_path_factory.mktemp("keys") / "admin.key"
    key_file.write_text(KEY)
    client = connect(redis_url)
    keys = RedisKeys(f"test-{uuid.uuid4().hex}")
    with gateway_over(redis_url, client, keys, key_file) as running:
        yield running
    client.close()


@contextmanager
def gateway_over(
    redis_url: str, client: redis.Redis, keys: RedisKeys, admin_key_file: Path
) -> Iterator[Gateway]:
    """Run a gateway in front of one small service."""
    state = State()
    own = connect(redis_url, timeout_s=0.4)
    with serving(service(state)) as upstream:
        settings = GatewaySettings(
            queries_url=upstream,
            recommender_url=upstream,
            deadline_s=2.0,
            poll_s=0.05,
            admin_key_file=admin_key_file,
        )
        app = create_app(settings, queue=JobQueue(own, keys), store=ReleaseStore(own, keys))
        with serving(app) as url:
            yield Gateway(url, client, keys, upstream, state)
    own.close()
