"""Search-as-you-type: the movies whose titles have words that start as typed."""

from collections.abc import Sequence
from typing import Final

from services.queries.matched_ranges import matched_ranges
from services.queries.title_words import TitleWords, all_of, chunk_words, edits_allowed, first_rows
from shared.contracts.titles import Suggestion, SuggestResponse
from shared.text import normalise
from shared.title_keys import numbered_words
from shared.titles import TitledMovie

_MOST_EDITS: Final = 2
# From so many words on, a film that has them all leaves no doubt.
_CERTAIN_WORDS: Final = 3
# Words past these say nothing more about a title.
_MOST_WORDS: Final = 12


class Suggester:
    """Immutable."""

    def __init__(self, movies: Sequence[TitledMovie], words: TitleWords) -> None:
        """Answer from `words`, made of the titles of `movies`, most voted first."""
        self._movies = movies
        self._words = words
        self._titled: dict[str, int] = {}
        for row, movie in enumerate(movies):
            self._titled.setdefault(normalise(movie.title), row)

    def suggest(self, typed: str, limit: int) -> SuggestResponse:
        """Return the movie of just this title, then those with every word, most voted first.

        Where these leave room, those follow in which a word has typing errors, unless three words
        are right; where there are none at all, words too short to be forgiven are left out.
        """
        titled = self._titled.get(normalise(typed))
        rows = {} if titled is None else {titled: None}
        is_certain = len(typed.split()) >= _CERTAIN_WORDS
        for edits in range(_MOST_EDITS + 1):
            if len(rows) < limit and not (rows and is_certain):
                rows |= dict.fromkeys(first_rows(self._mask(typed, edits), limit + len(rows)))
        if not rows:
            rows |= dict.fromkeys(first_rows(self._mask(_long_words(typed), _MOST_EDITS), limit))
        items = [self._item(row, typed) for row in list(rows)[:limit]]
        return SuggestResponse(query=typed, items=items)

    def _mask(self, typed: str, edits: int) -> int:
        """Movies that have every word, each with at most so many edits."""
        chunks = normalise(typed).split()[:_MOST_WORDS]
        plain = all_of(self._has_chunk(chunk, edits) for chunk in chunks)
        words = numbered_words(typed)[:_MOST_WORDS]
        if words == chunks:
            return max(plain, 0)
        numbered = all_of(self._has_word(word, edits) for word in words)
        return max(plain, 0) | max(numbered, 0)

    def _has_chunk(self, chunk: str, edits: int) -> int:
        pieces = chunk_words(chunk)
        if not pieces:
            return -1
        apart = all_of(self._has_word(piece, edits) for piece in pieces)
        return apart if len(pieces) == 1 else apart | self._has_word("".join(pieces), edits)

    def _has_word(self, word: str, edits: int) -> int:
        mask = self._words.starting(word)
        forgiven = min(edits, edits_allowed(word))
        return mask | self._words.near(word, forgiven) if forgiven else mask

    def _item(self, row: int, typed: str) -> Suggestion:
        movie = self._movies[row]
        return Suggestion(
            id=movie.movie_id,
            title=movie.title,
            year=movie.year,
            matched=matched_ranges(movie.title, typed),
        )


def _long_words(typed: str) -> str:
    return " ".join(word for word in normalise(typed).split() if edits_allowed(word))
