"""Large bodies on their way through the gateway."""

import asyncio

import aiohttp
import pytest
from litestar import Litestar, Response, get
from litestar.params import FromPath

from services.gateway.cache import ResponseCache
from services.gateway.clients import ServiceClient
from services.gateway.forwarding import Forwarder
from shared.errors import ReleaseNotFoundError, UpstreamTimeoutError, UpstreamUnavailableError
from shared.http.problems import EXCEPTION_HANDLERS
from tests.contract.upstreams import free_port, serving

BODY = b"x" * 8_000_000


def tables() -> Litestar:
    """A service with one large table, one that is slow and one that is not there."""

    @get("/large")
    async def large() -> Response[bytes]:
        return Response(BODY, media_type="text/csv", headers={"X-Butaca-Release": "1-a"})

    @get("/slow")
    async def slow() -> Response[bytes]:
        await asyncio.sleep(2)
        return Response(BODY)

    @get("/gone")
    async def gone() -> Response[bytes]:
        raise ReleaseNotFoundError("Release 7 is not stored.")

    return Litestar(
        [large, slow, gone],
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
        logging_config=None,
    )


def gateway(url: str, clients: list[ServiceClient]) -> Litestar:
    """A gateway that passes everything on."""
    client = ServiceClient("queries", url, deadline_s=5, health_deadline_s=1)
    forwarder = Forwarder(client, ResponseCache(0))
    clients.append(client)

    @get("/{name:str}")
    async def pass_on(name: FromPath[str]) -> Response[bytes]:
        # Only what is slow on purpose may run into its deadline, on a busy machine too.
        return forwarder.download(f"/{name}", "table.csv", 0.5 if name == "slow" else 10)

    return Litestar(
        [pass_on],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[lambda _: client],
        openapi_config=None,
        logging_config=None,
    )


def held(client: ServiceClient) -> int:
    """Connections to the service that are in use."""
    assert client._session is not None
    assert isinstance(client._session.connector, aiohttp.TCPConnector)
    return len(client._session.connector._acquired)


async def test_a_body_is_passed_on_whole_with_a_name_to_save_it_under() -> None:
    clients: list[ServiceClient] = []
    with serving(tables()) as upstream, serving(gateway(upstream, clients)) as url:
        async with aiohttp.ClientSession() as session, session.get(f"{url}/large") as answer:
            assert await answer.read() == BODY
            assert answer.headers["Content-Disposition"] == 'attachment; filename="table.csv"'
            assert answer.headers["X-Butaca-Release"] == "1-a"
            assert answer.headers["Content-Type"].startswith("text/csv")
        assert held(clients[0]) == 0


async def test_what_the_service_refuses_is_refused() -> None:
    clients: list[ServiceClient] = []
    with serving(tables()) as upstream, serving(gateway(upstream, clients)) as url:
        async with aiohttp.ClientSession() as session:
            for path, status in (("gone", 404), ("slow", 504)):
                async with session.get(f"{url}/{path}") as answer:
                    assert answer.status == status
        await released(clients[0])


async def released(client: ServiceClient) -> None:
    """Wait until no connection is in use."""
    for _ in range(100):
        if held(client) == 0:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(held(client))


@pytest.mark.parametrize("read_bytes", [0, 100_000])
async def test_a_caller_who_leaves_costs_no_connection(read_bytes: int) -> None:
    clients: list[ServiceClient] = []
    with serving(tables()) as upstream, serving(gateway(upstream, clients)) as url:
        host, port = url.removeprefix("http://").split(":")
        for _ in range(20):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            await writer.drain()
            if read_bytes:
                await reader.readexactly(read_bytes)
            writer.close()
        await released(clients[0])


async def test_a_service_that_is_away_or_slow_is_named() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    async with ServiceClient("queries", nowhere, deadline_s=1, health_deadline_s=1) as client:
        with pytest.raises(UpstreamUnavailableError):
            async with client.download("/large", 0.5):
                pass
    with serving(tables()) as url:
        async with ServiceClient("queries", url, deadline_s=1, health_deadline_s=1) as client:
            with pytest.raises(UpstreamTimeoutError):
                async with client.download("/slow", 0.1):
                    pass
            assert held(client) == 0


async def test_a_refusal_that_does_not_arrive_whole_is_too_slow() -> None:
    left = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n{")
        await reader.read()
        writer.close()
        left.set()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    url = f"http://{host}:{port}"
    async with ServiceClient("queries", url, deadline_s=1, health_deadline_s=1) as client:
        with pytest.raises(UpstreamTimeoutError):
            async with asyncio.timeout(10), client.download("/gone", 0.2):
                pass
        await asyncio.wait_for(left.wait(), 10)
        assert held(client) == 0
    server.close()
