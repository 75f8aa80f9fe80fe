"""Titles: which film one means, and the films that what is being typed may become."""

from typing import Final, Literal

from shared.contracts.base import Wire

MOST_TYPED: Final = 100
MOST_SUGGESTED: Final = 20
DEFAULT_SUGGESTED: Final = 8
Match = Literal["exact", "normalised", "fuzzy"]


class TitleCandidate(Wire, frozen=True):
    """A film that a title may mean."""

    id: int
    title: str
    year: int
    vote_count: int


class TitleResolution(Wire, frozen=True):
    """The one film that a title means, how it was found, and how alike the two are (0-1).

    `exact` is the title itself whatever its case, accents and spaces; `normalised` forgives
    punctuation, articles, numerals and a missing subtitle or main title; `fuzzy` typing errors.
    """

    movie: TitleCandidate
    match: Match
    similarity: float


class Suggestion(Wire, frozen=True):
    """A film whose title has the words typed so far.

    `matched` are the ranges of characters of `title` that were typed, each `[start, end)`.
    """

    id: int
    title: str
    year: int
    matched: list[list[int]]


class SuggestResponse(Wire, frozen=True):
    """Films for what was typed, best first."""

    query: str
    items: list[Suggestion]
