"""The gateway's ops routes against a real Redis."""

import concurrent.futures
import time
from pathlib import Path

import httpx
import pytest

from services.gateway.app import create_app, from_env
from services.gateway.settings import GatewaySettings
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.conftest import KEY, Gateway, admin_key_file, gateway
from tests.contract.upstreams import free_port, serving

__all__ = ["admin_key_file", "gateway"]
HEADERS = {"X-API-Key": KEY}


@pytest.fixture(autouse=True)
def _fresh_jobs(gateway: Gateway) -> None:
    """RQ spells its own keys, so the builds of earlier tests are cleared here."""
    for kind in ("build", "evaluate"):
        for key in gateway.client.scan_iter(f"rq:*{kind}*"):
            gateway.client.delete(key)


def test_a_build_is_put_on_the_queue_and_can_be_looked_up(gateway: Gateway) -> None:
    started = httpx.post(f"{gateway.url}/v1/jobs", json={"force": True}, headers=HEADERS)
    assert started.status_code == 202
    assert started.headers["location"] == f"/v1/jobs/{started.json()['id']}"
    assert (started.json()["status"], started.json()["force"]) == ("queued", True)
    one = httpx.get(gateway.url + started.headers["location"], headers=HEADERS)
    every = httpx.get(f"{gateway.url}/v1/jobs", headers=HEADERS)
    assert one.json()["id"] == started.json()["id"]
    assert [item["id"] for item in every.json()["items"]] == [started.json()["id"]]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"force": false}'])
def test_an_empty_body_asks_for_an_ordinary_build(gateway: Gateway, body: bytes) -> None:
    answer = httpx.post(f"{gateway.url}/v1/jobs", content=body, headers=HEADERS)
    assert (answer.status_code, answer.json()["force"]) == (202, False)


def test_an_evaluation_is_put_on_the_queue_beside_a_build(gateway: Gateway) -> None:
    jobs = f"{gateway.url}/v1/jobs"
    names = [
        httpx.post(jobs, json={"name": name}, headers=HEADERS).json()["id"]
        for name in ("build", "evaluate", "evaluate")
    ]
    assert names == ["build-1", "evaluate-1", "evaluate-1"]
    listed = httpx.get(jobs, headers=HEADERS).json()["items"]
    assert [(item["id"], item["name"]) for item in listed] == [
        ("evaluate-1", "evaluate"),
        ("build-1", "build"),
    ]
    assert httpx.get(f"{jobs}/evaluate-1", headers=HEADERS).json()["status"] == "queued"


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"forse": true}', b'{"force": "yes"}', b'{"name": "os.system"}', b"\xff"],
)
def test_another_body_is_refused(gateway: Gateway, body: bytes) -> None:
    answer = httpx.post(f"{gateway.url}/v1/jobs", content=body, headers=HEADERS)
    assert (answer.status_code, answer.headers["content-type"]) == (
        400,
        "application/problem+json",
    )


@pytest.mark.parametrize("body", [b"[" * 60_000, b'{"name":"\xff"}'])
def test_a_body_that_nobody_can_read_is_refused(gateway: Gateway, body: bytes) -> None:
    answer = httpx.post(f"{gateway.url}/v1/jobs", content=body, headers=HEADERS)
    assert answer.status_code == 400
    assert answer.json()["code"] in {"invalid_body", "invalid_request"}


def test_a_large_body_is_refused(gateway: Gateway) -> None:
    body = b" " * 70_000 + b"{}"
    answer = httpx.post(f"{gateway.url}/v1/jobs", content=body, headers=HEADERS)
    assert answer.status_code == 413


def test_an_unknown_job_is_a_404(gateway: Gateway) -> None:
    answer = httpx.get(f"{gateway.url}/v1/jobs/build-99", headers=HEADERS)
    assert (answer.status_code, answer.json()["code"]) == (404, "job_not_found")


def test_many_callers_at_once_get_one_job(gateway: Gateway) -> None:
    def start(_: int) -> tuple[int, str]:
        answer = httpx.post(f"{gateway.url}/v1/jobs", headers=HEADERS, timeout=20)
        return answer.status_code, answer.json().get("id", "")

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        assert set(pool.map(start, range(64))) == {(202, "build-1")}


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "x"}, {"X-API-Key": ""}])
@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("GET", ""), ("GET", "/build-1")])
def test_without_a_known_key_ops_are_refused(
    gateway: Gateway, headers: dict[str, str], method: str, path: str
) -> None:
    answer = httpx.request(method, f"{gateway.url}/v1/jobs{path}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_without_a_key_file_nobody_is_let_in(gateway: Gateway) -> None:
    queue = JobQueue(gateway.client, gateway.keys)
    store = ReleaseStore(gateway.client, gateway.keys)
    with serving(create_app(GatewaySettings(), queue=queue, store=store)) as url:
        answer = httpx.post(f"{url}/v1/jobs")
    assert (answer.status_code, answer.json()["code"]) == (403, "ops_forbidden")
    assert "BUTACA_GATEWAY_ADMIN_KEY_FILE" in answer.json()["detail"]


def test_without_redis_ops_are_a_quick_503(admin_key_file: Path) -> None:
    client = connect(f"redis://127.0.0.1:{free_port()}/0", timeout_s=0.4)
    keys = RedisKeys("test")
    app = create_app(
        GatewaySettings(admin_key_file=admin_key_file),
        queue=JobQueue(client, keys),
        store=ReleaseStore(client, keys),
    )
    with serving(app) as url:
        began = time.monotonic()
        answer = httpx.post(f"{url}/v1/jobs", headers=HEADERS)
        seconds = time.monotonic() - began
        ready = httpx.get(f"{url}/health/ready").json()
    client.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert answer.headers["retry-after"] == "5"
    assert seconds < 0.9
    assert any(reason.startswith("gateway: Redis does not answer") for reason in ready["reasons"])


def test_an_unknown_setting_stops_the_gateway(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        from_env({"BUTACA_GATEWAY_QUERIES": "http://127.0.0.1:1"})
    assert "unknown setting BUTACA_GATEWAY_QUERIES" in capsys.readouterr().out
