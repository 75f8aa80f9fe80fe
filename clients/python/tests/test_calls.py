"""What the methods send, and what they do beyond one request."""

import datetime as dt
import json
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pandas as pd
import pytest

from butaca_client import (
    Butaca,
    FilterArgs,
    InvalidRequestError,
    TimedOutError,
    UnavailableError,
    Wish,
)
from clients.python.tests.server import Say, Scripted

TITLES = [
    "Face/Off",
    "¿Qué hice yo para merecer esto?",
    "Se7en & 8½ + 100%",
    "a\nb",
    "//",
    "#?=;",
    "..",
    "映画 🎬",
]


def query(server: Scripted) -> list[tuple[str, str]]:
    parts = urlsplit(server.asked[-1].target)
    return parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)


def page(ids: list[int], cursor: str | None) -> Say:
    body = {"items": [{"id": each} for each in ids], "total": 3, "next_cursor": cursor}
    return Say(body=json.dumps(body).encode())


def job(status: str) -> Say:
    body: dict[str, Any] = dict.fromkeys(["created_at", "started_at", "ended_at"])
    body |= {"id": "build-1", "name": "build", "status": status, "attempts": 1, "force": False}
    body |= {"full": False, "source": None, "cause": "operator"}
    return Say(body=json.dumps(body).encode())


@pytest.mark.parametrize("title", TITLES)
def test_odd_titles_arrive_as_they_are(title: str, server: Scripted) -> None:
    server.say(Say(body=b"[]"))
    Butaca(server.url).recomendacion(title)
    assert query(server) == [("titulo", title)]
    assert urlsplit(server.asked[0].target).path == "/recomendacion"
    assert server.asked[0].target.isascii()


def test_a_job_id_is_one_part_of_the_path(server: Scripted) -> None:
    server.say(job("finished"))
    Butaca(server.url).job("a/b?c")
    assert server.asked[0].target == "/v1/jobs/a%2Fb%3Fc"


@pytest.mark.parametrize("dots", [".", ".."])
def test_an_id_of_dots_stays_in_its_path(dots: str, server: Scripted) -> None:
    server.say(job("finished"))
    Butaca(server.url).job(dots)
    assert server.asked[0].target == f"/v1/jobs/{dots.replace('.', '%2E')}"


def test_an_empty_id_is_refused_before_anything_is_asked(server: Scripted) -> None:
    butaca = Butaca(server.url)
    for call in (butaca.job, butaca.cancel_job, butaca.job_log, butaca.revoke_key):
        with pytest.raises(InvalidRequestError, match="must not be empty"):
            call("")
    with pytest.raises(InvalidRequestError, match="must not be empty"):
        next(butaca.job_events(""))
    assert server.asked == []


def test_lists_repeat_their_name_and_what_is_not_given_is_left_out(server: Scripted) -> None:
    server.say(page([], None))
    Butaca(server.url).movies(
        genres_any=["Drama", "Crime"], date_min=dt.date(1999, 12, 31), year_max=None, exclude=()
    )
    assert query(server) == [
        ("sort", "votes"),
        ("limit", "20"),
        ("genres_any", "Drama"),
        ("genres_any", "Crime"),
        ("date_min", "1999-12-31"),
    ]


def test_a_lone_value_is_a_list_in_query_and_body(server: Scripted) -> None:
    server.say(page([], None))
    Butaca(server.url).movies(genres_any="Drama")
    assert ("genres_any", "Drama") in query(server)
    server.say(Say(body=b'{"positive": [], "negative": [], "items": [], "matching": 0}'))
    Butaca(server.url).recommend(positive="Heat", genres_any="Drama", votes_min=None)
    body = json.loads(server.asked[0].body)
    assert (body["positive"], body["filters"]) == (["Heat"], {"genres_any": ["Drama"]})


