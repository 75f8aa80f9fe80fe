"""Answers of the live release, kept in memory within a bound of bytes."""

import time
from typing import Final, NamedTuple

from cachetools import LRUCache

from services.gateway.prepared import Prepared

# What an entry costs besides its bytes: tuples, key, headers, dictionary and list slots. Of 5,000
# entries with shortcuts tracemalloc counts 2.2 KB each, or 2.9 KB with a compressed form.
ENTRY_BYTES: Final = 2048
SHORTCUT_BYTES: Final = 512


class Kept(NamedTuple):
    """An answer, the key that it is kept under, and the route that was asked."""

    key: str
    answer: Prepared
    route: str


class _Entry(NamedTuple):
    """An answer, or a shortcut to the key that it is kept under."""

    size_bytes: int
    answer: Prepared | None
    key: str
    route: str = ""


class ResponseCache:
    """The latest answers of one release; those of another are neither kept nor found.

    An answer is kept under the question as a service is asked it. A shortcut leads to it from the
    request as it came, so that the same request need not be understood again. Used from the event
    loop only.
    """

    def __init__(self, max_bytes: int) -> None:
        """Hold at most `max_bytes`; the least recently used entries go first."""
        self.max_bytes = max_bytes
        self.hits = self.misses = self.swaps = 0
        self.followed_at = time.monotonic()
        self._release: str | None = None
        self._entries: LRUCache[str, _Entry] = LRUCache(
            max_bytes, getsizeof=lambda entry: entry.size_bytes
        )

    @property
    def release(self) -> str | None:
        """The live release, None where it is not known."""
        return self._release

    @property
    def size_bytes(self) -> int:
        """What the entries take."""
        return int(self._entries.currsize)

    def follow(self, release: str | None) -> None:
        """Start anew when the live release is another one."""
        if release != self._release:
            self._release = release
            self._entries.clear()
            self.swaps += 1
            self.followed_at = time.monotonic()

    def find(self, key: str) -> Prepared | None:
        """Return the live release's answer to a question, if it is kept."""
        answer = self._look_up(key)
        if answer is None:
            self.misses += 1
        else:
            self.hits += 1
        return answer

    def find_request(self, request: str) -> Kept | None:
        """Return the answer that a request has a shortcut to."""
        entry = self._entries.get(request)
        if entry is None:
            return None
        answer = self._look_up(entry.key)
        if answer is None:
            return None
        self.hits += 1
        return Kept(entry.key, answer, entry.route)

    def keep(self, key: str, answer: Prepared) -> None:
        """Keep an answer, if it comes from the live release and fits."""
        size = ENTRY_BYTES + len(key) + answer.size_bytes
        is_current = self._release is not None and answer.release == self._release
        if is_current and size <= self.max_bytes:
            self._entries[key] = _Entry(size, answer, key)

    def shorten(self, request: str, key: str, route: str) -> None:
        """Let a request for `route` lead to the answer kept under `key`, if there is one."""
        size = SHORTCUT_BYTES + len(request)
        if self._look_up(key) is not None and size <= self.max_bytes:
            self._entries[request] = _Entry(size, None, key, route)

    def _look_up(self, key: str) -> Prepared | None:
        entry = self._entries.get(key)
        return None if entry is None else entry.answer
