"""Keys and roles: who is let in where, over two gateways and a real Redis."""

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import redis
import structlog

from shared.api_keys import KeyStore, make_key
from shared.contracts.keys import KeyRequest, Role
from shared.redis_keys import RedisKeys
from tests.contract.upstreams import free_port
from tests.integration.gateways import keyed_gateway

ROOT = "una-clave-larga"
UNKNOWN = "butaca_0123456789ab_" + "x" * 43
# What stands for the holes of paths; none of it exists.
HOLES = {"job_id": "build-999", "key_id": "nobody", "table": "cast", "titulo": "x"}
PUBLIC = {"/", "/health/live", "/health/ready"}
Node = dict[str, Any]


@pytest.fixture
def admin_key_file(tmp_path: Path) -> Path:
    file = tmp_path / "admin.key"
    file.write_text(ROOT)
    return file


@pytest.fixture
def url(redis_url: str, redis_keys: RedisKeys, admin_key_file: Path) -> Iterator[str]:
    with keyed_gateway(redis_url, redis_keys, admin_key_file=admin_key_file) as address:
        yield address


@pytest.fixture
def store(redis_client: redis.Redis, redis_keys: RedisKeys) -> KeyStore:
    return KeyStore(redis_client, redis_keys)


def _as(key: str) -> dict[str, str]:
    return {"X-API-Key": key}


def _create(url: str, role: Role = "read", **more: object) -> dict[str, Any]:
    body = {"name": f"a key to {role}", "role": role, **more}
    answer = httpx.post(f"{url}/v1/keys", json=body, headers=_as(ROOT))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _status(url: str, key: str, path: str = "/v1/jobs") -> int:
    return httpx.get(url + path, headers=_as(key)).status_code


def _until(url: str, key: str, status: int, limit_s: float = 5.0) -> None:
    """Wait until a key is answered so: gateways here look every 0.2 s, or more often."""
    began = time.monotonic()
    while _status(url, key) != status:
        assert time.monotonic() - began < limit_s, f"no {status} within {limit_s} s"
        time.sleep(0.01)


def test_a_key_is_shown_once_and_works_at_once(url: str) -> None:
    made = _create(url, "operator", expires_in_days=2)
    assert _status(url, made["key"]) == 200
    bearer = {"Authorization": f"Bearer {made['key']}"}
    assert httpx.get(f"{url}/v1/jobs", headers=bearer).status_code == 200
    listed = httpx.get(f"{url}/v1/keys", headers=_as(ROOT))
    (item,) = listed.json()["items"]
    assert item == {name: value for name, value in made.items() if name != "key"}
    secret = made["key"].rpartition("_")[2]
    assert secret not in listed.text
    span = dt.datetime.fromisoformat(item["expires_at"]) - dt.datetime.fromisoformat(
        item["created_at"]
    )
    assert span == dt.timedelta(days=2)


def test_keys_that_are_made_and_revoked_are_events_without_their_secrets(url: str) -> None:
    boss = _create(url, name="boss", role="admin")
    with structlog.testing.capture_logs() as events:
        headers = _as(boss["key"])
        made = httpx.post(f"{url}/v1/keys", json={"name": "front"}, headers=headers).json()
        httpx.delete(f"{url}/v1/keys/{made['id']}", headers=headers)
    trail = [each for each in events if each["event"].startswith("key_")]
    assert [(each["event"], each["caller"], each["key_id"]) for each in trail] == [
        ("key_created", boss["id"], made["id"]),
        ("key_revoked", boss["id"], made["id"]),
    ]
    assert trail[0]["key_role"] == "read"
    assert made["key"] not in str(events)


def test_redis_holds_no_secret(url: str, redis_client: redis.Redis, redis_keys: RedisKeys) -> None:
    made = _create(url)
    stored = b"".join(redis_client.hvals(redis_keys.api_keys()))  # type: ignore[arg-type]
    assert made["key"].rpartition("_")[2].encode() not in stored
    assert b'"sha256"' in stored


def test_keys_are_listed_oldest_first(url: str) -> None:
    names = [_create(url, name=name)["name"] for name in ("b", "c", "a")]
    listed = httpx.get(f"{url}/v1/keys", headers=_as(ROOT)).json()["items"]
    assert [item["name"] for item in listed] == names == ["b", "c", "a"]


def test_a_revoked_key_is_refused_at_once_here_and_soon_elsewhere(
    url: str, redis_url: str, redis_keys: RedisKeys
) -> None:
    with keyed_gateway(redis_url, redis_keys, poll_s=0.2) as other:
        made = _create(url, "operator")
        _until(other, made["key"], 200)
        gone = httpx.delete(f"{url}/v1/keys/{made['id']}", headers=_as(ROOT))
        assert (gone.status_code, gone.content) == (204, b"")
        assert _status(url, made["key"]) == 401
        _until(other, made["key"], 401)
    again = httpx.delete(f"{url}/v1/keys/{made['id']}", headers=_as(ROOT))
    assert (again.status_code, again.json()["code"]) == (404, "key_not_found")


