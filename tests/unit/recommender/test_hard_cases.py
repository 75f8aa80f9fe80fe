"""Films that catalogues are full of and recommenders stumble over, among 300 ordinary ones."""

import datetime as dt
import math
from functools import cache
from typing import Any

import polars as pl
import pytest

from services.recommender.index import Neighbourhood
from services.recommender.recommend import recommend_movies, similar_movies
from services.recommender.titles import stored_titles
from shared.contracts.recommendations import (
    Filters,
    Recommendation,
    RecommendationRequest,
    SimilarResponse,
)
from tests.factories import cast_frame, directors_frame, movie, movies_frame, varied_catalogue
from tests.unit.recommender.catalogues import OneVector, Tables, encoder_of, load

ORDINARY = 300
BARE, ORIGINAL, REMAKE, SHORT, NEW, FAMILY, EROTIC = range(1001, 1008)
SAGA = range(2000, 2025)
QUECHUA = range(3000, 3010)
SILENT = range(4000, 4020)
EROTICA = range(5000, 5030)
FAMILY_GENRE = [{"id": 10751, "name": "Family"}]
SAGA_NAME = [{"id": 77, "name": "The Long Saga"}]


def _special() -> list[dict[str, object]]:
    saga: list[dict[str, object]] = [
        movie(
            movie_id,
            f"Saga, part {place}",
            release_date=dt.date(1985 + place, 5, 1),
            belongs_to_collection=SAGA_NAME,
        )
        for place, movie_id in enumerate(SAGA)
    ]
    erotica: list[dict[str, object]] = [
        movie(each, f"Nights {each}", overview="An erotic tale of an island summer.", genres=[])
        for each in EROTICA
    ]
    return [
        movie(
            BARE,
            "Bare",
            overview=None,
            vote_count=0,
            vote_average=0.0,
            genres=[],
            production_countries=[],
            spoken_languages=[],
            original_language=None,
            runtime=None,
        ),
        movie(ORIGINAL, "The Remade", release_date=dt.date(1960, 3, 1)),
        movie(REMAKE, "The Remade", release_date=dt.date(2003, 3, 1)),
        movie(SHORT, "Short", runtime=7.0),
        movie(
            NEW, "Saga, the new one", release_date=dt.date(2017, 12, 1), vote_count=0,
            belongs_to_collection=SAGA_NAME,
        ),
        movie(FAMILY, "Island Summer", genres=FAMILY_GENRE, overview="An island summer."),
        movie(EROTIC, "Island Nights", overview="An erotic island summer.", genres=[]),
        *saga,
        *(movie(each, f"Runa {each}", original_language="qu") for each in QUECHUA),
        *(
            movie(each, f"Silent {each}", release_date=dt.date(1895 + place, 1, 1))
            for place, each in enumerate(SILENT)
        ),
        *erotica,
    ]  # fmt: skip


@cache
def catalogue() -> Tables:
    movies, cast, directors = varied_catalogue(ORDINARY)
    saga_cast = [(each, 900, "Saga Star") for each in (*SAGA, NEW)]
    saga_directors = [(each, 950, "Saga Director") for each in (*SAGA, NEW)]
    return (
        pl.concat([movies, movies_frame(*_special())]),
        pl.concat([cast, cast_frame(*saga_cast)]),
        pl.concat([directors, directors_frame(*saga_directors)]),
    )


@cache
def neighbourhood() -> Neighbourhood:
    return load(catalogue())


def similar(movie_id: int, limit: int = 50, **filters: Any) -> SimilarResponse:  # noqa: ANN401
    return similar_movies(
        neighbourhood(), movie_id, limit=limit, filters=Filters(**filters), lang="es"
    )


def recommend(**fields: Any) -> list[Recommendation]:  # noqa: ANN401
    encoder = encoder_of(OneVector(neighbourhood().ranker.index.text[0]))
    return recommend_movies(neighbourhood(), encoder, RecommendationRequest(**fields)).items


@pytest.mark.parametrize(
    "movie_id", [BARE, ORIGINAL, SHORT, NEW, FAMILY, EROTIC, SAGA[0], QUECHUA[0], SILENT[0]]
)
def test_every_film_has_a_full_finite_list_without_itself(movie_id: int) -> None:
    items = similar(movie_id).items
    assert len(items) == 50
    assert movie_id not in {item.id for item in items}
    for item in items:
        assert 0 <= item.score <= 1
        assert all(math.isfinite(value) for value in item.contributions.values())


