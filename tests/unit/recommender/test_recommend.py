"""Requests of the typed API against a small varied catalogue."""

from typing import Any

import msgspec
import pytest

from services.recommender.recommend import recommend_movies, similar_movies
from shared.contracts.recommendations import (
    Filters,
    RecommendationRequest,
    RecommendationResponse,
    SimilarResponse,
)
from shared.errors import (
    ArtifactNotFoundError,
    InvalidRequestError,
    MovieNotFoundError,
    TextSearchUnavailableError,
    TitleNotFoundError,
)
from tests.factories import without_model
from tests.unit.recommender.catalogues import OneVector, encoder_of, load, varied

NO_ENCODER = encoder_of(OneVector(varied().neighbourhood.ranker.index.text[41]))


def similar(movie_id: int = 1, *, limit: int = 10, **filters: object) -> SimilarResponse:
    return similar_movies(
        varied().neighbourhood,
        movie_id,
        limit=limit,
        filters=msgspec.convert(filters, Filters),
        lang="en",
    )


def recommend(**fields: object) -> RecommendationResponse:
    request = msgspec.convert(fields, RecommendationRequest)
    return recommend_movies(varied().neighbourhood, NO_ENCODER, request)


def test_stored_neighbours_are_what_a_request_for_one_movie_gives() -> None:
    stored = similar(7, limit=50)
    asked = recommend(positive=[7], limit=50)
    assert stored.items == asked.items
    assert stored.matching == asked.matching == 119


def test_scores_fall_and_contributions_add_up_to_the_raw_score() -> None:
    for item in similar(limit=50).items:
        assert sum(item.contributions.values()) == pytest.approx(item.raw_score, abs=1e-5)
        assert item.score == pytest.approx(1 / (1 + 2.718281828459045**-item.raw_score), abs=1e-4)
        assert item.score == round(item.score, 4)
        assert item.because_of == 1
    scores = [item.score for item in similar(limit=50).items]
    assert scores == sorted(scores, reverse=True)


def test_filters_hold_and_the_list_is_full() -> None:
    found = similar(limit=50, genres_any=["drama"], year_min=1950)
    frame = varied().tables[0].filter(release_year=1)
    assert frame.is_empty()
    movies = {row["id"]: row for row in varied().tables[0].to_dicts()}
    assert len(found.items) == min(50, found.matching) > 5
    for item in found.items:
        assert movies[item.id]["release_year"] >= 1950
        assert "Drama" in [genre["name"] for genre in movies[item.id]["genres"]]


def test_titles_are_resolved_and_shown() -> None:
    found = recommend(positive=["movie 3", 5], negative=["MOVIE 9"], limit=3)
    assert [movie.id for movie in found.positive] == [3, 5]
    assert [movie.title for movie in found.negative] == ["Movie 9"]
    assert {item.because_of for item in found.items} <= {3, 5}
    assert not {3, 5, 9} & {item.id for item in found.items}


def test_a_movie_given_twice_is_asked_about_once() -> None:
    twice = recommend(positive=[3, "Movie 3", 3], negative=[9, 9])
    once = recommend(positive=[3], negative=[9])
    assert twice == once


def test_an_unwanted_movie_counts_against() -> None:
    item = recommend(positive=[1], negative=[2], limit=1).items[0]
    assert item.contributions["negative"] < 0


def test_a_text_finds_what_it_describes() -> None:
    found = recommend(text="an orphan on an island", limit=1)
    assert found.items[0].id == 42
    assert found.items[0].because_of is None
    assert found.positive == []


def test_at_most_so_many_of_a_collection() -> None:
    collections = {
        row["id"]: [each["id"] for each in row["belongs_to_collection"]]
        for row in varied().tables[0].to_dicts()
    }
    found = recommend(positive=[1], limit=60, max_per_collection=1)
    sagas = [saga for item in found.items for saga in collections[item.id]]
    assert len(sagas) == len(set(sagas)) > 1
    assert len(found.items) == 60


