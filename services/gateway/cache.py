"""Answers of the live release, kept in memory within a bound of bytes."""

from cachetools import LRUCache

from services.gateway.clients import Answer

# What an entry costs besides its bytes: tuple, key, dictionary and list slots.
ENTRY_BYTES = 1024


class ResponseCache:
    """The latest answers of one release; those of another are neither kept nor found.

    Used from the event loop only.
    """

    def __init__(self, max_bytes: int) -> None:
        """Hold at most `max_bytes`; the least recently used answers go first."""
        self._max_bytes = max_bytes
        self._release: str | None = None
        self._answers: LRUCache[str, tuple[int, Answer]] = LRUCache(
            max_bytes, getsizeof=lambda entry: entry[0]
        )

    @property
    def size_bytes(self) -> int:
        """What the kept answers take."""
        return int(self._answers.currsize)

    def follow(self, release: str | None) -> None:
        """Start anew when the live release is another one."""
        if release != self._release:
            self._release = release
            self._answers.clear()

    def find(self, target: str) -> Answer | None:
        """Return the live release's answer to `target`, if it is kept."""
        entry = self._answers.get(target)
        return None if entry is None else entry[1]

    def keep(self, target: str, answer: Answer) -> None:
        """Keep an answer, if it comes from the live release and fits."""
        size = ENTRY_BYTES + len(target) + len(answer.body)
        is_current = self._release is not None and answer.release == self._release
        if is_current and size <= self._max_bytes:
            self._answers[target] = (size, answer)
