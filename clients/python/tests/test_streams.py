"""Bodies that come piece by piece: events as they happen, files in and out."""

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from butaca_client import (
    Butaca,
    ButacaError,
    ConflictError,
    NotFoundError,
    TimedOutError,
    UnavailableError,
)
from butaca_client.streams import Event, read_events, save
from clients.python.tests.server import Say, Scripted

JOB: dict[str, Any] = {
    **dict.fromkeys(["created_at", "started_at", "ended_at", "source"]),
    "id": "build-1",
    "name": "build",
    "attempts": 1,
    "force": False,
    "full": False,
    "cause": "operator",
}
RELEASE: dict[str, Any] = {
    **dict.fromkeys(["created_at", "job_id", "source", "size_bytes", "own_bytes"]),
    "number": 7,
    "label": "7-aaa",
    "status": "kept",
    "pinned": False,
    "sources": [],
    "counts": {},
    "reasons": [],
}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def event(name: str, data: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def job_event(status: str) -> bytes:
    return event("job", JOB | {"status": status})


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@contextmanager
def sending(*pieces: bytes | float) -> Iterator[str]:
    """A server that answers one request with these bytes, and waits where a number stands."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            for piece in pieces:
                if isinstance(piece, float):
                    time.sleep(piece)
                else:
                    connection.sendall(piece)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        thread.join(10)
        listener.close()


def statuses(url: str, **options: Any) -> list[str]:  # noqa: ANN401  # of several types
    return [job.status for job in Butaca(url, **options).job_events("build-1")]


def test_each_event_comes_when_it_happens_and_not_at_the_end() -> None:
    body = [chunk(job_event("queued")), 0.6, chunk(job_event("started")), chunk(event("end", {}))]
    with sending(HEAD, *body) as url:
        found = Butaca(url).job_events("build-1")
        begun = time.monotonic()
        assert next(found).status == "queued"
        assert time.monotonic() - begun < 0.5
        assert [job.status for job in found] == ["started"]
        assert time.monotonic() - begun >= 0.6


def test_events_may_be_cut_anywhere_and_comments_say_nothing() -> None:
    text = b": keep-alive\n\n" + job_event("started") + b": keep-alive\n\n" + event("end", {})
    for size in (1, 7, 50):
        cut = [chunk(text[place : place + size]) for place in range(0, len(text), size)]
        with sending(HEAD, *cut) as url:
            assert statuses(url) == ["started"]


def test_nothing_is_asked_before_the_first_event_is_wanted(server: Scripted) -> None:
    Butaca(server.url).job_events("build-1")
    assert server.asked == []


def test_an_end_of_the_connection_before_the_end_is_an_error() -> None:
    with sending(HEAD, chunk(job_event("started"))) as url:
        found = Butaca(url).job_events("build-1")
        assert next(found).status == "started"
        with pytest.raises(UnavailableError):
            next(found)


def test_a_body_that_ends_before_the_end_says_so(server: Scripted) -> None:
    server.say(Say(body=job_event("started")))
    found = Butaca(server.url).job_events("build-1")
    assert next(found).status == "started"
    with pytest.raises(UnavailableError, match="broke_off"):
        next(found)


def test_a_problem_among_the_events_is_passed_over_where_the_job_is_seen_again(
    server: Scripted,
) -> None:
    problem = {"status": 503, "code": "store_unavailable", "title": "T", "detail": "D."}
    pieces = [job_event("started"), event("problem", problem), job_event("finished")]
    server.say(Say(body=b"".join([*pieces, event("end", {})])))
    assert statuses(server.url) == ["started", "finished"]


@pytest.mark.parametrize("end", [b"", event("end", {})])
def test_a_problem_that_is_the_last_word_is_the_error(end: bytes, server: Scripted) -> None:
    problem = {"status": 404, "code": "job_not_found", "title": "T", "detail": "D."}
    server.say(Say(body=job_event("started") + event("problem", problem) + end))
    found = Butaca(server.url).job_events("build-1")
    assert next(found).status == "started"
    with pytest.raises(NotFoundError, match="job_not_found: D"):
        next(found)
    server.say(Say(body=b"event: problem\ndata: what?\n\n" + end))
    with pytest.raises(ButacaError, match="unknown: what"):
        statuses(server.url)


def test_a_job_that_is_not_there_is_an_error_at_once(server: Scripted) -> None:
    problem = {"status": 404, "code": "job_not_found", "title": "T", "detail": "D."}
    server.say(Say(404, json.dumps(problem).encode()))
    with pytest.raises(NotFoundError):
        statuses(server.url)
    server.say(Say(503), Say(body=job_event("finished") + event("end", {})))
    assert statuses(server.url) == ["finished"]


def test_a_short_time_limit_does_not_cut_the_silence_between_events() -> None:
    with sending(HEAD, 0.5, chunk(job_event("finished") + event("end", {}))) as url:
        assert statuses(url, timeout_s=0.1) == ["finished"]


def test_who_leaves_early_closes_the_connection() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    left: list[bytes] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(HEAD + chunk(job_event("started")))
            connection.settimeout(10)
            left.append(connection.recv(1))

    thread = Thread(target=serve, daemon=True)
    thread.start()
    found: Any = Butaca(url).job_events("build-1")
    next(found)
    found.close()
    thread.join(10)
    listener.close()
    assert left == [b""]


def test_events_are_read_as_the_standard_has_them() -> None:
    text = (
        "data: one\r\n\r\n"  # no name, two bytes at the end of a line
        "event:a\nid: 7\ndata:x\ndata: y\nretry: 3\n\n"
        ": nothing\n\n\n"
        "event: end\n\n"
        "data: never finished\n"
    )
    pieces = [text[place : place + 5].encode() for place in range(0, len(text), 5)]
    assert list(read_events(pieces)) == [
        Event("message", "one"),
        Event("a", "x\ny"),
        Event("end", ""),
    ]


def test_a_release_is_saved_as_it_comes(server: Scripted, tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    server.say(Say(body=data))
    target = tmp_path / "release.bin"
    assert Butaca(server.url).export_release(7, str(target)) == target
    assert target.read_bytes() == data
    assert target.stat().st_mode & 0o077 == 0
    assert server.asked[0].target == "/v1/releases/7/export"
    assert server.asked[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    "end",
    [b"Content-Length: 9\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
)
def test_a_file_that_breaks_off_leaves_what_was_there(end: bytes, tmp_path: Path) -> None:
    target = tmp_path / "release.bin"
    target.write_bytes(b"before")
    with sending(b"HTTP/1.1 200 OK\r\n" + end) as url, pytest.raises(UnavailableError):
        Butaca(url, retries=0).export_release(7, target)
    assert [each.name for each in tmp_path.iterdir()] == ["release.bin"]
    assert target.read_bytes() == b"before"


def test_a_refused_export_writes_nothing(server: Scripted, tmp_path: Path) -> None:
    server.say(
        Say(404, b'{"status": 404, "code": "release_not_found", "title": "T", "detail": ""}')
    )
    with pytest.raises(NotFoundError, match="release_not_found"):
        Butaca(server.url).export_release(99, tmp_path / "release.bin")
    assert list(tmp_path.iterdir()) == []


def test_a_slow_export_ends(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"
    with sending(head, 1.0) as url, pytest.raises(TimedOutError, match="too slow"):
        Butaca(url, timeout_s=0.3, retries=0).export_release(7, tmp_path / "release.bin")


def test_a_file_is_sent_as_one_body_with_its_length(server: Scripted, tmp_path: Path) -> None:
    data = os.urandom(2_000_000)
    file = tmp_path / "release.bin"
    file.write_bytes(data)
    server.say(Say(201, json.dumps(RELEASE).encode()))
    assert Butaca(server.url, api_key="k").import_release(file).label == "7-aaa"
    (asked,) = server.asked
    assert (asked.method, asked.target, asked.body) == ("POST", "/v1/releases", data)
    assert asked.headers["Content-Type"] == "application/octet-stream"
    assert "Transfer-Encoding" not in asked.headers


def test_an_import_that_conflicts_is_not_sent_again(server: Scripted, tmp_path: Path) -> None:
    file = tmp_path / "release.bin"
    file.write_bytes(b"x")
    conflict = {"status": 409, "code": "release_conflict", "title": "T", "detail": "D."}
    server.say(Say(409, json.dumps(conflict).encode()))
    with pytest.raises(ConflictError, match="release_conflict"):
        Butaca(server.url).import_release(file)
    assert len(server.asked) == 1
    with pytest.raises(FileNotFoundError):
        Butaca(server.url).import_release(tmp_path / "nowhere.bin")


def test_pieces_that_end_in_an_error_are_no_file(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        save(pieces(), tmp_path / "out.bin")
    assert list(tmp_path.iterdir()) == []
