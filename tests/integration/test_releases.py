"""Stored releases through the real gateway and queries and a real Redis."""

import socket
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import redis
import structlog

from services.gateway.app import create_app
from services.gateway.callers import ROOT, Caller
from services.gateway.release_ops import ReleaseOps
from services.gateway.settings import GatewaySettings
from shared.contracts.releases import ReleaseRef
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from shared.releases.transfer import export_release
from tests.contract.upstreams import serving
from tests.factories import manifest_of, publish_release
from tests.integration.archives import (
    BASE,
    KEY,
    answers,
    artifacts,
    ask,
    code,
    elsewhere,
    gateway,
    key_file,
    newer,
    two,
    url,
    wait_until_served,
)
from tests.small_releases import empty, stored_keys

__all__ = ["artifacts", "elsewhere", "key_file", "newer", "two", "url"]


def test_a_roll_back_brings_the_same_answers_with_the_same_tags(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes], newer: dict[str, bytes]
) -> None:
    first = publish_release(store, artifacts)
    wait_until_served(url, first)
    before = answers(url)
    second = publish_release(store, newer)
    wait_until_served(url, second)
    assert answers(url) != before
    answer = ask(url, "POST", f"/{first.number}/activate")
    assert (answer.status_code, answer.json()["status"]) == (200, "live")
    wait_until_served(url, first)
    assert answers(url) == before


def test_releases_are_listed_newest_first_and_shown_one_by_one(
    url: str, store: ReleaseStore, two: tuple[ReleaseRef, ReleaseRef], artifacts: dict[str, bytes]
) -> None:
    store.keep_candidate(manifest_of(artifacts, store.next_number()), ["too few movies"])
    listed = ask(url, "GET", "").json()["items"]
    assert [(each["number"], each["status"]) for each in listed] == [
        (3, "candidate"),
        (2, "live"),
        (1, "kept"),
    ]
    assert listed[0]["reasons"] == ["too few movies"]
    assert ask(url, "GET", "/2").json() == listed[1]
    assert listed[1]["label"] == two[1].label
    assert listed[1]["counts"]["movies"] == 14
    assert 0 < listed[1]["own_bytes"] < listed[1]["size_bytes"]


def test_a_pin_is_set_and_taken_away(url: str, two: tuple[ReleaseRef, ReleaseRef]) -> None:
    path = f"/{two[0].number}/pin"
    for _ in range(2):
        answer = ask(url, "PUT", path)
        assert (answer.status_code, answer.json()["pinned"]) == (200, True)
    assert ask(url, "DELETE", path).json()["pinned"] is False
    assert ask(url, "GET", f"/{two[0].number}").json()["pinned"] is False


def test_what_is_done_to_releases_is_an_event_with_the_key_and_the_number(
    url: str, two: tuple[ReleaseRef, ReleaseRef]
) -> None:
    number = two[0].number
    with structlog.testing.capture_logs() as events:
        for method, path in (("POST", "/activate"), ("PUT", "/pin"), ("DELETE", "/pin")):
            assert ask(url, method, f"/{number}{path}").status_code == 200
        file = ask(url, "GET", f"/{number}/export").content
        assert ask(url, "POST", "", file).status_code == 201
        assert ask(url, "POST", "/999/activate").status_code == 404
    trail = [each for each in events if each["event"].startswith("release_") and "caller" in each]
    assert {(each["caller"], each["role"], each["number"]) for each in trail} == {
        ("root", "admin", number)
    }
    assert [each["event"] for each in trail] == [
        "release_activated",
        "release_pinned",
        "release_unpinned",
        "release_exported",
        "release_imported",
    ]
    assert (trail[3]["size_bytes"], trail[4]["is_new"]) == (len(file), False)


def test_a_release_that_is_not_stored_is_not_found(url: str) -> None:
    for method, path in (
        ("GET", "/9"),
        ("POST", "/9/activate"),
        ("PUT", "/9/pin"),
        ("DELETE", "/9/pin"),
        ("GET", "/9/export"),
        ("GET", "/-1"),
    ):
        assert code(ask(url, method, path)) == (404, "release_not_found")


def test_a_release_with_a_missing_chunk_is_not_activated(
    url: str,
    store: ReleaseStore,
    two: tuple[ReleaseRef, ReleaseRef],
    redis_client: redis.Redis,
    redis_keys: RedisKeys,
) -> None:
    (chunk,) = store.manifest(two[0]).artifacts["movies"].chunks
    redis_client.delete(redis_keys.chunk(chunk.sha256))
    assert code(ask(url, "POST", f"/{two[0].number}/activate")) == (409, "release_refused")
    assert code(ask(url, "GET", f"/{two[0].number}/export")) == (500, "release_corrupt")
    assert store.live() == two[1]


