"""Title resolution: the one movie that a title means, the several that it may, or none.

A title is looked up by looser and looser keys; the first level that knows it decides. Only what
no level knows is compared with every key, for typing errors.
"""

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec
from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.queries.title_words import TitleWords, all_of, first_rows
from shared.contracts.titles import Match, TitleCandidate, TitleResolution
from shared.errors import TitleAmbiguousError, TitleNotFoundError
from shared.title_keys import LooseKeys, loose_keys, title_parts, title_words
from shared.titles import TitledMovie, TitleTable

MOST_CANDIDATES: Final = 10
# How alike two titles are that are the same but for what a level forgives.
_SAME_BUT_WRITTEN: Final = 0.98
_SAME_BUT_ARTICLES: Final = 0.95
_SAME_PART: Final = 0.9
_LEAST_CONTAINED: Final = 0.5
# From how many letters on one, two and three typing errors are forgiven.
_EDIT_LETTERS: Final = (4, 9, 16)
# Below this many letters a typing error may as well be another title.
_SURE_LETTERS: Final = 6
# One typing error in 7 letters, two in 13.
_SURE_SIMILARITY: Final = 0.84
# Of the titles with the same words, so many of the most voted are read.
_MOST_READ: Final = 300
# A rival one edit further away does not count with this many times fewer votes.
_FAR_FEWER: Final = 20
# A whole title inside what was typed is worth suggesting from this many letters on.
_LEAST_INSIDE: Final = 10
# A search holds the interpreter's lock: between two pieces, requests are answered.
_PIECE: Final = 10_000
# Words of a title past these are not looked at.
_MOST_WORDS: Final = 20
_DIGITS: Final = re.compile(r"\d+")
Rows = tuple[int, ...]


class _Found(NamedTuple):
    """A movie that a title may mean, how alike they are, and the typing errors forgiven.

    `is_part` where the errors are in the main title or subtitle alone.
    """

    row: int
    similarity: float
    edits: int = 0
    is_part: bool = False


