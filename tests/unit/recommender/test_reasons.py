"""Reasons are true: each is looked up in the tables it was not made from."""

import datetime as dt
import re
from typing import Any

import polars as pl
import pytest

from services.recommender.recommend import recommend_movies, similar_movies
from shared.contracts.filters import Filters
from shared.contracts.recommendations import Lang, RecommendationRequest
from tests.factories import cast_frame, directors_frame, movie, movies_frame
from tests.unit.recommender.catalogues import OneVector, Tables, encoder_of, load, varied

SPANISH = {
    "Drama": "drama",
    "Comedy": "comedia",
    "Action": "acción",
    "Horror": "terror",
}
BRACKETS = re.compile(r"([^,(:]+) \(([^)]*)\)")


def names_of(tables: Tables, movie_id: int) -> dict[str, set[str]]:
    """What the clean tables say of a movie."""
    movies, cast, directors = tables
    row = movies.filter(id=movie_id).to_dicts()[0]

    def named(column: str) -> set[str]:
        return {each["name"] for each in row[column]}

    return {
        "director": set(directors.filter(movie_id=movie_id)["name"]),
        "cast": set(cast.filter(movie_id=movie_id)["name"]),
        "genre": {name.lower() for name in named("genres")},
        "género": {SPANISH[name] for name in named("genres")},
        "collection": named("belongs_to_collection"),
        "company": named("production_companies"),
        "country": named("production_countries"),
        "language": {row["original_language"]},
        "words": named("keywords") | set((row["overview"] or "").split()),
    }


# The figures are looked at by a test of their own.
KINDS = {
    "same period": "",
    "misma época": "",
    "similar rating": "",
    "nota parecida": "",
    "same directors": "director",
    "same countries": "country",
    "mismos países": "country",
    "same company": "company",
    "same companies": "company",
    "misma productora": "company",
    "mismas productoras": "company",
    "same director": "director",
    "misma dirección": "director",
    "same collection": "collection",
    "misma saga": "collection",
    "shared cast": "cast",
    "reparto en común": "cast",
    "same genre": "genre",
    "same genres": "genre",
    "mismo género": "género",
    "mismos géneros": "género",
    "same country": "country",
    "mismo país": "country",
    "same original language": "language",
    "mismo idioma original": "language",
}


@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_reason_is_found_in_both_movies(lang: Lang) -> None:
    tables, neighbourhood = varied()
    seen: set[str] = set()
    for movie_id in range(1, 121, 3):
        own = names_of(tables, movie_id)
        found = similar_movies(neighbourhood, movie_id, limit=10, filters=Filters(), lang=lang)
        for item in found.items:
            other = names_of(tables, item.id)
            assert item.reason[:1] == item.reason[:1].upper()
            head, _, words = item.reason.partition(": ")
            for name in words.split(", ") if words else []:
                assert name in own["words"] & other["words"], item.reason
                seen.add("words")
            for phrase, listed in BRACKETS.findall(head):
                kind = KINDS[phrase.strip().lower()]
                if kind:
                    assert set(listed.split(", ")) <= own[kind] & other[kind], item.reason
                    seen.add(kind)
    expected = {"director", "collection", "cast", "country", "words"}
    assert seen >= expected


def test_figures_in_reasons_are_those_of_the_movies() -> None:
    tables, neighbourhood = varied()
    rows: dict[int, dict[str, Any]] = {row["id"]: row for row in tables[0].to_dicts()}
    checked = 0
    for movie_id in range(1, 121):
        found = similar_movies(neighbourhood, movie_id, limit=10, filters=Filters(), lang="en")
        for item in found.items:
            for phrase, listed in BRACKETS.findall(item.reason):
                shown = listed.split(" and ")
                pair = [shown[0], shown[-1]]
                both = (rows[movie_id], rows[item.id])
                if phrase.strip().lower() == "same period":
                    years = [row["release_year"] for row in both]
                    assert pair == [str(year) for year in years]
                    assert abs(years[0] - years[1]) <= 5
                    checked += 1
                if phrase.strip().lower() == "similar rating":
                    averages = [row["vote_average"] for row in both]
                    assert pair == [f"{average:.1f}" for average in averages]
                    assert abs(averages[0] - averages[1]) <= 0.5
                    assert min(row["vote_count"] for row in both) >= 20
                    checked += 1
    assert checked > 20


@pytest.fixture
def pair_of_heists() -> Tables:
    dream = [{"id": 1, "name": "dream"}]
    saga = [{"id": 9, "name": "The Heist Collection"}]
    common: dict[str, Any] = {
        "keywords": dream,
        "belongs_to_collection": saga,
        "release_date": dt.date(2010, 7, 16),
    }
    others = [
        movie(place, f"Other {place}", release_date=dt.date(1950, 1, 1)) for place in range(3, 9)
    ]
    movies = movies_frame(movie(1, "Heist", **common), movie(2, "Heist 2", **common), *others)
    people = [(1, 5, "Ana Ruiz"), (2, 5, "Ana Ruiz")]
    return movies, cast_frame(*people), directors_frame((1, 7, "Eva Sol"), (2, 7, "Eva Sol"))


@pytest.mark.parametrize(
    ("lang", "reason"),
    [
        (
            "es",
            "Misma saga (The Heist Collection), misma dirección (Eva Sol), tema en común: dream",
        ),
        (
            "en",
            "Same collection (The Heist Collection), same director (Eva Sol), shared theme: dream",
        ),
    ],
)
def test_the_most_telling_reasons_come_first(
    pair_of_heists: Tables, lang: Lang, reason: str
) -> None:
    neighbourhood = load(pair_of_heists)
    found = similar_movies(neighbourhood, 1, limit=1, filters=Filters(), lang=lang)
    assert (found.items[0].id, found.items[0].reason) == (2, reason)


def test_a_description_is_answered_with_its_own_words(pair_of_heists: Tables) -> None:
    neighbourhood = load(pair_of_heists)
    encoder = encoder_of(OneVector(neighbourhood.ranker.index.text[1]))
    request = RecommendationRequest(text="Thieves within a DREAM.", limit=1, lang="es")
    found = recommend_movies(neighbourhood, encoder, request)
    assert found.items[0].reason == "Como la descripción: dream"


@pytest.mark.parametrize("overview", [None, "  "])
def test_films_without_a_plot_have_none_in_common(overview: str | None) -> None:
    rows = [movie(place, "The Same Title", overview=overview) for place in range(1, 4)]
    tables = (movies_frame(*rows), cast_frame(), directors_frame())
    neighbourhood = load(tables)
    text = neighbourhood.ranker.index.rows[:, :384]
    text[:] = text[0]
    found = similar_movies(neighbourhood, 1, limit=2, filters=Filters(), lang="en")
    assert not any("plot" in item.reason.lower() for item in found.items)


def test_nothing_in_common_is_no_reason() -> None:
    rows = [
        movie(
            place,
            f"Movie {place}",
            release_date=dt.date(1900 + 30 * place, 1, 1),
            genres=[],
            production_countries=[],
            original_language=None,
            vote_count=0,
        )
        for place in range(1, 4)
    ]
    neighbourhood = load((movies_frame(*rows), cast_frame(), pl.DataFrame(directors_frame())))
    found = similar_movies(neighbourhood, 1, limit=2, filters=Filters(), lang="es")
    assert [item.reason for item in found.items] == ["", ""]
