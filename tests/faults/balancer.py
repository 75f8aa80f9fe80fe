"""Callers of several gateways, as a balancer sends them: what was not taken is sent elsewhere."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from http.client import RemoteDisconnected
from types import TracebackType
from typing import Self

import urllib3

PATIENCE = urllib3.Timeout(10.0)


class Balancer:
    """`callers` threads that ask `urls` in turn over kept connections, until it is left.

    A connection that is refused, or that ends before the first byte of an answer, is tried at the
    next address, as balancers do with requests that change nothing. `outcomes` counts statuses,
    and `broken` where an answer ended half-way or nobody took the request.
    """

    def __init__(self, urls: Sequence[str], path: Callable[[], str], *, callers: int = 8) -> None:
        self.outcomes: Counter[str] = Counter()
        self.retried: Counter[str] = Counter()
        self._urls = list(urls)
        self._path = path
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(callers)]

    @property
    def broken(self) -> int:
        """Requests that got no whole answer."""
        return self.outcomes["broken"]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(20)

    def _run(self) -> None:
        pool = urllib3.PoolManager(retries=False, timeout=PATIENCE)
        turn = 0
        while not self._over.is_set():
            with self._lock:
                path = self._path()
            outcome = self._ask(pool, path, turn)
            with self._lock:
                self.outcomes[outcome] += 1
            turn += 1
            time.sleep(0.005)
        pool.clear()

    def _ask(self, pool: urllib3.PoolManager, path: str, turn: int) -> str:
        for attempt in range(len(self._urls)):
            url = self._urls[(turn + attempt) % len(self._urls)]
            try:
                return str(pool.request("GET", url + path).status)
            except urllib3.exceptions.NewConnectionError:
                why = "refused"
            except urllib3.exceptions.ProtocolError as error:
                if not _is_before_any_byte(error):
                    return "broken"
                why = "closed before an answer"
            except urllib3.exceptions.HTTPError:
                return "broken"
            with self._lock:
                self.retried[why] += 1
        return "broken"


def _is_before_any_byte(error: urllib3.exceptions.ProtocolError) -> bool:
    cause = error.args[1] if len(error.args) > 1 else None
    return isinstance(cause, (RemoteDisconnected, ConnectionResetError, BrokenPipeError))
