"""What the calls of operators and admins send, and how they read the answers."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from butaca_client import Butaca
from clients.python.tests.server import Say, Scripted
from clients.python.tests.test_streams import JOB, RELEASE

KEY = {
    "id": "k1",
    "name": "grafana",
    "role": "operator",
    "created_at": "2026-01-01T00:00:00Z",
    "expires_at": None,
}
Call = Callable[[Butaca], Any]


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        (lambda b: b.releases(), "GET /v1/releases"),
        (lambda b: b.release(7), "GET /v1/releases/7"),
        (lambda b: b.activate(7), "POST /v1/releases/7/activate"),
        (lambda b: b.pin(7), "PUT /v1/releases/7/pin"),
        (lambda b: b.unpin(7), "DELETE /v1/releases/7/pin"),
    ],
)
def test_releases_are_listed_and_changed(call: Call, asked: str, server: Scripted) -> None:
    body = {"items": [RELEASE]} if asked.endswith("/releases") else RELEASE
    server.say(Say(body=json.dumps(body).encode()))
    answer = call(Butaca(server.url))
    assert getattr(answer, "items", [answer])[0].number == 7
    assert [f"{each.method} {each.target}" for each in server.asked] == [asked]
    assert server.asked[0].body == b""


def test_what_is_as_good_twice_is_asked_again(server: Scripted) -> None:
    server.say(Say(drop=True), Say(503), Say(body=json.dumps(RELEASE).encode()))
    assert Butaca(server.url).activate(7).number == 7
    assert len(server.asked) == 3


def test_a_difference_is_read(server: Scripted) -> None:
    body = {
        "base": "6-b",
        "release": "7-a",
        "added": 1,
        "removed": 0,
        "changed": 1,
        "changed_columns": {"title": 1},
        "added_movies": [{"id": 5, "title": "Heat"}],
        "removed_movies": [],
        "changed_movies": [{"id": 6, "title": "Up", "columns": ["title"]}],
        "neighbours": {"movies": 9, "same": 0.5, "kept": None},
    }
    server.say(Say(body=json.dumps(body).encode()))
    butaca = Butaca(server.url)
    found = butaca.difference(7, base=6)
    assert (found.added_movies[0].title, found.changed_movies[0].columns) == ("Heat", ["title"])
    assert (found.neighbours.same, found.neighbours.kept) == (0.5, None)
    butaca.difference(7)
    assert [each.target for each in server.asked] == [
        "/v1/releases/7/difference?base=6",
        "/v1/releases/7/difference",
    ]


def test_a_job_is_asked_for_in_full(server: Scripted) -> None:
    server.say(Say(202, json.dumps(JOB | {"status": "queued", "source": "tmdb"}).encode()))
    job = Butaca(server.url).start_job(full=True, source="tmdb")
    assert (job.source, job.cause) == ("tmdb", "operator")
    assert json.loads(server.asked[0].body) == {
        "name": "build",
        "force": False,
        "full": True,
        "source": "tmdb",
    }
    assert "Idempotency-Key" not in server.asked[0].headers


@pytest.mark.parametrize("act", ["cancel", "retry"])
def test_a_job_is_cancelled_or_tried_again_once(act: str, server: Scripted) -> None:
    server.say(Say(202, json.dumps(JOB | {"status": "canceled"}).encode()))
    assert getattr(Butaca(server.url), f"{act}_job")("build-1").has_ended
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("POST", f"/v1/jobs/build-1/{act}")


def test_the_end_of_a_log_is_read(server: Scripted) -> None:
    entry = {"at": "2026-01-01T00:00:00Z", "level": "info", "event": "step", "fields": {"n": 1}}
    server.say(Say(body=json.dumps({"items": [entry]}).encode()))
    (found,) = Butaca(server.url).job_log("build-1", limit=5).items
    assert (found.event, found.fields, found.at.year) == ("step", {"n": 1}, 2026)
    assert server.asked[0].target == "/v1/jobs/build-1/log?limit=5"


def test_keys_are_listed_made_and_revoked(server: Scripted) -> None:
    butaca = Butaca(server.url)
    created = json.dumps(KEY | {"key": "butaca_k1_x"}).encode()
    server.say(Say(body=json.dumps({"items": [KEY]}).encode()), Say(201, created), Say(204, b""))
    assert butaca.keys().items[0].name == "grafana"
    made = butaca.create_key("grafana", role="operator", expires_in_days=30)
    assert made.key == "butaca_k1_x"
    assert butaca.revoke_key("k/1") is None  # type: ignore[func-returns-value]  # that it says nothing
    assert [f"{each.method} {each.target}" for each in server.asked] == [
        "GET /v1/keys",
        "POST /v1/keys",
        "DELETE /v1/keys/k%2F1",
    ]
    assert json.loads(server.asked[1].body) == {
        "name": "grafana",
        "role": "operator",
        "expires_in_days": 30,
    }
