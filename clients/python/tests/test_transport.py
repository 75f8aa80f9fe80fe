"""Requests and answers over a real connection: retries, waits, tags, compression, errors."""

import gzip
import json
import pickle
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from butaca_client import (
    AmbiguousError,
    Butaca,
    ButacaError,
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    RateLimitedError,
    TimedOutError,
    UnauthenticatedError,
    UnavailableError,
    UnexpectedAnswerError,
)
from clients.python.tests.server import Say, Scripted, scripted

LIVE = Say(body=b'{"status": "live"}')
SUMMARY = {"id": 862, "title": "Toy Story", "year": 1995}
WISHED = Say(body=b'{"positive": [], "negative": [], "items": [], "matching": 0}')
JOB: dict[str, Any] = {
    "id": "build-1",
    "name": "build",
    "status": "queued",
    "attempts": 0,
    "force": False,
    "full": False,
    "source": None,
    "cause": "operator",
    "created_at": None,
    "started_at": None,
    "ended_at": None,
}


def problem(status: int, code: str = "some_code", **more: object) -> Say:
    body = {"status": status, "code": code, "title": "T", "detail": "D.", "type": "t", **more}
    headers = {"Content-Type": "application/problem+json", "X-Request-Id": "of-the-header"}
    return Say(status=status, body=json.dumps(body).encode(), headers=headers)


def waiting(status: int, retry_after: str) -> Say:
    return Say(status=status, headers={"Retry-After": retry_after})


def client(server: Scripted, **options: Any) -> Butaca:  # noqa: ANN401  # of several types
    return Butaca(server.url, **options)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_question_is_asked_again_where_the_service_is_away_or_asks_to_wait(
    status: int, server: Scripted
) -> None:
    server.say(Say(status=status), Say(status=status), LIVE)
    assert client(server).live().status == "live"
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 408, 409, 414, 500, 501])
def test_no_other_refusal_is_asked_again(status: int, server: Scripted) -> None:
    server.say(problem(status), LIVE)
    with pytest.raises(ButacaError):
        client(server).live()
    assert len(server.asked) == 1


def test_a_question_in_a_body_that_changes_nothing_is_asked_again(server: Scripted) -> None:
    server.say(Say(drop=True), Say(status=503), WISHED)
    assert client(server).recommend(positive=["Heat"]).matching == 0
    assert len({asked.body for asked in server.asked}) == 1
    assert len(server.asked) == 3


@pytest.mark.parametrize("first", [Say(drop=True), Say(status=503)])
def test_a_job_is_never_started_again(first: Say, server: Scripted) -> None:
    server.say(first, Say(status=202, body=json.dumps(JOB).encode()))
    with pytest.raises(UnavailableError):
        client(server).start_job()
    assert len(server.asked) == 1


@pytest.mark.parametrize("first", [Say(drop=True), Say(status=503), waiting(429, "0")])
def test_a_job_with_an_idempotency_key_is_asked_for_again(first: Say, server: Scripted) -> None:
    server.say(first, Say(status=202, body=json.dumps(JOB).encode()))
    assert client(server).start_job(idempotency_key="a-1").id == "build-1"
    assert [asked.headers["Idempotency-Key"] for asked in server.asked] == ["a-1", "a-1"]


@pytest.mark.parametrize("retries", [0, 1])
def test_retries_have_an_end(retries: int, server: Scripted) -> None:
    server.say(problem(503))
    with pytest.raises(UnavailableError) as caught:
        client(server, retries=retries).live()
    assert (caught.value.status, len(server.asked)) == (503, retries + 1)


def test_a_limit_says_how_long_to_wait(server: Scripted) -> None:
    limit = problem(429, "rate_limited")
    server.say(Say(429, limit.body, {**limit.headers, "Retry-After": "31"}))
    with pytest.raises(RateLimitedError) as caught:
        client(server).live()
    assert (caught.value.retry_after_s, len(server.asked)) == (31.0, 1)


def test_a_key_that_is_refused_is_also_forbidden(server: Scripted) -> None:
    server.say(problem(401, "unauthenticated"))
    with pytest.raises(ForbiddenError) as caught:
        client(server).jobs()
    assert type(caught.value) is UnauthenticatedError


def test_retry_after_is_honoured(server: Scripted) -> None:
    server.say(waiting(503, "1"), LIVE)
    client(server).live()
    first, second = server.asked
    assert 1.0 <= second.at - first.at < 4.0


