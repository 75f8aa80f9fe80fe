"""Servers that do the least: what the benchmarks compare with, and how their processes start."""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, cast

import aiohttp
import msgspec
import urllib3
import uvloop
from litestar import Litestar, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from yarl import URL

from cli.processes import LOOPBACK, find_free_ports, server_command

START_S: Final = 300.0
ANSWERS: Final = "BENCH_ANSWERS"
UPSTREAM: Final = "BENCH_UPSTREAM"
LIVE: Final = "/health/live"
NOWHERE: Final = "redis://127.0.0.1:1/0"
_OK: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


class BareAnswer(msgspec.Struct, frozen=True):
    """What a bare route answers."""

    body: str
    media_type: str = "application/json"


class _Constant(asyncio.Protocol):
    """Answers whatever comes; requests are small enough to come in one piece."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:  # noqa: ARG002  # the protocol's
        self._transport.write(_OK)


def create_routes() -> Litestar:
    """A bare Litestar app: one route for each of the answers in the file `BENCH_ANSWERS`."""
    data = Path(os.environ[ANSWERS]).read_bytes()
    answers = msgspec.json.decode(data, type=dict[str, BareAnswer])
    return Litestar(
        [_route(path, answer) for path, answer in answers.items()], openapi_config=None
    )


def create_pass_through() -> Litestar:
    """A bare Litestar app that asks `BENCH_UPSTREAM` by aiohttp and hands on its bytes."""
    upstream = os.environ[UPSTREAM]
    sessions: list[aiohttp.ClientSession] = []

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            sessions.append(session)
            yield

    @get("/{rest:path}")
    async def pass_on(request: Request[Any, Any, Any]) -> Response[bytes]:
        target = request.scope["raw_path"] + b"?" + request.scope["query_string"]
        async with sessions[0].get(URL(upstream + target.decode(), encoded=True)) as answer:
            body = await answer.read()
            return Response(body, status_code=answer.status, media_type=answer.content_type)

    return Litestar([pass_on], lifespan=[lifespan], openapi_config=None)


@contextmanager
def constant_server() -> Generator[str]:
    """The least a server can do, for the ceiling of the load generator."""
    with module_process("tests.bench.bare", [], "/") as url:
        yield url


@contextmanager
def bare_routes(answers: Mapping[str, BareAnswer], folder: Path) -> Generator[str]:
    """Bare routes with these answers, on the server that the services use."""
    path = folder / "answers.json"
    path.write_bytes(msgspec.json.encode(answers))
    with _bare_process("create_routes", {ANSWERS: str(path)}, next(iter(answers))) as url:
        yield url


@contextmanager
def pass_through(upstream: str) -> Generator[str]:
    """A bare pass-through to a service, on the server that the services use."""
    with _bare_process("create_pass_through", {UPSTREAM: upstream}, LIVE) as url:
        yield url


@contextmanager
def gateway_without_cache(
    queries_url: str, recommender_url: str, redis_url: str = NOWHERE
) -> Generator[str]:
    """Another gateway to the same services that keeps no answer."""
    settings = {
        "BUTACA_GATEWAY_QUERIES_URL": queries_url,
        "BUTACA_GATEWAY_RECOMMENDER_URL": recommender_url,
        "BUTACA_GATEWAY_CACHE_BYTES": "0",
        "REDIS_URL": redis_url,
    }
    port = _free_port()
    with _process(server_command("gateway", LOOPBACK, port), settings, port, LIVE) as url:
        yield url


@contextmanager
def module_process(module: str, arguments: Sequence[str], probe: str) -> Generator[str]:
    """A module that takes `--port`, once it answers `probe`."""
    port = _free_port()
    command = [sys.executable, "-m", module, *arguments, "--port", str(port)]
    with _process(command, {}, port, probe) as url:
        yield url


@contextmanager
def _bare_process(factory: str, settings: Mapping[str, str], probe: str) -> Generator[str]:
    port = _free_port()
    command = [*server_command("gateway", LOOPBACK, port)[:-1], f"tests.bench.bare:{factory}"]
    with _process(command, settings, port, probe) as url:
        yield url


@contextmanager
def _process(
    command: Sequence[str], settings: Mapping[str, str], port: int, probe: str
) -> Generator[str]:
    environ = {**os.environ, "BUTACA_LOG_LEVEL": "CRITICAL", **settings}
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    url = f"http://{LOOPBACK}:{port}"
    try:
        _wait_until_answering(process, url + probe)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_answering(process: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if urllib3.request("GET", url, retries=False, timeout=5).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.2)
    raise TimeoutError(f"nothing answers at {url}")


def _free_port() -> int:
    return find_free_ports(1)[0]


def _route(path: str, answer: BareAnswer) -> HTTPRouteHandler:
    body = answer.body.encode()

    @get(path)
    async def ask() -> Response[bytes]:
        return Response(body, media_type=answer.media_type)

    return ask


async def _serve_constant(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Constant, LOOPBACK, port)
    await server.serve_forever()


def main() -> None:
    """Serve the constant answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    uvloop.run(_serve_constant(parser.parse_args().port))


if __name__ == "__main__":
    main()