def test_a_film_of_which_nothing_is_known_claims_nothing_in_common() -> None:
    words = ("género", "dirección", "reparto", "trama", "tema", "país", "idioma", "nota")
    for item in similar(BARE).items:
        assert not any(word in item.reason.lower() for word in words), item.reason


def test_a_remake_is_another_film_and_its_title_is_not_recommended() -> None:
    assert REMAKE not in {item.id for item in similar(REMAKE).items}
    for movie_id in (ORIGINAL, REMAKE):
        titled = neighbourhood().titles.movie(movie_id)
        assert titled is not None
        titles = stored_titles(neighbourhood(), titled)
        assert len(titles) == 5
        assert "The Remade" not in titles
    by_id = recommend(positive=[REMAKE], limit=3, lang="es")
    assert by_id == similar(REMAKE, 3).items


def test_a_saga_of_25_comes_together_and_can_be_capped() -> None:
    first_ten = {item.id for item in similar(SAGA[12], 10).items}
    assert first_ten <= {*SAGA, NEW}
    assert {item.id for item in similar(SAGA[0], collections=[77]).items} == {*SAGA[1:], NEW}
    capped = recommend(positive=[SAGA[0]], limit=50, max_per_collection=2)
    assert sum(item.id in {*SAGA, NEW} for item in capped) == 2
    assert len(capped) == 50


def test_a_language_of_ten_films_gives_them_all() -> None:
    from_outside = similar(1, languages=["qu"])
    assert {item.id for item in from_outside.items} == set(QUECHUA)
    assert from_outside.matching == 10
    from_inside = similar(QUECHUA[0], languages=["qu"])
    assert {item.id for item in from_inside.items} == set(QUECHUA[1:])


def test_a_short_finds_shorts_where_asked() -> None:
    movies = catalogue()[0]
    shorts = set(movies.filter(pl.col("runtime") <= 15)["id"].to_list()) - {SHORT}
    found = similar(SHORT, runtime_max=15)
    assert found.matching == len(shorts)
    assert {item.id for item in found.items} <= shorts
    assert len(found.items) == min(50, len(shorts))


def test_films_before_1920_find_their_contemporaries_first() -> None:
    years = {movie.movie_id: movie.year for movie in _titled()}
    first = [years[item.id] for item in similar(SILENT[5], 10).items]
    assert sum(year < 1930 for year in first) >= 8
    assert len(similar(SILENT[5], year_max=1919).items) >= len(SILENT) - 1


def test_a_brand_new_film_is_found_without_a_single_vote() -> None:
    assert NEW in {item.id for item in similar(SAGA[24], 30).items}
    mates = {item.id for item in similar(NEW, 10).items}
    assert mates <= set(SAGA)


def test_no_family_film_leads_to_erotica_in_any_way() -> None:
    erotic = {EROTIC, *EROTICA}
    assert not erotic & {item.id for item in similar(FAMILY).items}
    for fields in ({"limit": 100}, {"limit": 100, "filters": Filters(languages=["en"])}):
        assert not erotic & {item.id for item in recommend(positive=[FAMILY], **fields)}
    only_erotica = [each for each in range(1, 6000) if each not in erotic]
    nothing = recommend(positive=[FAMILY], filters=Filters(exclude=only_erotica[:1000]))
    assert not erotic & {item.id for item in nothing}
    assert not erotic & {item.id for item in recommend(positive=[EROTIC, FAMILY], limit=100)}


def test_a_film_for_adults_leads_to_no_family_film() -> None:
    family = set(
        catalogue()[0]
        .filter(pl.col("genres").list.eval(pl.element().struct.field("id")).list.contains(10751))[
            "id"
        ]
        .to_list()
    )
    assert FAMILY in family
    assert not family & {item.id for item in recommend(positive=[EROTIC], limit=100)}


def _titled() -> list[Any]:
    titles = neighbourhood().titles
    ids = catalogue()[0]["id"].to_list()
    return [found for each in ids if (found := titles.movie(each)) is not None]