@pytest.mark.parametrize(
    "ids",
    [[1, 2], (1, 2), np.array([1, 2]), pd.Series([1, 2]), [np.int64(1), np.int64(2)], range(1, 3)],
)
def test_columns_of_data_frames_may_stand_for_lists(
    ids: Collection[int], server: Scripted
) -> None:
    server.say(Say(body=b'{"items": [], "missing": []}'))
    Butaca(server.url).lookup(ids)
    assert json.loads(server.asked[0].body) == {"ids": [1, 2], "fields": []}


def test_what_cannot_be_sent_says_so(server: Scripted) -> None:
    with pytest.raises(NotImplementedError, match="complex cannot be sent"):
        Butaca(server.url).lookup([1j])  # type: ignore[list-item]  # what this is about
    assert server.asked == []


def test_many_wishes_go_in_one_body(server: Scripted) -> None:
    server.say(Say(body=b'{"results": [{"problem": null}, {}]}'))
    filters: FilterArgs = {"year_min": 1990, "date_max": dt.date(2000, 1, 2)}
    wishes: list[Wish] = [
        {"positive": [862], "filters": filters},
        {"text": "un robo", "lang": None},
    ]
    assert len(Butaca(server.url).recommend_many(wishes, lang="es").results) == 2
    assert server.asked[0].target == "/v1/recommendations/batch?lang=es"
    assert json.loads(server.asked[0].body)["requests"] == [
        {"positive": [862], "filters": {"year_min": 1990, "date_max": "2000-01-02"}},
        {"text": "un robo"},
    ]


def test_every_movie_is_reached_page_by_page_and_no_sooner(server: Scripted) -> None:
    server.say(page([1, 2], "c/1"), page([3], None))
    found = Butaca(server.url).iter_movies(limit=2, sort="title", year_min=1990)
    assert server.asked == []
    assert next(found).id == 1
    assert len(server.asked) == 1
    assert [each.id for each in found] == [2, 3]
    assert dict(query(server)) == {
        "sort": "title",
        "limit": "2",
        "cursor": "c/1",
        "year_min": "1990",
    }


def test_pages_without_movies_end(server: Scripted) -> None:
    server.say(page([], None))
    assert list(Butaca(server.url).iter_movies()) == []


@pytest.mark.parametrize("status", ["finished", "failed", "stopped", "canceled"])
def test_a_job_is_waited_for_until_it_ends(status: str, server: Scripted) -> None:
    server.say(job("queued"), job("started"), job(status))
    ended = Butaca(server.url).wait_for_job("build-1", poll_s=0.01)
    assert (ended.status, ended.has_ended, len(server.asked)) == (status, True, 3)


def test_waiting_for_a_job_has_an_end(server: Scripted) -> None:
    server.say(job("started"))
    with pytest.raises(TimedOutError, match=r"build-1 is started after 0\.5 s"):
        Butaca(server.url).wait_for_job("build-1", timeout_s=0.5, poll_s=0.2)
    assert 2 <= len(server.asked) <= 4


def test_not_ready_is_an_answer_of_health_and_not_asked_again(server: Scripted) -> None:
    server.say(Say(status=503, body=b'{"status": "not_ready", "reasons": ["no release"]}'))
    health = Butaca(server.url).health()
    assert (health.status, health.reasons, len(server.asked)) == ("not_ready", ["no release"], 1)


def test_health_behind_a_proxy_that_finds_nobody_is_an_error(server: Scripted) -> None:
    server.say(Say(status=502, body=b"Bad Gateway"))
    with pytest.raises(UnavailableError):
        Butaca(server.url, retries=0).health()


def test_files_and_pages_come_as_they_are(server: Scripted) -> None:
    server.say(Say(body=b"PAR1\x00\xff"), Say(body="<h1>Análisis</h1>".encode()))
    butaca = Butaca(server.url)
    assert butaca.table(7, "movies", format="csv") == b"PAR1\x00\xff"
    assert butaca.eda_page() == "<h1>Análisis</h1>"
    assert [each.target for each in server.asked] == [
        "/v1/releases/7/tables/movies?format=csv",
        "/eda?lang=es",
    ]
