"""Search: one leg alone, or both in parallel and their lists made one.

Where a leg is slow, down or on another release, the other answers and the answer says so.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from litestar import MediaType, Response

from services.gateway.cache import ResponseCache
from services.gateway.clients import Answer, ServiceClient
from services.gateway.forwarding import Parameter, target_of
from services.gateway.responses import ReleaseResponse
from shared.contracts.search import (
    DEPTH,
    Leg,
    LegHit,
    MissingLeg,
    SearchHit,
    SearchLeg,
    SearchMode,
    SearchResponse,
)
from shared.decoding import decode_json
from shared.errors import (
    AppError,
    ArtifactNotFoundError,
    RouteNotFoundError,
    UpstreamUnavailableError,
)
from shared.http.app import RELEASE_HEADER
from shared.http.problems import KINDS
from shared.spanish.languages import detect_lang
from shared.text import normalise

LEGS: Final[tuple[Leg, ...]] = ("lexical", "semantic")
# How long one leg may keep the other waiting.
LEG_DEADLINE_S: Final = 1.0
OTHER_RELEASE: Final = "other_release"
MISSING_HEADER: Final = "X-Butaca-Missing"
# Reciprocal rank fusion (Cormack, Clarke and Buettcher, 2009): a larger constant makes the first
# places count less. How much a place among the words counts beside one among the meanings: few
# words are mostly a title, many a plot. Chosen on 103 plots other than those of
# tests/bench/bench_search.py (0.93 in the first five, 0.88 with 60 and equal weights) and on the
# titles of tests/bench/bench_titles.py. Few Spanish words are no title: the data has English ones.
FUSION_K: Final = 10
FEW_WORDS: Final = 6
WEIGHT_OF_FEW_WORDS: Final = 3.0
WEIGHT_OF_MANY_WORDS: Final = 0.7
_SCORE_DECIMALS: Final = 6
# A leg that fails by itself, or is of an older version, is left out; what is wrong with the
# request is the caller's to know.
_OLDER: Final = (ArtifactNotFoundError, RouteNotFoundError)
_OWN_FAULT: Final = 500


class Found(NamedTuple):
    """What a leg answered, and from which release."""

    leg: Leg
    hits: SearchLeg
    release: str | None


class Failed(NamedTuple):
    """A leg that gave no answer."""

    leg: Leg
    error: AppError


class Searcher:
    """Asks the legs and joins what they find."""

    def __init__(
        self, queries: ServiceClient, recommender: ServiceClient, cache: ResponseCache
    ) -> None:
        """Ask `queries` for words, `recommender` for meaning, unless `cache` holds the answer."""
        self._clients: dict[Leg, ServiceClient] = {"lexical": queries, "semantic": recommender}
        self._cache = cache

    async def answer(
        self, mode: SearchMode, query: str, limit: int, filters: Mapping[str, Parameter]
    ) -> Response[bytes]:
        """Answer a search.

        Raises:
            AppError: what a leg said of the request, or of itself where no other leg answers.
        """
        key = target_of("/v1/search", {"mode": mode, "q": query, "limit": limit, **filters})
        kept = self._cache.find(key)
        if kept is not None:
            return ReleaseResponse.from_kept(kept, self._cache, key)
        legs = LEGS if mode == "hybrid" else (mode,)
        asked = await self._ask_all(legs, query, limit, filters)
        found = _found_ones(asked)
        release = self._release_of(found)
        used = [each for each in found if each.release == release]
        missing = [*_failures(asked), *_strangers(found, release)]
        body = SearchResponse(
            query=query,
            mode=mode,
            answered_by=[each.leg for each in used],
            missing=missing,
            items=fuse(used, limit, query if mode == "hybrid" else None),
            total=next((each.hits.total for each in used if each.leg == "lexical"), None),
        )
        headers = {} if release is None else {RELEASE_HEADER: release}
        if missing:
            headers[MISSING_HEADER] = ", ".join(each.leg for each in missing)
        answer = Answer(msgspec.json.encode(body), MediaType.JSON, release, headers)
        # What is found without a leg is of this moment, not of the release.
        whole_key = None if missing else key
        return ReleaseResponse(answer, self._cache, whole_key, is_tagged=not missing)

    async def _ask_all(
        self, legs: Sequence[Leg], query: str, limit: int, filters: Mapping[str, Parameter]
    ) -> list[Found | Failed]:
        """Ask the legs at once; where one refuses the request, the other is let go."""
        is_alone = len(legs) == 1
        parameters = {"q": query, "limit": limit if is_alone else DEPTH, **filters}
        deadline_s = None if is_alone else LEG_DEADLINE_S
        tasks = [asyncio.create_task(self._ask(leg, parameters, deadline_s)) for leg in legs]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _ask(
        self, leg: Leg, parameters: Mapping[str, Parameter], deadline_s: float | None
    ) -> Found | Failed:
        target = target_of(f"/v1/search/{leg}", parameters)
        try:
            answer = await self._clients[leg].ask(target, deadline_s=deadline_s)
            hits = decode_json(answer.body, SearchLeg)
        except AppError as error:
            if KINDS[error.code].status < _OWN_FAULT and not isinstance(error, _OLDER):
                raise
            return Failed(leg, error)
        except msgspec.DecodeError:
            return Failed(leg, UpstreamUnavailableError(service=self._clients[leg].name))
        return Found(leg, hits, answer.release)

    def _release_of(self, found: Sequence[Found]) -> str | None:
        """The release to answer from: the live one, else that of the first leg."""
        releases = [each.release for each in found]
        live = self._cache.release
        return live if live in releases else releases[0]


def weigh(query: str) -> dict[Leg, float]:
    """How much each leg counts for what was typed."""
    is_short = len(query.split()) <= FEW_WORDS and detect_lang(query) == "en"
    return {"lexical": WEIGHT_OF_FEW_WORDS if is_short else WEIGHT_OF_MANY_WORDS, "semantic": 1.0}


def fuse(found: Sequence[Found], limit: int, query: str | None) -> list[SearchHit]:
    """Join the lists of some legs by reciprocal rank: best first, then by best place, then id.

    Films whose title is just the query come first. Without a query the one list keeps its order
    and its scores.
    """
    ranks: dict[int, dict[Leg, int]] = {}
    hits: dict[int, LegHit] = {}
    for each in found:
        for place, hit in enumerate(each.hits.items, start=1):
            ranks.setdefault(hit.id, {})[each.leg] = place
            # Words come first, and they alone have highlights.
            hits.setdefault(hit.id, hit)
    weights = weigh(query or "")
    scores = {movie_id: _fused(places, weights) for movie_id, places in ranks.items()}
    if query is not None:
        letters = _letters(query)
        scores |= {each.id: 1.0 for each in hits.values() if _letters(each.title) == letters}
    best = sorted(ranks, key=lambda each: (-scores[each], min(ranks[each].values()), each))
    return [
        SearchHit(
            id=movie_id,
            title=hits[movie_id].title,
            year=hits[movie_id].year,
            score=hits[movie_id].score if query is None else scores[movie_id],
            ranks=ranks[movie_id],
            highlights=hits[movie_id].highlights,
        )
        for movie_id in best[:limit]
    ]


def _letters(title: str) -> str:
    """A title without case, accents, spaces and punctuation."""
    return "".join(char for char in normalise(title) if char.isalnum())


def _fused(ranks: Mapping[Leg, int], weights: Mapping[Leg, float]) -> float:
    """Weighted sum of the reciprocal ranks, 1 where every leg has it first."""
    total = sum(weights[leg] / (FUSION_K + rank) for leg, rank in ranks.items())
    return round(total * (FUSION_K + 1) / sum(weights.values()), _SCORE_DECIMALS)


def _found_ones(asked: Sequence[Found | Failed]) -> list[Found]:
    """The legs that answered.

    Raises:
        AppError: none did; what the first one said.
    """
    found = [each for each in asked if isinstance(each, Found)]
    if not found:
        raise next(each.error for each in asked if isinstance(each, Failed))
    return found


def _failures(asked: Sequence[Found | Failed]) -> list[MissingLeg]:
    """The legs that gave no answer."""
    return [
        MissingLeg(
            leg=each.leg,
            code=each.error.code,
            detail=each.error.message or KINDS[each.error.code].title,
        )
        for each in asked
        if isinstance(each, Failed)
    ]


def _strangers(found: Sequence[Found], release: str | None) -> list[MissingLeg]:
    """The legs that answered from another release."""
    return [
        MissingLeg(
            leg=each.leg,
            code=OTHER_RELEASE,
            detail=f"It answered from release {each.release}, not from {release}.",
        )
        for each in found
        if each.release != release
    ]
