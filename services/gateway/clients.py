"""HTTP to the services behind the gateway: bytes in, bytes or the same error out."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple, Self

import aiohttp
import msgspec
from prometheus_client import CollectorRegistry
from yarl import URL

from services.gateway.calls import CallMetrics, Calls
from shared.contracts.releases import HealthReport
from shared.decoding import decode_json
from shared.errors import AppError, UpstreamTimeoutError, UpstreamUnavailableError
from shared.http.app import RELEASE_HEADER
from shared.http.degraded import HEADER as DEGRADED_HEADER
from shared.http.degraded import split_words
from shared.http.health import NOT_READY, READY
from shared.http.request_id import HEADER as REQUEST_ID_HEADER
from shared.http.request_id import current_request_id
from shared.tracing import carrier

CONNECTIONS = 128
# A service restarted since the last request leaves a broken keep-alive connection behind.
TRIES = 2
PIECE_BYTES = 256 * 1024
_OWN_FAULT = 500
# A service that answered lately and is now only slow is taken at its last word: on a busy machine
# one late report is no reason to send requests elsewhere. Longer than two polls and a deadline.
PATIENCE_S = 6.0
# Members that the gateway writes anew into the problem document it answers.
STANDARD_MEMBERS = frozenset({"type", "title", "status", "detail", "code", "request_id"})


class Answer(NamedTuple):
    """A 200 of a service; `headers` are the `X-Butaca-*` ones."""

    body: bytes
    media_type: str
    release: str | None
    headers: dict[str, str]


class Download(NamedTuple):
    """A 200 whose body is still to come."""

    pieces: AsyncIterator[bytes]
    media_type: str
    headers: dict[str, str]


class ServiceClient:
    """Keep-alive connections to one service; open it for the life of the app."""

    def __init__(
        self,
        name: str,
        url: str,
        *,
        deadline_s: float,
        health_deadline_s: float,
        calls: Calls | None = None,
    ) -> None:
        """Remember where the service is; nothing is opened yet.

        `calls` counts all but the questions about health.
        """
        self.name = name
        self._calls = calls or CallMetrics(CollectorRegistry()).of(name)
        self._url = url.rstrip("/")
        self._deadline_s = deadline_s
        self._health_deadline_s = health_deadline_s
        self._session: aiohttp.ClientSession | None = None
        self._last_report: tuple[HealthReport, float] | None = None
        self._degraded: tuple[str, ...] = ()
        self._is_ready = True

    @property
    def degraded(self) -> tuple[str, ...]:
        """What the service lacked at its latest answer, in words; its name while it is missing."""
        return self._degraded if self._is_ready else (self.name, *self._degraded)

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(
        self, target: str, body: bytes | None = None, deadline_s: float | None = None
    ) -> Answer:
        """Ask for `target`, a path and query that are encoded already; POST where it has a body.

        `deadline_s` replaces the usual one.

        Raises:
            UpstreamTimeoutError: no whole answer before the deadline.
            UpstreamUnavailableError: no connection, or something that is no answer.
            AppError: whatever the service reported.
        """
        with self._calls.measured():
            status, headers, answer = await self._fetch(
                target, deadline_s or self._deadline_s, body
            )
        if status == 200:  # noqa: PLR2004  # OK
            return Answer(
                answer, _media_type(headers), headers.get(RELEASE_HEADER), _passed(headers)
            )
        raise self._refusal(status, answer)

    @asynccontextmanager
    async def download(self, target: str, deadline_s: float) -> AsyncGenerator[Download]:
        """Ask for a large body, which is passed on piece by piece within the block.

        `deadline_s` bounds the wait for the first byte, and again each wait after that.

        Raises:
            UpstreamTimeoutError: nothing came before the deadline.
            UpstreamUnavailableError: no connection, or something that is no answer.
            AppError: whatever the service reported.
        """
        with self._calls.measured():
            response = await self._start(target, deadline_s)
        async with response:
            if response.status != 200:  # noqa: PLR2004  # OK
                async with self._in_time(deadline_s):
                    said = await response.read()
                raise self._refusal(response.status, said)
            headers = response.headers
            yield Download(_pieces(response, deadline_s), _media_type(headers), _passed(headers))

    async def health(self) -> HealthReport:
        """Return what the service says of itself; never raises."""
        report = await self._ask_health()
        self._is_ready = report.status == READY
        return report

    async def _ask_health(self) -> HealthReport:
        try:
            _, _, body = await self._fetch("/health/ready", self._health_deadline_s)
            report = decode_json(body, HealthReport)
        except UpstreamTimeoutError:
            return self._late_report("it does not answer in time")
        except UpstreamUnavailableError:
            self._degraded = ()
            return HealthReport(status=NOT_READY, reasons=["it cannot be reached"])
        except msgspec.DecodeError:
            return HealthReport(status=NOT_READY, reasons=["its health report is unreadable"])
        self._last_report = report, time.monotonic()
        return report

    def _late_report(self, reason: str) -> HealthReport:
        """The last report with a reason more, while it is young enough."""
        if self._last_report is not None:
            report, when = self._last_report
            if time.monotonic() - when < PATIENCE_S:
                return msgspec.structs.replace(report, reasons=[*report.reasons, reason])
        self._degraded = ()
        return HealthReport(status=NOT_READY, reasons=[reason])

    def _refusal(self, status: int, body: bytes) -> AppError:
        """What the service reported."""
        if status >= _OWN_FAULT:
            self._calls.fail("error")
        return error_from_problem(self.name, body)

    async def _start(self, target: str, deadline_s: float) -> aiohttp.ClientResponse:
        """Send the request of a download, and wait for its headers."""
        async with self._in_time(deadline_s):
            return await self._open(URL(self._url + target, encoded=True))

    async def _fetch(self, target: str, deadline_s: float, body: bytes | None = None) -> "Fetched":
        url = URL(self._url + target, encoded=True)
        async with self._in_time(deadline_s), await self._open(url, body) as response:
            return Fetched(response.status, response.headers, await response.read())

    @asynccontextmanager
    async def _in_time(self, deadline_s: float) -> AsyncGenerator[None]:
        """Let the block end before the deadline, and say whose fault it is if it does not."""
        try:
            async with asyncio.timeout(deadline_s):
                yield
        except TimeoutError as error:
            raise UpstreamTimeoutError(service=self.name) from error
        except aiohttp.ClientError as error:
            raise UpstreamUnavailableError(service=self.name) from error

    async def _open(self, url: URL, body: bytes | None = None) -> aiohttp.ClientResponse:
        """Send the request, again where a kept connection turns out to be broken."""
        for _ in range(TRIES - 1):
            try:
                return await self._request(url, body)
            except aiohttp.ClientConnectorError:
                raise
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                continue
        return await self._request(url, body)

    async def _request(self, url: URL, body: bytes | None) -> aiohttp.ClientResponse:
        response = await self._send(url, body)
        self._degraded = split_words(response.headers.get(DEGRADED_HEADER, ""))
        return response

    async def _send(self, url: URL, body: bytes | None) -> aiohttp.ClientResponse:
        if self._session is None:
            raise UpstreamUnavailableError(service=self.name)
        headers = {REQUEST_ID_HEADER: current_request_id(), **carrier()}
        if body is None:
            return await self._session.get(url, headers=headers, allow_redirects=False)
        headers["Content-Type"] = "application/json"
        return await self._session.post(url, data=body, headers=headers, allow_redirects=False)


class Fetched(NamedTuple):
    """Any answer of a service."""

    status: int
    headers: Mapping[str, str]  # whatever their case
    body: bytes


def error_from_problem(service: str, body: bytes) -> AppError:
    """Turn a problem document back into the error it was made from."""
    try:
        problem = decode_json(body, dict[str, object])
    except msgspec.DecodeError:
        return UpstreamUnavailableError(service=service)
    kind = ERRORS.get(str(problem.get("code")))
    if kind is None:
        return UpstreamUnavailableError(service=service)
    error = kind(str(problem.get("detail", "")))
    error.details = {k: v for k, v in problem.items() if k not in STANDARD_MEMBERS}
    return error


def _media_type(headers: Mapping[str, str]) -> str:
    """The media type alone: the framework adds the charset again."""
    return headers.get("Content-Type", "application/json").partition(";")[0]


def _passed(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that belong to the answer; what the service lacks is of the moment."""
    return {
        name: value
        for name, value in headers.items()
        if name.lower().startswith("x-butaca-") and name.lower() != DEGRADED_HEADER.lower()
    }


async def _pieces(response: aiohttp.ClientResponse, deadline_s: float) -> AsyncIterator[bytes]:
    """The body as it comes."""
    while True:
        async with asyncio.timeout(deadline_s):
            piece = await response.content.read(PIECE_BYTES)
        if not piece:
            return
        yield piece


def _descendants(kind: type[AppError]) -> Iterator[type[AppError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _descendants(child)


# A service's own bare 500 stays a 500 here.
ERRORS = {kind.code: kind for kind in _descendants(AppError)}
