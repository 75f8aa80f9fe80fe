"""Asks a few routes again and again from a thread, and remembers every answer."""

import hashlib
import itertools
import json
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import urllib3

# A caller's patience; an answer that takes longer counts as status 0.
PATIENCE_S = 10.0


@dataclass(frozen=True)
class Seen:
    """One answer; `status` 0 means that none came. `at` is `time.monotonic()` of the request."""

    at: float
    route: str
    status: int
    seconds: float
    release: str
    digest: str
    code: str
    headers: dict[str, str]


class Prober:
    """Asks `routes` of `url` in turn; a context manager, or call `ask` yourself.

    `{n}` in a route is another number each time, from 1 to `numbers`: what was not asked before
    is in no cache.
    """

    def __init__(
        self, url: str, routes: Sequence[str], *, every_s: float = 0.05, numbers: int = 60
    ) -> None:
        self.seen: list[Seen] = []
        self._url = url
        self._routes = routes
        self._every_s = every_s
        self._numbers = itertools.cycle(range(1, numbers + 1))
        self._pool = urllib3.PoolManager(retries=False, timeout=PATIENCE_S)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join(2 * PATIENCE_S)
        self.close()

    def close(self) -> None:
        """Close the connections; for those who only `ask`."""
        self._pool.clear()

    def ask(self, route: str) -> Seen:
        """Ask once, and remember the answer."""
        began = time.monotonic()
        try:
            answer = self._pool.request("GET", self._url + route)
        except urllib3.exceptions.HTTPError as error:
            spent = time.monotonic() - began
            found = Seen(began, route, 0, spent, "", "", type(error).__name__, {})
        else:
            spent = time.monotonic() - began
            headers = {name.lower(): value for name, value in answer.headers.items()}
            digest = hashlib.sha256(answer.data).hexdigest()
            code = "" if answer.status < 400 else _code(answer.data)
            release = headers.get("x-butaca-release", "")
            found = Seen(began, route, answer.status, spent, release, digest, code, headers)
        self.seen.append(found)
        return found

    def since(self, moment: float) -> list[Seen]:
        """Answers to requests made after `moment`."""
        return [each for each in self.seen if each.at >= moment]

    def _run(self) -> None:
        while not self._over.is_set():
            for route in self._routes:
                number = next(self._numbers) if "{n}" in route else 0
                self.ask(route.replace("{n}", str(number)))
                if self._over.wait(self._every_s):
                    return


def failures(seen: Iterable[Seen]) -> list[Seen]:
    """Answers that are no success."""
    return [each for each in seen if each.status not in (200, 304)]


def percentile(seen: Iterable[Seen], share: float) -> float:
    """Seconds within which this share of the answers came."""
    times = sorted(each.seconds for each in seen)
    return times[min(len(times) - 1, int(share * len(times)))] if times else 0.0


def mixed(seen: Iterable[Seen]) -> list[tuple[str, str]]:
    """Routes and releases that had two different bodies under one release label."""
    bodies: dict[tuple[str, str], set[str]] = {}
    for each in seen:
        if each.status == 200 and each.release:
            bodies.setdefault((each.route, each.release), set()).add(each.digest)
    return [key for key, digests in bodies.items() if len(digests) > 1]


def _code(body: bytes) -> str:
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    return str(found.get("code", "")) if isinstance(found, dict) else ""
