"""The client against the real gateway, queries and recommender, over one small release."""

import io
import uuid
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from butaca_client import (
    Butaca,
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    UnauthenticatedError,
)
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
    assert "v1" in butaca.index()


def test_a_job_is_started_once_followed_cancelled_and_tried_again(butaca: Butaca) -> None:
    job = butaca.start_job(force=True, idempotency_key="once")
    assert butaca.start_job(force=True, idempotency_key="once").id == job.id
    with pytest.raises(ConflictError, match="idempotency_conflict"):
        butaca.start_job(idempotency_key="once")
    assert butaca.job(job.id) == job
    assert job in butaca.jobs().items
    assert [each.event for each in butaca.job_log(job.id).items] == ["job_enqueued"]
    events = butaca.job_events(job.id)
    assert next(events).status == "queued"
    assert butaca.cancel_job(job.id).status == "canceled"
    assert [each.status for each in events] == ["canceled"]
    assert butaca.wait_for_job(job.id).has_ended
    with pytest.raises(ConflictError, match="job_ended"):
        butaca.cancel_job(job.id)
    again = butaca.retry_job(job.id)
    assert (again.id != job.id, again.force) == (True, True)
    with pytest.raises(ConflictError, match="job_not_ended"):
        butaca.retry_job(again.id)


def test_a_release_is_shown_pinned_and_carried_elsewhere(butaca: Butaca, tmp_path: Path) -> None:
    (live,) = butaca.releases().items
    assert (live.status, live.pinned, live.counts["movies"]) == ("live", False, 120)
    assert butaca.pin(live.number).pinned
    assert not butaca.unpin(live.number).pinned
    assert butaca.activate(live.number) == butaca.release(live.number) == live
    same = butaca.difference(live.number, base=live.number)
    assert (same.base, same.changed, same.neighbours.kept) == (live.label, 0, 1.0)
    file = butaca.export_release(live.number, tmp_path / "release.bin")
    assert butaca.import_release(file) == live
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(InvalidRequestError, match="import_invalid"):
        butaca.import_release(file)


def test_a_key_opens_what_its_role_allows_until_it_is_revoked(url: str, butaca: Butaca) -> None:
    made = butaca.create_key("a notebook", role="operator", expires_in_days=1)
    assert [each.id for each in butaca.keys().items] == [made.id]
    with Butaca(url, api_key=made.key) as other:
        assert other.releases().items
        with pytest.raises(ForbiddenError, match="ops_forbidden") as low:
            other.keys()
        assert type(low.value) is ForbiddenError
        butaca.revoke_key(made.id)
        with pytest.raises(UnauthenticatedError):
            other.releases()
    with pytest.raises(NotFoundError, match="key_not_found"):
        butaca.revoke_key(made.id)


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
    with pytest.raises(UnauthenticatedError):
        Butaca(url).jobs()
