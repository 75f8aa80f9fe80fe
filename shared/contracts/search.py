"""Search: what one leg finds by words or by meaning, and what the public gets of both."""

from typing import Final, Literal

import msgspec

from shared.contracts.base import Wire

MAX_QUERY: Final = 500
# How far each leg looks for the other's sake, and what one leg answers at most.
DEPTH: Final = 100
MAX_HITS: Final = 50
Leg = Literal["lexical", "semantic"]
SearchMode = Literal["hybrid", "lexical", "semantic"]
Highlights = dict[str, str]


class LegHit(Wire, frozen=True):
    """A movie that a leg found; higher scores are better, and are its own.

    `highlights` maps a field to its text as HTML, escaped, with `<em>` around what matched.
    """

    id: int
    title: str
    year: int
    score: float
    highlights: Highlights = msgspec.field(default_factory=dict[str, str])


class SearchLeg(Wire, frozen=True):
    """What one leg found, best first; `total` counts all that match, where that can be said."""

    items: list[LegHit]
    total: int | None = None


class SearchHit(Wire, frozen=True):
    """A found movie; `ranks` is its place from 1 in each leg that found it.

    In mode hybrid `score` is 0-1, 1 where both legs put it first or the title is just the query;
    else it is the leg's own, which compares within one answer alone.
    """

    id: int
    title: str
    year: int
    score: float
    ranks: dict[Leg, int]
    highlights: Highlights


class MissingLeg(Wire, frozen=True):
    """A leg that did not take part, and why."""

    leg: Leg
    code: str
    detail: str


class SearchResponse(Wire, frozen=True):
    """The movies found, best first.

    `answered_by` are the legs that took part, `missing` those that should have; `total` counts
    the movies that match by words, where that leg answered.
    """

    query: str
    mode: SearchMode
    answered_by: list[Leg]
    missing: list[MissingLeg]
    items: list[SearchHit]
    total: int | None