def test_an_export_is_a_file(url: str, two: tuple[ReleaseRef, ReleaseRef]) -> None:
    path = f"/{two[1].number}/export"
    file = ask(url, "GET", path)
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-disposition"] == 'attachment; filename="butaca-release-2.bin"'
    head = ask(url, "HEAD", path)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(file.content)))


def test_a_restored_release_answers_as_before_to_the_byte(
    url: str,
    two: tuple[ReleaseRef, ReleaseRef],
    redis_url: str,
    elsewhere: RedisKeys,
    key_file: Path,
) -> None:
    wait_until_served(url, two[1])
    file = ask(url, "GET", f"/{two[1].number}/export").content
    with gateway(redis_url, elsewhere, key_file) as empty:
        for _ in range(2):
            answer = ask(empty, "POST", "", content=file)
            assert (answer.status_code, answer.json()["status"]) == (201, "live")
            assert answer.json()["label"] == two[1].label
        wait_until_served(empty, two[1])
        assert answers(empty) == answers(url)


def test_what_cannot_be_imported_says_why_and_leaves_nothing(
    url: str,
    store: ReleaseStore,
    two: tuple[ReleaseRef, ReleaseRef],
    artifacts: dict[str, bytes],
    elsewhere: RedisKeys,
) -> None:
    file = ask(url, "GET", f"/{two[0].number}/export").content
    before = store.views()
    for damaged in (file[:-1], b"", file + b"x"):
        assert code(ask(url, "POST", "", content=damaged)) == (422, "import_invalid")
    foreign = ReleaseStore(store.client, elsewhere)
    ref = publish_release(foreign, {**artifacts, "eda": b"{}"})
    theirs = b"".join(export_release(foreign, ref.number).pieces)
    assert code(ask(url, "POST", "", content=theirs)) == (409, "release_conflict")
    assert store.views() == before


async def test_a_file_may_come_in_pieces_of_any_size(
    store: ReleaseStore, two: tuple[ReleaseRef, ReleaseRef], elsewhere: RedisKeys
) -> None:
    file = b"".join(export_release(store, two[1].number).pieces)

    async def pieces(size: int) -> AsyncGenerator[bytes]:
        for at in range(0, len(file), size):
            yield file[at : at + size]
            yield b""

    target = ReleaseStore(store.client, elsewhere)
    for size in (97, 4096, len(file)):
        ops = ReleaseOps(target, deadline_s=5, import_max_bytes=10**9)
        assert (await ops.take_in(pieces(size), Caller(ROOT, "admin"))).label == two[1].label
        empty(target)


def test_a_caller_who_leaves_in_the_middle_leaves_nothing(
    store: ReleaseStore,
    two: tuple[ReleaseRef, ReleaseRef],
    redis_url: str,
    elsewhere: RedisKeys,
    key_file: Path,
) -> None:
    file = b"".join(export_release(store, two[1].number).pieces)
    target = ReleaseStore(store.client, elsewhere)
    with gateway(redis_url, elsewhere, key_file) as empty_one:
        place = httpx.URL(empty_one)
        with socket.create_connection((place.host, place.port or 80)) as caller:
            head = f"POST {BASE} HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n"
            caller.sendall(f"{head}Content-Length: {len(file)}\r\n\r\n".encode())
            caller.sendall(file[: len(file) // 2])
            until = time.monotonic() + 5
            while not target.client.keys(target.keys.chunk("*")) and time.monotonic() < until:
                time.sleep(0.02)
        assert ask(empty_one, "GET", "").json() == {"items": []}
    chunks = [key for key in stored_keys(target) if b":chunk:" in key]
    assert chunks
    assert all(store.client.ttl(key) > 0 for key in chunks)


def test_a_release_larger_than_the_setting_is_refused(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    large = {**artifacts, "more": bytes(range(256)) * 20_000}
    ref = publish_release(store, large)
    file = ask(url, "GET", f"/{ref.number}/export").content
    assert code(ask(url, "POST", "", content=file)) == (413, "body_too_large")


def test_a_server_that_hangs_is_an_answer_within_the_deadline(
    redis_keys: RedisKeys, key_file: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        settings = GatewaySettings(
            queries_url="http://127.0.0.1:1",
            recommender_url="http://127.0.0.1:1",
            admin_key_file=key_file,
            redis_timeout_s=5,
            ops_deadline_s=0.3,
        )
        client = connect(place, timeout_s=1)
        gateway = create_app(
            settings,
            queue=JobQueue(client, redis_keys),
            store=ReleaseStore(connect(place, timeout_s=1), redis_keys),
        )
        with serving(gateway) as url:
            for method, path in (
                ("GET", ""),
                ("GET", "/1"),
                ("POST", "/1/activate"),
                ("PUT", "/1/pin"),
                ("GET", "/1/export"),
            ):
                began = time.monotonic()
                answer = ask(url, method, path)
                assert code(answer) == (503, "store_unavailable")
                assert "retry-after" in answer.headers
                assert time.monotonic() - began < 2
