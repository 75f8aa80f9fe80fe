"""Which characters of a title are what was typed."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from services.queries.title_words import chunk_words, edits_allowed
from shared.text import normalise
from shared.title_keys import numbered_words

_CHUNK: Final = re.compile(r"\S+")


class _Chunk(NamedTuple):
    """A part of a title without spaces: its letters, normalised, where each is and which begin."""

    letters: str
    places: list[int]
    starts: list[int]


def matched_ranges(title: str, typed: str) -> list[list[int]]:
    """Return `[start, end)` of the characters of `title` that match, in order, none twice."""
    chunks = [_read(found) for found in _CHUNK.finditer(title)]
    marked: set[int] = set()
    for typed_chunk in normalise(typed).split():
        pieces = chunk_words(typed_chunk)
        joined = "".join(pieces)
        for word in dict.fromkeys([joined, *pieces]):
            marked.update(_exact(chunks, word) or _numeral(chunks, word) or _near(chunks, word))
    return list(_joined(sorted(marked)))


def _read(found: re.Match[str]) -> _Chunk:
    text = found.group().lower()
    if text.isascii() and text.isalnum():
        return _Chunk(text, list(range(found.start(), found.end())), [0])
    letters: list[str] = []
    places: list[int] = []
    starts: list[int] = []
    is_inside = False
    for place, char in enumerate(found.group(), start=found.start()):
        plain = "".join(chunk_words(normalise(char)))
        if plain and not is_inside:
            starts.append(len(places))
        # A combining accent goes with its letter.
        is_inside = bool(plain) or (is_inside and not normalise(char))
        letters.append(plain)
        places.extend([place] * len(plain))
    return _Chunk("".join(letters), places, starts)


def _exact(chunks: list[_Chunk], word: str) -> set[int]:
    """Characters of the words that start so."""
    return {
        place
        for chunk in chunks
        for start in chunk.starts
        if word and chunk.letters.startswith(word, start)
        for place in chunk.places[start : start + len(word)]
    }


def _numeral(chunks: list[_Chunk], word: str) -> set[int]:
    """Characters of the words that mean the same number."""
    meant = numbered_words(word)
    return {
        place
        for chunk in chunks
        if chunk.letters and numbered_words(chunk.letters) == meant
        for place in chunk.places
    }


def _near(chunks: list[_Chunk], word: str) -> set[int]:
    """Characters of the words that start nearly so."""
    edits = edits_allowed(word)
    if not edits:
        return set()
    marked: set[int] = set()
    for chunk in chunks:
        for start in chunk.starts:
            lengths = range(len(word) - edits, len(word) + edits + 1)
            starts = [chunk.letters[start : start + length] for length in lengths]
            best = min(starts, key=lambda each: OSA.distance(word, each))
            if OSA.distance(word, best) <= edits:
                marked.update(chunk.places[start : start + len(best)])
    return marked


def _joined(places: list[int]) -> Iterator[list[int]]:
    """Runs of consecutive places."""
    start = previous = None
    for place in places:
        if start is None or previous is None or place != previous + 1:
            if start is not None and previous is not None:
                yield [start, previous + 1]
            start = place
        previous = place
    if start is not None and previous is not None:
        yield [start, previous + 1]