def test_a_wait_that_is_too_long_is_left_to_the_caller(server: Scripted) -> None:
    server.say(waiting(503, "31"), LIVE)
    begun = time.monotonic()
    with pytest.raises(UnavailableError) as caught:
        client(server).live()
    assert (caught.value.retry_after_s, len(server.asked)) == (31.0, 1)
    assert time.monotonic() - begun < 5


def test_a_dropped_connection_is_made_again(server: Scripted) -> None:
    server.say(Say(drop=True), LIVE)
    assert client(server).live().status == "live"
    assert len(server.asked) == 2


def test_nothing_at_the_address_is_an_error_without_a_status() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    begun = time.monotonic()
    with pytest.raises(UnavailableError, match="unreachable") as caught:
        Butaca(url, retries=1).live()
    assert caught.value.status is None
    assert time.monotonic() - begun >= 0.125  # one wait


def test_an_answer_that_is_too_slow_is_not_asked_for_again(server: Scripted) -> None:
    server.say(Say(delay_s=3.0))
    begun = time.monotonic()
    with pytest.raises(TimedOutError, match="too slow"):
        client(server, timeout_s=0.1).live()
    assert time.monotonic() - begun < 2
    assert len(server.asked) == 1


def test_an_answer_within_the_time_is_taken(server: Scripted) -> None:
    server.say(Say(body=LIVE.body, delay_s=0.1))
    assert client(server, timeout_s=3.0).live().status == "live"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequestError),
        (413, InvalidRequestError),
        (415, InvalidRequestError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (409, ConflictError),
        (401, UnauthenticatedError),
        (408, TimedOutError),
        (414, InvalidRequestError),
        (422, InvalidRequestError),
        (429, RateLimitedError),
        (503, UnavailableError),
        (504, TimedOutError),
        (500, ButacaError),
        (302, ButacaError),
    ],
)
def test_a_problem_becomes_the_error_of_its_status(
    status: int, kind: type[ButacaError], server: Scripted
) -> None:
    server.say(problem(status, request_id="abc", suggestions=["Heat"], parameter="q"))
    with pytest.raises(ButacaError) as caught:
        client(server, retries=0).live()
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.code, error.title, error.detail) == (
        status,
        "some_code",
        "T",
        "D.",
    )
    assert (error.request_id, error.suggestions) == ("abc", ["Heat"])
    assert str(error) == "some_code: D. Perhaps: Heat"


def test_the_films_that_a_title_may_mean_are_typed(server: Scripted) -> None:
    films = [{**SUMMARY, "vote_count": 5}, {"id": 2, "title": "T2", "year": 1999, "vote_count": 1}]
    server.say(problem(409, "title_ambiguous", candidates=films))
    with pytest.raises(AmbiguousError, match=r"Toy Story \(1995, id 862\)") as caught:
        client(server).resolve("Toy Story")
    assert [each.id for each in caught.value.candidates] == [862, 2]


def test_a_refusal_that_is_no_problem_document_is_still_an_error(server: Scripted) -> None:
    server.say(Say(status=404, body=b"<h1>\xff", headers={"X-Request-Id": "r1"}))
    with pytest.raises(NotFoundError) as caught:
        client(server).live()
    assert (caught.value.code, caught.value.request_id) == ("unknown", "r1")
    assert caught.value.detail.startswith("<h1>")


def test_an_error_crosses_to_another_process(server: Scripted) -> None:
    server.say(problem(404, suggestions=["Heat"]))
    with pytest.raises(NotFoundError) as caught:
        client(server).live()
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  # our own bytes
    assert (type(again), again.problem) == (NotFoundError, caught.value.problem)


@pytest.mark.parametrize("body", [b"<html>", b'{"id": "x"}', b"\xff", b""])
def test_another_answer_than_expected_says_so(body: bytes, server: Scripted) -> None:
    server.say(Say(body=body))
    with pytest.raises(UnexpectedAnswerError, match="/v1/movies/1"):
        client(server).movie(1)


def test_a_broken_compressed_body_says_so(server: Scripted) -> None:
    server.say(Say(body=b"no gzip", headers={"Content-Encoding": "gzip"}))
    with pytest.raises(UnexpectedAnswerError):
        client(server, retries=0).live()


def test_unknown_fields_are_passed_over(server: Scripted) -> None:
    server.say(Say(body=b'{"status": "live", "mood": "good"}'))
    assert client(server).live().status == "live"


