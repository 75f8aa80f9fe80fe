import io

import msgspec
import polars as pl
import pytest

from services.queries import answers
from services.queries.catalogue import Catalogue, load_catalogue
from shared.contracts.filters import Filters
from shared.contracts.movies import Movie, Named
from shared.contracts.queries import TitleChoice
from shared.errors import MovieNotFoundError, ReleaseCorruptError
from shared.titles import title_frame
from tests.factories import (
    artifacts_of,
    cast_frame,
    directors_frame,
    manifest_of,
    movie,
    movies_frame,
    parquet,
    small_catalogue,
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    movies = movies_frame(
        movie(1, "Heat", vote_count=2000, vote_average=7.7, popularity=17.924927),
        movie(2, "heat", vote_count=5),
        movie(3, "Rare", vote_count=1999),
        movie(4, "Alien", belongs_to_collection=[{"id": 8091, "name": "Alien Collection"}]),
    )
    return Catalogue(
        {
            "movies": movies,
            "cast": cast_frame((1, 1, "Al Pacino"), (4, 2, "Sigourney Weaver")),
            "directors": directors_frame((1, 9, "Michael Mann")),
            "titles": title_frame(movies),
        }
    )


def test_the_most_voted_of_a_title_answers_and_names_the_others(catalogue: Catalogue) -> None:
    score = answers.title_score(catalogue, catalogue.titles.resolve("HEAT"))
    assert (score.id, score.score, score.voto_promedio) == (1, 17.924927, 7.7)
    assert score.otras == [TitleChoice(id=2, titulo="heat", anio=2000)]
    assert score.mensaje == (
        "La película «Heat» se estrenó en 2000 con un score (popularidad) de 17.92 "
        "y un voto promedio de 7.7."
    )


def test_from_2000_votes_on_there_is_an_average(catalogue: Catalogue) -> None:
    votes = answers.title_votes(catalogue, catalogue.titles.resolve("Heat"))
    body = msgspec.json.decode(msgspec.json.encode(votes))
    assert (body["votos"], body["promedio"]) == (2000, 7.7)
    assert "mensaje" not in body


def test_below_2000_votes_the_condition_is_named_instead(catalogue: Catalogue) -> None:
    votes = answers.title_votes(catalogue, catalogue.titles.resolve("Rare"))
    body = msgspec.json.decode(msgspec.json.encode(votes))
    assert body["votos"] == 1999
    assert "promedio" not in body
    assert "al menos 2000 valoraciones" in body["mensaje"]


def test_a_person_is_found_however_the_name_is_typed(catalogue: Catalogue) -> None:
    row = catalogue.actors.find(" al  PACÍNO")
    assert row is not None
    assert answers.actor_success(row).actor == "Al Pacino"


def test_an_unknown_person_is_answered_with_near_names(catalogue: Catalogue) -> None:
    error = catalogue.actors.not_found("Al Pachino")
    assert error.details["suggestions"] == ["Al Pacino"]
    assert "Al Pachino" in error.message
    assert catalogue.directors.suggest("x") == []


def test_a_movie_has_the_form_of_its_contract(catalogue: Catalogue) -> None:
    found = catalogue.shelf.movie(4)
    assert isinstance(found, Movie)
    assert found.collection == Named(id=8091, name="Alien Collection")
    assert [person.name for person in found.cast] == ["Sigourney Weaver"]
    with pytest.raises(MovieNotFoundError):
        catalogue.shelf.movie(5)


def test_a_sound_release_is_loaded() -> None:
    artifacts = artifacts_of(*small_catalogue())
    assert len(load_catalogue(manifest_of(artifacts), artifacts)) == 12


def test_a_table_of_another_length_than_the_manifest_says_is_refused() -> None:
    artifacts = artifacts_of(*small_catalogue())
    manifest = manifest_of(artifacts)
    shorter = pl.read_parquet(artifacts["cast"]).head(3)
    with pytest.raises(ReleaseCorruptError, match="cast has 3 rows instead of 12"):
        load_catalogue(manifest, {**artifacts, "cast": parquet(shorter)})


def test_a_title_table_that_misses_a_movie_is_refused() -> None:
    artifacts = artifacts_of(*small_catalogue())
    shorter = pl.read_parquet(artifacts["titles"]).head(11)
    with pytest.raises(ReleaseCorruptError, match="title table"):
        load_catalogue(manifest_of(artifacts), {**artifacts, "titles": parquet(shorter)})


def test_a_duplicate_id_is_refused() -> None:
    movies, cast, directors = small_catalogue()
    artifacts = artifacts_of(movies, cast, directors)
    doubled = {**artifacts, "movies": parquet(pl.concat([movies.head(11), movies.head(1)]))}
    with pytest.raises(ReleaseCorruptError, match="different ids"):
        load_catalogue(manifest_of(artifacts), doubled)


def test_the_filters_of_the_release_are_taken_or_made() -> None:
    artifacts = artifacts_of(*small_catalogue(movies=20))
    without = {name: data for name, data in artifacts.items() if name != "filters"}
    wanted = Filters(genres_any=["Drama"], year_min=1995)
    taken, made = (
        load_catalogue(manifest_of(each), each).filters.allowed(wanted).to_list()
        for each in (artifacts, without)
    )
    assert taken == made
    assert any(taken)
    assert not all(taken)


def test_filters_of_other_movies_are_a_corrupt_release() -> None:
    artifacts = artifacts_of(*small_catalogue(movies=20))
    frame = pl.read_parquet(io.BytesIO(artifacts["filters"])).reverse()
    artifacts = {**artifacts, "filters": parquet(frame)}
    with pytest.raises(ReleaseCorruptError, match="filters"):
        load_catalogue(manifest_of(artifacts), artifacts)
