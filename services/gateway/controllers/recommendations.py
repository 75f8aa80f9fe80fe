"""Recommendations by request: several movies, a text, filters, weights, variety; one or many."""

from typing import Final

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from services.gateway.documentation import answers
from services.gateway.forwarding import Forwarder
from shared.contracts.recommendations import (
    BatchRequest,
    BatchResponse,
    Lang,
    RecommendationRequest,
    RecommendationResponse,
)
from shared.http.filters import ANSWER_LANG, lang_headers

BODY_BYTES: Final = 256 * 1024
BATCH_BODY_BYTES: Final = 4 * 1024 * 1024
# Many movies against many take a moment, and a batch a hundred of them.
DEADLINE_S: Final = 10.0
BATCH_DEADLINE_S: Final = 60.0


@post(
    "/v1/recommendations",
    status_code=200,
    tags=["recommendations"],
    dependencies=ANSWER_LANG,
    request_max_body_size=BODY_BYTES,
    responses=answers(RecommendationResponse, 400, 404, 413, 503, 504),
)
async def recommend(
    recommender: NamedDependency[Forwarder],
    data: JSONBody[RecommendationRequest],
    answer_lang: NamedDependency[Lang],
) -> Response[bytes]:
    """Movies like some, unlike others or like a text, best first, with the reasons."""
    asked = _in_language(data, answer_lang)
    response = await recommender.answer_body(
        "/v1/recommendations", asked, DEADLINE_S, is_kept=True
    )
    response.headers.update(lang_headers(asked.lang or answer_lang))
    return response


@post(
    "/v1/recommendations/batch",
    status_code=200,
    tags=["recommendations"],
    dependencies=ANSWER_LANG,
    request_max_body_size=BATCH_BODY_BYTES,
    responses=answers(BatchResponse, 400, 413, 503, 504),
)
async def recommend_batch(
    recommender: NamedDependency[Forwarder],
    data: JSONBody[BatchRequest],
    answer_lang: NamedDependency[Lang],
) -> Response[bytes]:
    """Up to a hundred requests at once; one that cannot be answered carries its problem."""
    asked = BatchRequest(requests=[_in_language(each, answer_lang) for each in data.requests])
    # Not kept: an answer may hold the problem of a moment, and is large.
    return await recommender.answer_body(
        "/v1/recommendations/batch", asked, BATCH_DEADLINE_S, is_kept=False
    )


RECOMMENDATION_ROUTES: Final[list[HTTPRouteHandler]] = [recommend, recommend_batch]


def _in_language(request: RecommendationRequest, lang: Lang) -> RecommendationRequest:
    """The request with the language it is to be answered in."""
    return msgspec.structs.replace(request, lang=request.lang or lang)
