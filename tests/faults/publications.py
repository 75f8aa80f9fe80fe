"""Counts what goes live: follows the pointer closely from a thread."""

import threading
from types import TracebackType
from typing import Self

from shared.contracts.releases import ReleaseRef
from shared.errors import AppError
from tests.faults.house import House

POLL_S = 0.005


class Publications:
    """Every release that the pointer has named, in order; a context manager.

    A build takes seconds from one publication to the next, so a poll of some milliseconds
    misses none. While the server is away the pointer does not move.
    """

    def __init__(self, house: House) -> None:
        self._store = house.store()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        before = self._store.live()
        self.before = before
        self.refs: list[ReleaseRef] = [] if before is None else [before]

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
        self._thread.join(10)

    @property
    def new(self) -> list[ReleaseRef]:
        """What went live since the start."""
        return self.refs[0 if self.before is None else 1 :]

    def _run(self) -> None:
        while not self._over.wait(POLL_S):
            try:
                ref = self._store.live()
            except AppError:
                continue
            if ref is not None and (not self.refs or ref != self.refs[-1]):
                self.refs.append(ref)
