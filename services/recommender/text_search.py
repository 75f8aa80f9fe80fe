"""Search by meaning: the movies whose texts are nearest to what was typed."""

from services.recommender.encoder import QueryEncoder
from services.recommender.index import Neighbourhood
from services.recommender.recommend import allowed_flags
from shared.contracts.filters import Filters
from shared.contracts.search import LegHit, SearchLeg
from shared.ranking.search import Wish

_SCORE_DECIMALS = 6


def search_texts(
    neighbourhood: Neighbourhood, encoder: QueryEncoder, query: str, filters: Filters, limit: int
) -> SearchLeg:
    """The nearest movies that pass the filters, best first; every movie is near to some degree.

    Raises:
        InvalidRequestError: a filter names what does not exist.
        TextSearchUnavailableError: there is no encoder.
    """
    allowed = allowed_flags(neighbourhood, filters)
    wish = Wish(text=encoder.encode(query))
    ranked = neighbourhood.search.rank(wish, allowed, least=limit).take(range(limit))
    ids = neighbourhood.ranker.table.ids[ranked.rows].tolist()
    found = [
        (neighbourhood.titles.movie(movie_id), raw)
        for movie_id, raw in zip(ids, ranked.raw.tolist(), strict=True)
    ]
    return SearchLeg(
        items=[
            LegHit(
                id=movie.movie_id,
                title=movie.title,
                year=movie.year,
                score=round(raw, _SCORE_DECIMALS),
            )
            for movie, raw in found
            if movie is not None
        ]
    )
