"""Gateways with keys and limits in a real Redis, on loopback ports."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared.api_keys import KeyStore
from shared.limits import LeaseStore
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import State, service, serving


@contextmanager
def keyed_gateway(redis_url: str, keys: RedisKeys, **settings: Any) -> Iterator[str]:  # noqa: ANN401
    """A gateway as `from_env` wires it, before a small service; give its address."""
    client, own = (connect(redis_url, timeout_s=0.4) for _ in range(2))
    with serving(service(State())) as upstream:
        made = GatewaySettings(
            **{"queries_url": upstream, "recommender_url": upstream, "poll_s": 0.05, **settings}
        )
        app = create_app(
            made,
            queue=JobQueue(client, keys),
            store=ReleaseStore(client, keys),
            keys=KeyStore(own, keys),
            leases=LeaseStore(own, keys),
        )
        with serving(app) as url:
            yield url
    client.close()
    own.close()
