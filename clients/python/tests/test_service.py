"""The client against the real gateway, queries and recommender, over one small release."""

import io
import uuid
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from butaca_client import Butaca, ForbiddenError, InvalidRequestError, NotFoundError
from tests.integration.stack import whole_stack

KEY = "una-clave-larga"


@pytest.fixture(scope="module")
def url(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    key_file: Path = tmp_path_factory.mktemp("key") / "admin.key"
    key_file.write_text(KEY)
    with whole_stack(redis_url, f"test-{uuid.uuid4().hex}", admin_key_file=key_file) as url:
        yield url


@pytest.fixture
def butaca(url: str) -> Iterator[Butaca]:
    with Butaca(url, api_key=KEY) as client:
        yield client


def test_three_lines_in_a_notebook(url: str) -> None:
    butaca = Butaca(url)
    items = butaca.recommend(positive=["Movie 2"]).items
    assert len(items) == 10
    assert repr(items).splitlines()[0].split()[:4] == ["id", "title", "year", "score"]


def test_the_catalogue_is_paged_through_and_looked_up(butaca: Butaca) -> None:
    page = butaca.movies(sort="title", limit=7, year_min=1950)
    every = list(butaca.iter_movies(sort="title", limit=7, year_min=1950))
    assert len(every) == page.total > 7
    assert len({each.id for each in every}) == page.total
    assert every[:7] == page.items
    found = butaca.lookup([3, 999_999, 1], fields=["id", "cast"])
    assert ([each.id for each in found.items], found.missing) == ([3, 1], [999_999])
    assert butaca.movie(3).cast == found.items[0].cast


def test_titles_people_and_words_are_found(butaca: Butaca) -> None:
    assert butaca.resolve("movie 7").movie.id == 7
    assert butaca.suggest("movie 1", limit=3).items[0].title == "Movie 1"
    actor = butaca.people("actor 3").items[0]
    assert butaca.person(actor.id).name == actor.name == "Actor 3"
    films = butaca.person_movies(actor.id, role="acting", sort="title")
    assert films.total == len(films.items) == butaca.person(actor.id).films_acted
    hits = butaca.search("ghost robbery", mode="semantic", limit=5)
    assert (len(hits.items), hits.answered_by) == (5, ["semantic"])


def test_recommendations_by_filter_and_by_hundreds(butaca: Butaca) -> None:
    similar = butaca.similar(1, limit=5, year_min=1990, lang="es")
    assert all(each.year >= 1990 for each in similar.items)
    first, second = butaca.recommend_many(
        [{"positive": [1]}, {"positive": ["nada de nada"]}]
    ).results
    assert first.response is not None
    assert first.problem is None
    assert second.problem is not None
    assert second.problem.code == "title_not_found"


def test_the_seven_questions(butaca: Butaca) -> None:
    assert butaca.cantidad_filmaciones_mes("enero").cantidad == 120
    assert butaca.cantidad_filmaciones_dia("lunes").dia.lower() == "lunes"
    assert butaca.score_titulo("Movie 4").id == butaca.votos_titulo("Movie 4").id == 4
    assert butaca.get_actor("Actor 3").cantidad_peliculas > 0
    assert butaca.get_director("Director 3").peliculas[0].titulo.startswith("Movie")
    assert len(butaca.recomendacion("Movie 2")) == 5


def test_releases_and_jobs(butaca: Butaca) -> None:
    number = int(str(butaca.health().release).partition("-")[0])
    assert butaca.live().status == "live"
    assert butaca.report(number, limit=2).quarantine.next_offset == 2
    assert butaca.scorecard(number).card.movies == 120
    assert butaca.release_counts(by="decade").total == 120
    assert pl.read_parquet(io.BytesIO(butaca.table(number, "movies"))).height == 120
    job = butaca.start_job(force=True)
    assert butaca.job(job.id) == job
    assert job in butaca.jobs().items
    assert "v1" in butaca.index()


def test_an_answer_that_still_holds_costs_no_body(url: str) -> None:
    with Butaca(url) as butaca:
        first = butaca.movie(1)
        kept = butaca._transport._kept
        assert len(kept) == 1
        assert butaca.movie(1) == first
        held = kept.find("/v1/movies/1")
        assert held is not None
        assert held.tag.startswith('"1-')


def test_refusals_say_what_is_wrong(url: str, butaca: Butaca) -> None:
    with pytest.raises(NotFoundError) as unknown:
        butaca.movie(999_999)
    assert unknown.value.code == "movie_not_found"
    assert unknown.value.request_id
    with pytest.raises(InvalidRequestError, match="limit"):
        butaca.movies(limit=101)
    with pytest.raises(ForbiddenError):
        Butaca(url).jobs()
