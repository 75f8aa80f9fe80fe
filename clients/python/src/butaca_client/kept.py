"""Answers kept with their tags, so that asking again costs no body while they hold."""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple


class KeptAnswer(NamedTuple):
    """A body and what the service calls it."""

    tag: str
    body: bytes


class KeptAnswers:
    """The latest answers by address; may be used from several threads."""

    def __init__(self, most: int) -> None:
        """Keep at most `most`; the least recently used go first."""
        self._most = most
        self._answers: OrderedDict[str, KeptAnswer] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._answers)

    def find(self, url: str) -> KeptAnswer | None:
        """Return what is kept of an address."""
        with self._lock:
            found = self._answers.get(url)
            if found is not None:
                self._answers.move_to_end(url)
            return found

    def keep(self, url: str, answer: KeptAnswer) -> None:
        """Keep an answer in place of the one before."""
        with self._lock:
            self._answers[url] = answer
            self._answers.move_to_end(url)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
