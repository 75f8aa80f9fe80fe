import pytest

from services.recommender.encoder import QueryEncoder
from services.recommender.text_search import search_texts
from shared.contracts.filters import Filters
from shared.errors import InvalidRequestError, TextSearchUnavailableError
from tests.factories import without_model
from tests.unit.recommender.catalogues import OneVector, encoder_of, varied


def encoder() -> QueryEncoder:
    """Every text has the vector of the movie with id 42."""
    return encoder_of(OneVector(varied().neighbourhood.ranker.index.text[41]))


def test_the_movie_whose_text_was_typed_comes_first() -> None:
    leg = search_texts(varied().neighbourhood, encoder(), "an island", Filters(), 10)
    assert (leg.items[0].id, leg.items[0].title) == (42, "Movie 42")
    scores = [hit.score for hit in leg.items]
    assert scores == sorted(scores, reverse=True)
    assert len(leg.items) == 10
    assert leg.total is None


@pytest.mark.parametrize("limit", [1, 100])
def test_filtered_lists_are_as_full_as_can_be(limit: int) -> None:
    filters = Filters(genres_any=["Drama"], year_min=1950)
    leg = search_texts(varied().neighbourhood, encoder(), "an island", filters, limit)
    allowed = varied().neighbourhood.filters.allowed(filters)
    passing = set(varied().tables[0]["id"].filter(allowed).to_list())
    assert {hit.id for hit in leg.items} <= passing
    assert len(leg.items) == min(limit, len(passing))


def test_an_unknown_genre_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="no genre 'Dramma'"):
        search_texts(varied().neighbourhood, encoder(), "x", Filters(genres_any=["Dramma"]), 5)


def test_without_a_model_there_is_no_search() -> None:
    missing = QueryEncoder(without_model)
    missing.load()
    with pytest.raises(TextSearchUnavailableError):
        search_texts(varied().neighbourhood, missing, "an island", Filters(), 5)
