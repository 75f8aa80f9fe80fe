"""Recommendations: what is like one movie, some movies, a text."""

from collections.abc import Collection, Mapping
from typing import Unpack

from butaca_client.answers.recommendations import (
    BatchResponse,
    RecommendationResponse,
    SimilarResponse,
)
from butaca_client.arguments import Contribution, FilterArgs, Lang, Wish, path_part
from butaca_client.calls.base import Calls, target_of


class RecommendationCalls(Calls):
    """What to watch next."""

    def similar(
        self,
        movie_id: int,
        *,
        limit: int = 10,
        lang: Lang | None = None,
        **filters: Unpack[FilterArgs],
    ) -> SimilarResponse:
        """Movies nearest to one movie among those that pass the filters, best first."""
        path = f"/v1/movies/{path_part(movie_id)}/similar"
        return self._get(SimilarResponse, path, limit=limit, lang=lang, **filters)

    def recommend(  # noqa: PLR0913  # one for each part of a wish, all by name
        self,
        *,
        positive: Collection[int | str] = (),
        negative: Collection[int | str] = (),
        text: str | None = None,
        weights: Mapping[Contribution, float] | None = None,
        diversity: float = 0.0,
        max_per_collection: int | None = None,
        min_score: float = 0.0,
        limit: int = 10,
        lang: Lang | None = None,
        **filters: Unpack[FilterArgs],
    ) -> RecommendationResponse:
        """Movies like some (ids or titles), unlike others or like a text, best first."""
        body = {
            "positive": positive,
            "negative": negative,
            "text": text,
            "filters": filters,
            "weights": weights,
            "diversity": diversity,
            "max_per_collection": max_per_collection,
            "min_score": min_score,
            "limit": limit,
            "lang": lang,
        }
        return self._post(RecommendationResponse, "/v1/recommendations", body)

    def recommend_many(
        self, requests: Collection[Wish], *, lang: Lang | None = None
    ) -> BatchResponse:
        """Up to a hundred wishes at once; one that cannot be answered carries its problem."""
        target = target_of("/v1/recommendations/batch", {"lang": lang})
        return self._post(BatchResponse, target, {"requests": requests}, is_slow=True)
