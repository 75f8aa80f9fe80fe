"""What the client's tests ask for: a scripted server, and the gateway's OpenAPI document."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from clients.python.tests.server import Scripted, scripted
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.conftest import redis_client, redis_keys, redis_url

__all__ = ["redis_client", "redis_keys", "redis_url"]
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted() as script:
        yield script


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The document as the gateway itself serves it; it needs no Redis and no service for that."""
    client, keys = connect(NOWHERE, timeout_s=0.1), RedisKeys("none")
    app: Any = create_app(
        GatewaySettings(), queue=JobQueue(client, keys), store=ReleaseStore(client, keys)
    )

    async def ask() -> bytes:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
            answer = await http.get("/schema/openapi.json")
            assert answer.status_code == 200, answer.text
            return answer.content

    found: dict[str, Any] = json.loads(asyncio.run(ask()))
    client.close()
    return found
