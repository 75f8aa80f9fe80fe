"""Titles: which film one means, and the films that what is being typed may become."""

from butaca_client.answers.base import Answer


class TitleCandidate(Answer, frozen=True):
    """A film that a title may mean."""

    id: int
    title: str
    year: int
    vote_count: int


class TitleResolution(Answer, frozen=True):
    """The one film that a title means, and how alike the two are (0-1).

    `match` is exact, normalised (punctuation, articles, numerals, subtitles) or fuzzy (typing
    errors).
    """

    movie: TitleCandidate
    match: str
    similarity: float


class Suggestion(Answer, frozen=True):
    """A film whose title has the words typed so far.

    `matched` are the ranges of characters of `title` that were typed, each `[start, end)`.
    """

    id: int
    title: str
    year: int
    matched: list[list[int]]


class SuggestResponse(Answer, frozen=True):
    """Films for what was typed, best first."""

    query: str
    items: list[Suggestion]
