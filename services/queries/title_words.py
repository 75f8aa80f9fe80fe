"""The words of all titles, each with its movies as one bit per movie, the most voted first.

An integer with a bit per movie makes "and", "or" and "the first few" a matter of microseconds.
"""

import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from shared.remembering import remember
from shared.text import normalise
from shared.title_keys import numbered_words

# Typing errors that are forgiven in words of at least so many letters.
ONE_EDIT_LETTERS: Final = 4
TWO_EDITS_LETTERS: Final = 8
# What one mask takes is a bit per movie: 6 KB for 45,346.
_KEPT_MASKS: Final = 1024
_KEPT_STARTS: Final = 1024
_SHORT: Final = 2
_LAST: Final = chr(0x10FFFF)
_WORD: Final = re.compile(r"[^\W_]+")


def chunk_words(chunk: str) -> list[str]:
    """Words of a normalised text without spaces: `spider-man` gives `spider` and `man`."""
    return _WORD.findall(chunk)


def edits_allowed(word: str) -> int:
    """How many typing errors a word may have."""
    return (len(word) >= ONE_EDIT_LETTERS) + (len(word) >= TWO_EDITS_LETTERS)


class TitleWords:
    """Immutable; movies go by their place among `titles`, which start with the most voted."""

    def __init__(self, titles: Sequence[str]) -> None:
        """Prepare the words of the titles."""
        rows: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        for row, title in enumerate(titles):
            for word in _indexed_words(title):
                rows[word].append(row)
        self._bytes = len(titles) // 8 + 1
        self._words = sorted(rows)
        self._rows = [rows[word] for word in self._words]
        self._ends = sorted((word[1:], at) for at, word in enumerate(self._words) if word[1:])
        self._starting = remember(_KEPT_MASKS, self._mask_of_start)
        self._is = remember(_KEPT_MASKS, self._mask_of_word)
        self._near = remember(_KEPT_MASKS, self._mask_near)
        self._starts = remember(_KEPT_STARTS, self._distinct_starts)
        short = {word[:length] for word in self._words for length in range(1, _SHORT + 1)}
        self._short = {start: self._mask_of_start(start) for start in sorted(short)}

    def starting(self, start: str) -> int:
        """Mask of the movies with a word that starts so."""
        if len(start) <= _SHORT:
            return self._short.get(start, 0)
        return self._starting(start)

    def having(self, word: str) -> int:
        """Mask of the movies with this whole word."""
        return self._is(word)

    def near(self, start: str, edits: int) -> int:
        """Mask of the movies with a word whose start differs by at most so many edits."""
        return self._near(start, edits)

    def _mask_of_word(self, word: str) -> int:
        at = bisect_left(self._words, word)
        has_it = at < len(self._words) and self._words[at] == word
        return self._mask([at]) if has_it else 0

    def _mask_of_start(self, start: str) -> int:
        return self._mask(self._range(start))

    def _mask_near(self, start: str, edits: int) -> int:
        return self._mask(set(self._places_near(start, edits)))

    def _range(self, start: str) -> range:
        """Places of the words that start so."""
        return range(bisect_left(self._words, start), bisect_left(self._words, start + _LAST))

    def _places_near(self, start: str, edits: int) -> Iterator[int]:
        """Places of the words near `start`; where more than the first letter is wrong, too few."""
        for first in (start[0], start[1] + start[0]):
            for length in range(len(start) - edits, len(start) + edits + 1):
                known = self._starts(first, length)
                found = process.extract_iter(start, known, scorer=OSA.distance, score_cutoff=edits)
                for near, _, _ in found:
                    yield from self._range(near)
        # The first letter is wrong, missing or too many.
        for end in (start[1:], start):
            begin = bisect_left(self._ends, (end, -1))
            for place in range(begin, bisect_left(self._ends, (end + _LAST, -1))):
                yield self._ends[place][1]
        yield from self._range(start[1:])

    def _distinct_starts(self, first: str, length: int) -> list[str]:
        """Starts of so many letters of the words with this first letter."""
        return sorted({self._words[at][:length] for at in self._range(first)})

    def _mask(self, places: Iterable[int]) -> int:
        """Join the movies of the words at these places."""
        bits = bytearray(self._bytes)
        for place in places:
            for row in self._rows[place]:
                bits[row >> 3] |= 1 << (row & 7)
        return int.from_bytes(bits, "little")


def all_of(masks: Iterable[int]) -> int:
    """Return the movies that are in every mask; of no mask, every movie, which is -1."""
    joined = -1
    for mask in masks:
        joined &= mask
    return joined


def first_rows(mask: int, limit: int) -> list[int]:
    """Return the first rows of a mask, most voted first."""
    rows: list[int] = []
    while mask and len(rows) < limit:
        lowest = mask & -mask
        rows.append(lowest.bit_length() - 1)
        mask ^= lowest
    return rows


def _indexed_words(title: str) -> set[str]:
    """The words of a title, joined ones as well as their pieces, and numerals as digits too."""
    words = set(numbered_words(title))
    for chunk in normalise(title).split():
        pieces = chunk_words(chunk)
        words.update(pieces)
        words.add("".join(pieces))
    words.discard("")
    return words
