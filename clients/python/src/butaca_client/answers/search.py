"""Search: the movies found by words, by meaning, or by both."""

from butaca_client.answers.base import Answer


class SearchHit(Answer, frozen=True):
    """A found movie; `ranks` is its place from 1 in each leg (lexical, semantic) that found it.

    In mode hybrid `score` is 0-1, 1 where both legs put it first; else it is the leg's own.
    `highlights` maps a field to its text as HTML, escaped, with `<em>` around what matched.
    """

    id: int
    title: str
    year: int
    score: float
    ranks: dict[str, int]
    highlights: dict[str, str]


class MissingLeg(Answer, frozen=True):
    """A leg that did not take part, and why."""

    leg: str
    code: str
    detail: str


class SearchResponse(Answer, frozen=True):
    """The movies found, best first.

    `answered_by` are the legs that took part, `missing` those that should have; `total` counts
    the movies that match by words, where that leg answered.
    """

    query: str
    mode: str
    answered_by: list[str]
    missing: list[MissingLeg]
    items: list[SearchHit]
    total: int | None