def test_gzip_is_asked_for_and_read(server: Scripted) -> None:
    server.say(Say(body=gzip.compress(LIVE.body), headers={"Content-Encoding": "gzip"}))
    assert client(server).live().status == "live"
    assert server.asked[0].headers["Accept-Encoding"] == "gzip"


def test_a_tag_is_sent_back_and_the_kept_body_used(server: Scripted) -> None:
    packed = Say(
        body=gzip.compress(LIVE.body), headers={"Content-Encoding": "gzip", "ETag": '"7-a-gzip"'}
    )
    server.say(
        packed,
        Say(status=304),
        Say(body=b'{"status": "new"}', headers={"ETag": '"8"'}),
        Say(status=304),
    )
    with client(server) as butaca:
        assert [butaca.live().status for _ in range(4)] == ["live", "live", "new", "new"]
    sent = [asked.headers.get("If-None-Match") for asked in server.asked]
    assert sent == [None, '"7-a-gzip"', '"7-a-gzip"', '"8"']


def test_only_the_latest_answers_are_kept(server: Scripted) -> None:
    server.say(Say(body=b"[]", headers={"ETag": '"1"'}))
    butaca = client(server, keep=2)
    for title in ("a", "b", "a", "c", "a", "b"):
        butaca.recomendacion(title)
    sent = [asked.headers.get("If-None-Match") for asked in server.asked]
    assert sent == [None, None, '"1"', None, '"1"', None]


@pytest.mark.parametrize("options", [{"keep": 0}, {}])
def test_what_is_not_kept_is_asked_for_in_full(options: dict[str, Any], server: Scripted) -> None:
    headers = {"ETag": '"1"'} if options else {}
    server.say(Say(body=LIVE.body, headers=headers))
    butaca = client(server, **options)
    butaca.live()
    butaca.live()
    assert all("If-None-Match" not in asked.headers for asked in server.asked)


def test_the_key_goes_to_the_service_and_nowhere_else(server: Scripted) -> None:
    with scripted() as other:
        server.say(Say(status=307, headers={"Location": f"{other.url}/v1/jobs"}, body=b""))
        butaca = client(server, api_key="secreto")
        with pytest.raises(ButacaError):
            butaca.jobs()
        assert other.asked == []
    assert server.asked[0].headers["X-API-Key"] == "secreto"
    assert "secreto" not in repr(butaca)


def test_without_a_key_or_language_neither_is_sent(server: Scripted) -> None:
    server.say(LIVE)
    client(server).live()
    client(server, lang="es").live()
    plain, spanish = (asked.headers for asked in server.asked)
    assert not {"X-API-Key", "Accept-Language"} & set(plain)
    assert spanish["Accept-Language"] == "es"
    assert plain["User-Agent"].startswith("butaca-client/")


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://a",
        "http://",
        "",
        "http://a/?x=1",
        "//a",
        "file:///etc",
        "http://u:pw@a",
    ],
)
def test_what_is_no_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="no address") as caught:
        Butaca(url)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("key", ["a\nb", "ñ"])
def test_what_is_no_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match="api_key is no key") as caught:
        Butaca("http://localhost", api_key=key)
    assert key not in str(caught.value)


@pytest.mark.parametrize("options", [{"retries": -1}, {"keep": -1}, {"timeout_s": 0}])
def test_numbers_out_of_bounds_are_refused_at_once(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        Butaca("http://localhost", **options)


def test_a_path_before_the_routes_and_a_slash_after_it_are_kept(server: Scripted) -> None:
    server.say(LIVE)
    Butaca(f"{server.url}/films/").live()
    assert server.asked[0].target == "/films/health/live"


def test_a_connection_is_used_again_also_after_close(server: Scripted) -> None:
    server.say(LIVE)
    butaca = client(server)
    for _ in range(5):
        butaca.live()
    butaca.close()
    butaca.live()
    ports = [asked.port for asked in server.asked]
    assert len(set(ports[:5])) == 1
    assert ports[5] != ports[0]


def test_one_client_serves_many_threads(server: Scripted) -> None:
    server.say(Say(body=b'["x"]', headers={"ETag": '"1"'}))
    with client(server, keep=3) as butaca, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: butaca.recomendacion(str(n % 5)), range(80)))
    assert answers == [["x"]] * 80
    assert len(server.asked) == 80