def test_a_list_is_filled_from_the_whole_catalogue_where_a_cap_leaves_too_few() -> None:
    """More movies of one collection than candidates, and the others far behind."""
    neighbourhood = varied(1500).neighbourhood
    request = RecommendationRequest(positive=[1], limit=100, max_per_collection=1)
    found = recommend_movies(neighbourhood, NO_ENCODER, request)
    assert len(found.items) == 100


def test_diversity_keeps_the_first_and_changes_the_rest() -> None:
    plain, varied_list = (recommend(positive=[1], diversity=d).items for d in (0.0, 0.9))
    assert plain[0].id == varied_list[0].id
    assert [item.id for item in plain] != [item.id for item in varied_list]


def test_a_least_score_cuts_the_list() -> None:
    everything = recommend(positive=[1], limit=100).items
    least = everything[4].score
    kept = recommend(positive=[1], limit=100, min_score=least).items
    assert [item.id for item in kept] == [item.id for item in everything if item.score >= least]


def test_weights_change_the_order() -> None:
    plain = recommend(positive=[1], limit=20).items
    weighed = recommend(positive=[1], limit=20, weights={"genres": 5.0, "votes": 0.0}).items
    assert [item.id for item in plain] != [item.id for item in weighed]
    assert all("votes" not in item.contributions for item in weighed)


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({}, InvalidRequestError, "at least one movie"),
        ({"text": "   "}, InvalidRequestError, "at least one movie"),
        ({"text": "🎬 …"}, InvalidRequestError, "no letter or digit"),
        ({"negative": [1]}, InvalidRequestError, "at least one movie"),
        ({"positive": [1, 2], "negative": [2]}, InvalidRequestError, "at once: 2"),
        ({"positive": [1, 999]}, MovieNotFoundError, "id 999"),
        ({"positive": ["Moovie 3"]}, TitleNotFoundError, "titled 'Moovie 3'"),
        ({"positive": [1], "filters": {"genres_all": ["Dram"]}}, InvalidRequestError, "Drama"),
    ],
)
def test_what_cannot_be_answered_says_why(
    fields: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        recommend(**fields)


def test_without_a_model_only_texts_fail() -> None:
    encoder = encoder_of(OneVector(varied().neighbourhood.ranker.index.text[0]))
    missing = type(encoder)(without_model)
    missing.load()
    neighbourhood = varied().neighbourhood
    assert recommend_movies(neighbourhood, missing, RecommendationRequest(positive=[1])).items
    with pytest.raises(TextSearchUnavailableError):
        recommend_movies(neighbourhood, missing, RecommendationRequest(text="an island"))


def test_a_release_without_profiles_answers_without_reasons_and_refuses_filters() -> None:
    neighbourhood = load(varied().tables, without=["profiles", "filters"])
    found = similar_movies(neighbourhood, 1, limit=5, filters=Filters(), lang="es")
    assert [item.reason for item in found.items] == [""] * 5
    with pytest.raises(ArtifactNotFoundError, match="older version"):
        similar_movies(neighbourhood, 1, limit=5, filters=Filters(year_min=1990), lang="es")


def test_a_release_of_the_version_before_is_filtered_by_its_profiles() -> None:
    older = load(varied().tables, without=["filters"])
    for filters in (
        Filters(genres_any=["Drama"], year_min=1950, languages=["es", "fr"]),
        Filters(countries=["ES"], runtime_min=50, votes_min=10, average_max=9),
        Filters(collections=[1, 2], genres_none=["Horror"]),
        Filters(people=[103, 205]),
        Filters(companies=[2]),
    ):
        now = similar_movies(varied().neighbourhood, 7, limit=50, filters=filters, lang="en")
        then = similar_movies(older, 7, limit=50, filters=filters, lang="en")
        assert then == now
        assert now.matching
    unknown = similar_movies(older, 7, limit=5, filters=Filters(budget_min=1), lang="en")
    assert unknown.items == []