def test_an_expired_key_is_refused(url: str, store: KeyStore) -> None:
    now = dt.datetime.now(dt.UTC)
    request = KeyRequest(name="old", role="operator", expires_in_days=1)
    over = make_key(request, now - dt.timedelta(days=1))
    soon = make_key(request, now - dt.timedelta(hours=23))
    store.add(over)
    store.add(soon)
    _until(url, soon.text, 200)
    assert _status(url, over.text) == 401


@pytest.mark.parametrize("cut", [1, 20])
def test_a_part_of_a_key_is_none(url: str, cut: int) -> None:
    made = _create(url, "operator")
    assert _status(url, made["key"][:-cut]) == 401
    assert _status(url, made["key"] + "x") == 401
    assert _status(url, made["key"].replace(made["id"], "0" * 12)) == 401


def test_an_entry_that_cannot_be_read_is_no_key_and_hides_no_other(
    url: str, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    redis_client.hset(redis_keys.api_keys(), mapping={"0123456789ab": "{", "x": '{"role":"god"}'})
    made = _create(url, "operator")
    assert _status(url, made["key"]) == 200
    assert _status(url, UNKNOWN) == 401


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "two\nlines"},
        {"name": "line\n"},
        {"name": "\x1b[31mred"},
        {"name": "\x7f"},
        {"name": "x", "role": "root"},
        {"name": "x", "expires_in_days": 0},
        {"name": "x", "expires_in_days": 3651},
        {"name": "x", "expires": 1},
        {},
    ],
)
def test_what_is_asked_for_has_bounds(url: str, body: dict[str, object]) -> None:
    answer = httpx.post(f"{url}/v1/keys", json=body, headers=_as(ROOT))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_their_bounds_are_allowed(url: str) -> None:
    assert _create(url, name="José, front end, 日本")["name"] == "José, front end, 日本"
    for days in (1, 3650):
        assert _create(url, name="x" * 100, expires_in_days=days)["key"].startswith("butaca_")