class TitleResolver:
    """Immutable; movies go by their row, the most voted first."""

    def __init__(
        self, table: TitleTable, movies: Sequence[TitledMovie], words: TitleWords
    ) -> None:
        """Prepare the keys; `words` are those of the titles of `movies`."""
        self._table = table
        self._movies = movies
        self._words = words
        self._row_of = {movie.movie_id: row for row, movie in enumerate(movies)}
        written: defaultdict[str, list[int]] = defaultdict(list)
        bare: defaultdict[str, list[int]] = defaultdict(list)
        parts: defaultdict[str, list[int]] = defaultdict(list)
        for row, movie in enumerate(movies):
            keys = loose_keys(movie.title)
            _add(written, _written(keys), row)
            _add(bare, keys.bare, row)
            for part in title_parts(movie.title):
                _add(parts, _written(loose_keys(part)), row)
        self._written = _frozen(written)
        self._bare = _frozen(bare)
        self._parts = _frozen(parts)
        self._every = list({**self._written, **self._parts})

    def find(self, title: str, year: int | None) -> TitleResolution | None:
        """Return the movie of this title by look-ups alone; None where there may be a near one.

        Raises:
            TitleAmbiguousError: it may mean several; `candidates` names them.
        """
        for match, found in self._levels(title):
            near = self._of_year(found, year)
            if near:
                better = self._of_year(self._better_known(title, near), year)
                return self._decide(title, year, match, [*near, *better])
        return None

    def search(self, title: str, year: int | None) -> TitleResolution:
        """Return the movie that this title means, in spite of typing errors; slow.

        Raises:
            TitleAmbiguousError: it may mean several; `candidates` names them.
            TitleNotFoundError: with up to five `suggestions`.
        """
        near = self._of_year(self._near(loose_keys(title)), year)
        if near and self._is_clear(title, near):
            return self._resolution(near[0], "fuzzy")
        plausible = self._of_year(self._containing(title), year) or near
        if plausible:
            raise self._ambiguous(title, year, plausible)
        raise self._not_found(title, year)

    def _levels(self, title: str) -> Iterator[tuple[Match, list[_Found]]]:
        """What each level of look-ups finds, the strictest first."""
        match = self._table.find(title)
        if match is not None:
            rows = (self._row_of[each.movie_id] for each in (match.movie, *match.others))
            yield "exact", [_Found(row, 1.0) for row in rows]
        yield "normalised", self._written_alike(loose_keys(title))

    def _written_alike(self, keys: LooseKeys) -> list[_Found]:
        """Movies with the same loose key or a part of that key, the most alike first.

        Those less alike are only plausible where they are seen far more than the most alike.
        """
        levels = [
            *(_look_up(self._written, (key,), _SAME_BUT_WRITTEN) for key in _written(keys)),
            _look_up(self._bare, keys.bare, _SAME_BUT_ARTICLES),
            _look_up(self._parts, _written(keys), _SAME_PART),
            _look_up(self._written, _without_one(keys), _SAME_PART),
        ]
        known = [found for found in levels if found]
        if not known:
            return []
        first, *others = known
        votes = sum(self._movies[each.row].vote_count for each in first)
        seen = {each.row for each in first}
        return first + [
            each
            for each in itertools.chain(*others)
            if each.row not in seen
            and self._movies[each.row].vote_count >= _FAR_FEWER * max(votes, 1)
        ]

    def _better_known(self, title: str, found: list[_Found]) -> list[_Found]:
        """Movies that the title may mean too, and that far more people know than those found."""
        seen = {each.row for each in found}
        votes = sum(self._movies[row].vote_count for row in seen)
        others = self._written_alike(loose_keys(title))
        if found[0].similarity <= _SAME_PART:
            others += self._containing(title)
        better: dict[int, _Found] = {}
        for each in others:
            if self._movies[each.row].vote_count >= _FAR_FEWER * max(votes, 1):
                better.setdefault(each.row, each)
        return [each for row, each in better.items() if row not in seen]

    def _of_year(self, found: list[_Found], year: int | None) -> list[_Found]:
        """Those of the year; those of the year before or after where there are none."""
        if year is None:
            return found
        for apart in (0, 1):
            near = [each for each in found if abs(self._movies[each.row].year - year) == apart]
            if near:
                return near
        return []

    def _decide(
        self, title: str, year: int | None, match: Match, found: list[_Found]
    ) -> TitleResolution:
        if len(found) > 1:
            raise self._ambiguous(title, year, found)
        return self._resolution(found[0], match)

    def _containing(self, title: str) -> list[_Found]:
        """Movies whose title has these words, together and in this order."""
        words = title_words(title)
        if not words:
            return []
        mask = all_of(self._words.having(word) for word in words)
        wanted = f" {' '.join(words)} "
        found: list[_Found] = []
        for row in first_rows(mask, _MOST_READ):
            whole = f" {' '.join(title_words(self._movies[row].title))} "
            if wanted in whole:
                share = len(wanted) / len(whole)
                found.append(_Found(row, _LEAST_CONTAINED + share * (1 - _LEAST_CONTAINED) / 2))
        return self._ranked(found)

    def _contained(self, title: str) -> list[int]:
        """Movies whose whole title is among the words, the longest first."""
        words = title_words(title)[:_MOST_WORDS]
        runs = itertools.combinations(range(len(words) + 1), 2)
        keys = {"".join(words[start:end]) for start, end in runs}
        long = sorted((key for key in keys if len(key) >= _LEAST_INSIDE), key=_by_length)
        return [row for key in long for row in self._written.get(key, ())]

    def _near(self, keys: LooseKeys) -> list[_Found]:
        """Movies with a key that differs by a few typing errors, never in a number."""
        best: dict[int, _Found] = {}
        for asked in dict.fromkeys([keys.arabic[0], keys.numbered[0]]):
            for key, edits in self._keys_near(asked):
                similarity = 1 - edits / max(len(key), len(asked))
                whole = (_Found(row, similarity, edits) for row in self._written.get(key, ()))
                part = (
                    _Found(row, similarity * _SAME_PART, edits + 1, is_part=True)
                    for row in self._parts.get(key, ())
                )
                for found in itertools.chain(whole, part):
                    known = best.get(found.row)
                    if known is None or found.similarity > known.similarity:
                        best[found.row] = found
        return self._ranked(best.values())

    def _keys_near(self, asked: str) -> Iterator[tuple[str, int]]:
        edits = sum(len(asked) >= letters for letters in _EDIT_LETTERS)
        numbers = _DIGITS.findall(asked)
        pieces = range(0, len(self._every), _PIECE) if edits else ()
        for start in pieces:
            piece = self._every[start : start + _PIECE]
            near = process.extract_iter(asked, piece, scorer=OSA.distance, score_cutoff=edits)
            for key, distance, _ in near:
                if _DIGITS.findall(key) == numbers:
                    yield key, int(distance)

    def _is_clear(self, title: str, near: list[_Found]) -> bool:
        """Whether the nearest is what was meant.

        A word that no title has must be a typing error; one that some title has may be meant. The
        next one must be two errors further away, or one where hardly anybody has seen it.
        """
        words = title_words(title)
        letters = sum(map(len, words))
        if letters < _SURE_LETTERS or all(self._words.having(word) for word in words):
            return False
        first, *others = near
        if first.is_part or first.similarity < _SURE_SIMILARITY:
            return False
        votes = self._movies[first.row].vote_count
        return not any(
            other.edits <= first.edits
            or (
                other.edits == first.edits + 1
                and votes < _FAR_FEWER * max(self._movies[other.row].vote_count, 1)
            )
            for other in others
        )

    def _ranked(self, found: Iterable[_Found]) -> list[_Found]:
        return sorted(found, key=lambda each: (-round(each.similarity, 4), each.row))

    def _likely(self, found: _Found) -> float:
        """How likely a movie is meant: ten times the votes count as a tenth more likeness."""
        votes = self._movies[found.row].vote_count
        return round(found.similarity + math.log10(1 + max(votes, 0)) / 10, 4)

    def _candidate(self, row: int) -> TitleCandidate:
        movie = self._movies[row]
        return TitleCandidate(
            id=movie.movie_id, title=movie.title, year=movie.year, vote_count=movie.vote_count
        )

    def _resolution(self, found: _Found, match: Match) -> TitleResolution:
        movie = self._candidate(found.row)
        return TitleResolution(movie=movie, match=match, similarity=round(found.similarity, 4))

    def _ambiguous(self, title: str, year: int | None, found: list[_Found]) -> TitleAmbiguousError:
        best = sorted(found, key=lambda each: (-self._likely(each), each.row))
        shown = [self._candidate(each.row) for each in best[:MOST_CANDIDATES]]
        return TitleAmbiguousError(
            f"'{title}'{_of(year)} may mean {_counted(len(found))}: choose one by its id.",
            candidates=msgspec.to_builtins(shown),
        )

    def _not_found(self, title: str, year: int | None) -> TitleNotFoundError:
        other_years = (each for _, found in self._levels(title) for each in found)
        rows = dict.fromkeys(each.row for each in other_years)
        titles = [self._movies[row].title for row in rows]
        titles += [self._movies[row].title for row in self._contained(title)]
        suggestions = dict.fromkeys([*titles, *self._table.suggest(title)])
        return TitleNotFoundError(
            f"There is no movie titled '{title}'{_of(year)}.", suggestions=list(suggestions)[:5]
        )


