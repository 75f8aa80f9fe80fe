"""What the answers of the moment lack, in a few stable words: a header and a part of health.

`queries`, `recommender`: that service answers nothing, the other one does. `store`: Redis is away,
so answers come from memory or from the local copy. `release`: the live release could not be
loaded, or there is none in Redis any more; an older one answers. `local`: the local copy could not
be written. `text`: texts are not searched by meaning. `loading`: what texts need is still being
loaded, so that this passes by itself. `limits`: each gateway counts requests for itself.
"""

from collections.abc import Callable, Collection
from typing import Final

HEADER: Final = "X-Butaca-Degraded"
SEPARATOR: Final = ", "
WORDS: Final = (
    "limits",
    "loading",
    "local",
    "queries",
    "recommender",
    "release",
    "store",
    "text",
)
# What is still to come after a start. The other words may stay, and keep nobody waiting.
AWAITED: Final = frozenset({"loading", "queries", "recommender"})
Words = Collection[str]
TellWords = Callable[[], Words]


def is_whole(words: Words) -> bool:
    """Tell whether everything that a start waits for is there."""
    return AWAITED.isdisjoint(words)


def join_words(words: Words) -> str:
    """Return the words as the header has them: each once, in order."""
    return SEPARATOR.join(sorted(set(words)))


def split_words(value: str) -> tuple[str, ...]:
    """Return the words of a header."""
    return tuple(value.split(SEPARATOR)) if value else ()