def test_so_many_keys_and_no_more(
    url: str, redis_client: redis.Redis, redis_keys: RedisKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.api_keys.MAX_KEYS", 2)
    _create(url)
    _create(url)
    answer = httpx.post(f"{url}/v1/keys", json={"name": "x"}, headers=_as(ROOT))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert redis_client.hlen(redis_keys.api_keys()) == 2


def test_known_keys_work_on_while_redis_is_away(redis_keys: RedisKeys, tmp_path: Path) -> None:
    from tests.conftest import _binary_server  # noqa: PLC0415  # one that may be killed

    (tmp_path / "admin.key").write_text(ROOT)
    server = _binary_server(tmp_path)
    with keyed_gateway(
        next(server), redis_keys, reads_open=False, admin_key_file=tmp_path / "admin.key"
    ) as url:
        made = _create(url)
        server.close()
        for _ in range(5):
            assert _status(url, made["key"], "/recomendacion/Heat") == 200
            assert _status(url, UNKNOWN, "/recomendacion/Heat") == 401
            time.sleep(0.05)
        for method, path in (("GET", ""), ("POST", ""), ("DELETE", f"/{made['id']}")):
            answer = httpx.request(
                method, f"{url}/v1/keys{path}", json={"name": "x"}, headers=_as(ROOT)
            )
            assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")


def test_a_key_that_nobody_can_check_yet_is_a_503_and_the_admin_key_works(
    redis_keys: RedisKeys, admin_key_file: Path
) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    with keyed_gateway(nowhere, redis_keys, admin_key_file=admin_key_file) as url:
        answer = httpx.get(f"{url}/recomendacion/Heat", headers=_as(UNKNOWN))
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert answer.headers["retry-after"]
        assert _status(url, ROOT, "/recomendacion/Heat") == 200
        assert _status(url, "nonsense", "/recomendacion/Heat") == 401


def test_keys_in_redis_open_the_ops_routes_without_an_admin_key(
    redis_url: str, redis_keys: RedisKeys, store: KeyStore
) -> None:
    new = make_key(KeyRequest(name="n", role="operator"), dt.datetime.now(dt.UTC))
    with keyed_gateway(redis_url, redis_keys) as url:
        closed = httpx.get(f"{url}/v1/jobs")
        assert (closed.status_code, closed.json()["code"]) == (403, "ops_forbidden")
        assert "BUTACA_GATEWAY_ADMIN_KEY_FILE" in closed.json()["detail"]
        store.add(new)
        _until(url, new.text, 200)
        assert httpx.get(f"{url}/v1/jobs").status_code == 401


def test_a_kept_answer_is_not_for_those_without_a_key(
    redis_url: str, redis_client: redis.Redis, redis_keys: RedisKeys, admin_key_file: Path
) -> None:
    ref = {"number": 1, "manifest_sha256": "a" * 64}
    redis_client.set(redis_keys.live_release(), msgspec.json.encode(ref))
    with keyed_gateway(
        redis_url, redis_keys, reads_open=False, admin_key_file=admin_key_file
    ) as url:
        path = f"{url}/recomendacion/Heat"
        until = time.monotonic() + 5
        kept = httpx.get(path, headers=_as(ROOT))
        while kept.headers["x-butaca-cache"] != "hit" and time.monotonic() < until:
            kept = httpx.get(path, headers=_as(ROOT))
        assert kept.headers["x-butaca-cache"] == "hit"
        assert kept.headers["cache-control"] == "private, max-age=5, must-revalidate"
        for headers in ({}, _as("x"), {"If-None-Match": kept.headers["etag"]}):
            refused = httpx.get(path, headers=headers)
            assert refused.status_code == 401
            assert "Heat" not in refused.text
            assert "etag" not in refused.headers


def _operations(url: str) -> Iterator[tuple[str, str, Node]]:
    """Method, address and node of every operation of the document."""
    document = httpx.get(f"{url}/schema/openapi.json").json()
    for path, item in document["paths"].items():
        filled = path
        for part in path.split("/"):
            if part.startswith("{"):
                filled = filled.replace(part, HOLES.get(part.strip("{}"), "99"))
        for method, node in item.items():
            yield method.upper(), filled, node


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """One for all: the walks over the document ask hundreds of times."""
    with httpx.Client(timeout=20) as made:
        yield made


def _ask(
    client: httpx.Client, method: str, address: str, headers: dict[str, str]
) -> tuple[int, str]:
    """Status and code of an answer; a stream is left alone."""
    with client.stream(method, address, headers=headers) as answer:
        if "problem" not in answer.headers.get("content-type", ""):
            return answer.status_code, ""
        answer.read()
        return answer.status_code, str(answer.json()["code"])


def test_every_ops_route_of_the_document_needs_its_role(url: str, client: httpx.Client) -> None:
    keys: dict[str, str] = {
        role: _create(url, role)["key"] for role in ("read", "operator", "admin")
    }
    seen = set[str]()
    for method, path, node in _operations(url):
        if not node.get("security"):
            continue
        needed = node["x-role"]
        seen.add(needed)
        name = f"{method} {path}"
        assert _ask(client, method, url + path, {}) == (401, "unauthenticated"), name
        for wrong in ("", "x", UNKNOWN):
            assert _ask(client, method, url + path, _as(wrong)) == (401, "unauthenticated"), name
        allowed = {"operator": ("operator", "admin"), "admin": ("admin",)}[needed]
        for role, key in keys.items():
            status, code = _ask(client, method, url + path, _as(key))
            if role in allowed:
                assert status not in {401, 403}, f"{name} as {role}"
                assert status < 500 or code in {"upstream_unavailable", "store_unavailable"}, name
            else:
                assert (status, code) == (403, "ops_forbidden"), f"{name} as {role}"
    assert seen == {"operator", "admin"}


def test_metrics_need_the_role_operator(url: str) -> None:
    made = _create(url)
    assert httpx.get(f"{url}/metrics").status_code == 401
    assert _status(url, made["key"], "/metrics") == 403
    assert _status(url, ROOT, "/metrics") == 200


def test_closed_reads_need_a_key_on_every_route_of_the_document_but_the_public_ones(
    redis_url: str, redis_keys: RedisKeys, admin_key_file: Path, client: httpx.Client
) -> None:
    with keyed_gateway(
        redis_url, redis_keys, reads_open=False, admin_key_file=admin_key_file
    ) as url:
        operations = list(_operations(url))
        assert len(operations) > 40
        made = _create(url)["key"]
        for method, path, node in operations:
            name = f"{method} {path}"
            if path in PUBLIC:
                assert _ask(client, method, url + path, {})[0] in {200, 503}, name
                continue
            assert _ask(client, method, url + path, {}) == (401, "unauthenticated"), name
            assert _ask(client, method, url + path, _as(UNKNOWN)) == (401, "unauthenticated"), name
            if node["x-role"] == "read":
                assert _ask(client, method, url + path, _as(made))[0] not in {401, 403}, name


def test_open_reads_need_none_but_refuse_a_wrong_one(url: str, client: httpx.Client) -> None:
    for method, path, node in _operations(url):
        if node.get("security") or path.startswith("/health/"):
            continue
        assert _ask(client, method, url + path, {})[0] not in {401, 403}, path
        assert _ask(client, method, url + path, _as("x")) == (401, "unauthenticated"), path