def _written(keys: LooseKeys) -> tuple[str, ...]:
    """The keys of a title that is all there, the most faithful first."""
    return tuple(dict.fromkeys([*keys.spelled, *keys.arabic, *keys.numbered]))


def _add(keys: defaultdict[str, list[int]], of: Iterable[str], row: int) -> None:
    for key in dict.fromkeys(of):
        keys[key].append(row)


def _frozen(keys: dict[str, list[int]]) -> dict[str, Rows]:
    return {key: tuple(rows) for key, rows in keys.items()}


def _look_up(keys: dict[str, Rows], asked: Iterable[str], similarity: float) -> list[_Found]:
    rows = dict.fromkeys(row for key in asked for row in keys.get(key, ()))
    return [_Found(row, similarity) for row in sorted(rows)]


def _without_one(keys: LooseKeys) -> list[str]:
    """The keys of the first film of a series, where its number was added: `Rocky 1`."""
    return [
        key[:-1]
        for key in keys.arabic
        if len(key) > 1 and key.endswith("1") and not key[-2].isdecimal()
    ]


def _by_length(key: str) -> tuple[int, str]:
    return -len(key), key


def _of(year: int | None) -> str:
    return "" if year is None else f" of {year}"


def _counted(movies: int) -> str:
    return "a movie of another title" if movies == 1 else f"{movies} movies"
