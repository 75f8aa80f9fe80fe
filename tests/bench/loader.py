"""Closed-loop HTTP load: so many connections, each asking again as soon as it is answered.

Runs in a process of its own, over bare sockets, so that what it measures is the server. Answers
must say their length; whatever is not answered as wanted is counted as failed.
"""

import asyncio
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Annotated, Final, cast
from urllib.parse import urlsplit

import msgspec
import uvloop

HEAD_END: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length:"
HIT: Final = b"x-butaca-cache: hit"
PARTIAL: Final = b"x-butaca-missing:"
GRACE_S: Final = 30.0
Positive = Annotated[int, msgspec.Meta(ge=1)]


class Ask(msgspec.Struct, frozen=True):
    """One request: a POST where it has a body; `label` names the row its figures go to."""

    label: str
    path: str
    body: str | None = None
    accepted: tuple[int, ...] = (200,)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests to send where: in turn for `seconds`, or each once where that is 0."""

    url: str
    asks: list[Ask]
    connections: Positive
    seconds: float = 0.0
    keep_bodies: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one label.

    `hits` are the answers that say they come from a cache, `partial` those of a part of the
    services that should have been asked.
    """

    requests: int
    failed: int
    hits: int
    partial: int
    p50_ms: float
    p99_ms: float


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: figures by label, why requests failed, bodies by path where wanted."""

    seconds: float
    rows: dict[str, Row]
    failures: dict[str, int]
    bodies: dict[str, str]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return sum(row.requests for row in self.rows.values()) / self.seconds

    @property
    def failed(self) -> int:
        """Requests that were not answered as wanted."""
        return sum(row.failed for row in self.rows.values())

    @property
    def hit_share(self) -> float:
        """Answers from a cache, of all."""
        requests = sum(row.requests for row in self.rows.values())
        return sum(row.hits for row in self.rows.values()) / requests


def run(plan: Plan) -> Outcome:
    """Carry out a plan in another process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.loader"],
        input=msgspec.json.encode(plan),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Outcome)


class _Run:
    """What the connections of one plan share."""

    def __init__(self, plan: Plan) -> None:
        self.host = urlsplit(plan.url).netloc
        self.keep_bodies = plan.keep_bodies
        prepared = [(ask, _encode(ask, self.host)) for ask in plan.asks]
        self._queue: Iterator[tuple[Ask, bytes]] = (
            cycle(prepared) if plan.seconds else iter(prepared)
        )
        self._began = time.perf_counter()
        self._until = self._began + plan.seconds if plan.seconds else float("inf")
        self._last = self._began
        self._took: defaultdict[str, list[float]] = defaultdict(list)
        self._failed: defaultdict[str, int] = defaultdict(int)
        self._hits: defaultdict[str, int] = defaultdict(int)
        self._partial: defaultdict[str, int] = defaultdict(int)
        self._failures: defaultdict[str, int] = defaultdict(int)
        self._samples: dict[str, str] = {}
        self._bodies: dict[str, str] = {}

    def take(self) -> tuple[Ask, bytes] | None:
        """The next request; none when it is over."""
        return next(self._queue, None) if time.perf_counter() < self._until else None

    def count(self, ask: Ask, began: float, head: bytes, body: bytes) -> None:
        """Note an answer."""
        self._last = time.perf_counter()
        self._took[ask.label].append(self._last - began)
        self._hits[ask.label] += HIT in head
        self._partial[ask.label] += PARTIAL in head
        status = int(head[9:12])
        if status not in ask.accepted:
            self._fail(ask, str(status))
        if self.keep_bodies and status in ask.accepted:
            self._bodies[ask.path] = body.decode()

    def lose(self, ask: Ask, began: float) -> None:
        """Note a request whose connection ended first."""
        self._took[ask.label].append(time.perf_counter() - began)
        self._fail(ask, "no answer")

    def outcome(self) -> Outcome:
        """Sum it up."""
        return Outcome(
            seconds=self._last - self._began,
            rows={label: self._row(label, sorted(took)) for label, took in self._took.items()},
            failures={
                f"{why}, such as {self._samples[why]}": count
                for why, count in self._failures.items()
            },
            bodies=self._bodies,
        )

    def _fail(self, ask: Ask, why: str) -> None:
        self._failed[ask.label] += 1
        reason = f"{ask.label}: {why}"
        self._failures[reason] += 1
        self._samples.setdefault(reason, ask.path)

    def _row(self, label: str, took: Sequence[float]) -> Row:
        return Row(
            requests=len(took),
            failed=self._failed[label],
            hits=self._hits[label],
            partial=self._partial[label],
            p50_ms=1000 * took[len(took) // 2],
            p99_ms=1000 * took[int(len(took) * 0.99)],
        )


class _Connection(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._buffer = b""
        self._ask: Ask | None = None
        self._began = 0.0
        self.is_over = False
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        end = buffer.find(HEAD_END)
        head = buffer[:end].lower() if end >= 0 else b""
        if head and LENGTH not in head:
            self._transport.abort()
            return
        start = end + len(HEAD_END)
        if not head or len(buffer) < start + _length(head):
            self._buffer = buffer
            return
        self._buffer, ask, self._ask = b"", self._ask, None
        if ask is not None:
            self._run.count(ask, self._began, head, buffer[start:])
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the protocol's
        if self._ask is not None:
            self._run.lose(self._ask, self._began)
        self.closed.set_result(None)

    def _send(self) -> None:
        taken = self._run.take()
        if taken is None:
            self.is_over = True
            self._transport.close()
            return
        self._ask, raw = taken
        self._began = time.perf_counter()
        self._transport.write(raw)


async def _carry_out(plan: Plan) -> Outcome:
    run = _Run(plan)
    limit_s = plan.seconds + GRACE_S if plan.seconds else None
    async with asyncio.timeout(limit_s):
        await asyncio.gather(*(_keep_asking(run) for _ in range(plan.connections)))
    return run.outcome()


async def _keep_asking(run: _Run) -> None:
    """Open a connection, and another one where it ends too early."""
    host, _, port = run.host.partition(":")
    while True:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: _Connection(run), host, int(port))
        await connection.closed
        if connection.is_over:
            return


def _encode(ask: Ask, host: str) -> bytes:
    head = f"{'GET' if ask.body is None else 'POST'} {ask.path} HTTP/1.1\r\nHost: {host}\r\n"
    body = (ask.body or "").encode()
    if ask.body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


def _length(head: bytes) -> int:
    """Bytes of the body, by the lower-cased head of an answer."""
    return int(head.partition(LENGTH)[2].partition(b"\r\n")[0])


def main() -> None:
    """Read a plan from the input and write its outcome to the output."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    outcome = uvloop.run(_carry_out(plan))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


if __name__ == "__main__":
    main()
