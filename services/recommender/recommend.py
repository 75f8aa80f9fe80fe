"""Recommendations of the typed API: request and snapshot in, a chosen and explained list out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.recommender.encoder import QueryEncoder
from services.recommender.explain import Explainer
from services.recommender.index import Neighbourhood
from shared.contracts.filters import NO_FILTERS, Filters
from shared.contracts.recommendations import (
    DEFAULT_LANG,
    Lang,
    MovieSummary,
    RecommendationRequest,
    RecommendationResponse,
    SimilarResponse,
)
from shared.errors import InvalidRequestError, MovieNotFoundError, TitleNotFoundError
from shared.ranking.diversity import Choice, choose, likeness_vectors
from shared.ranking.reasons import description_words
from shared.ranking.search import Ranked, Wish
from shared.titles import TitledMovie

Flags = NDArray[np.bool_]


def similar_movies(
    neighbourhood: Neighbourhood, movie_id: int, *, limit: int, filters: Filters, lang: Lang
) -> SimilarResponse:
    """The movies nearest to one: stored ones, or by a live search where there are filters.

    Raises:
        MovieNotFoundError: no movie has this id.
        InvalidRequestError: a filter names what does not exist.
    """
    movie = _movie(neighbourhood, movie_id)
    wish = Wish([neighbourhood.rows[movie_id]])
    allowed = allowed_flags(neighbourhood, filters)
    if allowed is None and neighbourhood.is_same_model:
        ranked = neighbourhood.search.order(wish, neighbourhood.stored_rows(movie_id, limit))
    else:
        ranked = neighbourhood.search.rank(wish, allowed).take(range(limit))
    return SimilarResponse(
        movie=_summary(movie),
        items=Explainer(neighbourhood, wish, [], lang).items(ranked),
        matching=_matching(neighbourhood, wish, allowed),
    )


def recommend_movies(
    neighbourhood: Neighbourhood, encoder: QueryEncoder, request: RecommendationRequest
) -> RecommendationResponse:
    """Movies like some, unlike others or like a text, chosen as the request says.

    Raises:
        InvalidRequestError: nothing to be like, a movie on both sides, an unknown genre.
        MovieNotFoundError: no movie has one of the ids.
        TitleNotFoundError: no movie has one of the titles.
        TextSearchUnavailableError: there is a text, and no encoder.
    """
    positive = _find_all(neighbourhood, request.positive)
    negative = _find_all(neighbourhood, request.negative)
    wish = _wish(neighbourhood, encoder, request, positive, negative)
    allowed = allowed_flags(neighbourhood, request.filters)
    choice = Choice(
        request.limit, request.diversity, request.max_per_collection, request.min_score
    )
    ranked = _choose(neighbourhood, wish, allowed, choice)
    words = description_words(request.text or "")
    return RecommendationResponse(
        positive=[_summary(movie) for movie in positive],
        negative=[_summary(movie) for movie in negative],
        items=Explainer(neighbourhood, wish, words, request.lang or DEFAULT_LANG).items(ranked),
        matching=_matching(neighbourhood, wish, allowed),
    )


def _choose(
    neighbourhood: Neighbourhood, wish: Wish, allowed: Flags | None, choice: Choice
) -> Ranked:
    """Choose among the candidates.

    Where a cap per collection leaves too few of those, the order of all that is allowed decides.
    """
    search = neighbourhood.search
    ranked = search.rank(wish, allowed, least=choice.limit)
    if choice.diversity:
        ranked = ranked.take(range(choice.pool))
    chosen = _picks(neighbourhood, ranked, choice)
    if len(chosen) < choice.limit and choice.max_per_collection and not choice.min_score:
        choice = choice._replace(diversity=0.0)
        ranked = search.rank(wish, allowed, least=search.ranker.index.size)
        chosen = _picks(neighbourhood, ranked, choice)
    return ranked.take(chosen)


def _picks(neighbourhood: Neighbourhood, ranked: Ranked, choice: Choice) -> list[int]:
    """Places of the chosen movies among the ranked ones."""
    collections: list[int | None] = [None] * len(ranked.rows)
    if choice.max_per_collection:
        listed = neighbourhood.profiles.values["collection"]
        collections = [next(iter(listed.of(row)), None) for row in ranked.rows.tolist()]
    compared = ranked.rows if choice.diversity else ranked.rows[:0]
    vectors = likeness_vectors(neighbourhood.ranker.index, compared)
    return choose(choice, ranked.scores, collections, vectors)


def _wish(
    neighbourhood: Neighbourhood,
    encoder: QueryEncoder,
    request: RecommendationRequest,
    positive: Sequence[TitledMovie],
    negative: Sequence[TitledMovie],
) -> Wish:
    """What the request asks for, as rows and a vector."""
    text = (request.text or "").strip()
    if text and not any(char.isalnum() for char in text):
        raise InvalidRequestError("There is no letter or digit in 'text'.", parameter="text")
    if not positive and not text:
        raise InvalidRequestError("Give at least one movie in 'positive', or a 'text'.")
    liked, unliked = ({movie.movie_id for movie in some} for some in (positive, negative))
    if liked & unliked:
        listed = ", ".join(map(str, sorted(liked & unliked)))
        raise InvalidRequestError(f"In 'positive' and 'negative' at once: {listed}.")
    return Wish(
        [neighbourhood.rows[movie.movie_id] for movie in positive],
        [neighbourhood.rows[movie.movie_id] for movie in negative],
        encoder.encode(text) if text else None,
        {str(name): weight for name, weight in request.weights.items()},
    )


def _find_all(neighbourhood: Neighbourhood, seeds: Sequence[int | str]) -> list[TitledMovie]:
    """The movies of some ids and titles, each once."""
    return list(dict.fromkeys(_find(neighbourhood, seed) for seed in seeds))


def _find(neighbourhood: Neighbourhood, seed: int | str) -> TitledMovie:
    """The movie of an id or a title; of several of a title, the most voted."""
    if isinstance(seed, int):
        return _movie(neighbourhood, seed)
    match = neighbourhood.titles.find(seed)
    if match is None:
        raise TitleNotFoundError(
            f"No movie is titled '{seed[:100]}'.", suggestions=neighbourhood.titles.suggest(seed)
        )
    return match.movie


def _movie(neighbourhood: Neighbourhood, movie_id: int) -> TitledMovie:
    movie = neighbourhood.titles.movie(movie_id)
    if movie is None:
        raise MovieNotFoundError(f"There is no movie with id {movie_id}.")
    return movie


def allowed_flags(neighbourhood: Neighbourhood, filters: Filters) -> Flags | None:
    """What the filters allow; None where they allow everything."""
    if filters == NO_FILTERS:
        return None
    flags: Flags = neighbourhood.filters.allowed(filters).to_numpy()
    return flags


def _matching(neighbourhood: Neighbourhood, wish: Wish, allowed: Flags | None) -> int:
    """How many movies could be recommended."""
    return int(neighbourhood.search.others(wish, allowed).sum())


def _summary(movie: TitledMovie) -> MovieSummary:
    return MovieSummary(id=movie.movie_id, title=movie.title, year=movie.year)
