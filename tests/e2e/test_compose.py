"""The compose stack for real: build, serve, close the ops routes, lose the worker."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.unit.worker.etl.factories import credits_row, movie, write_pair

ROOT = Path(__file__).parents[2]
PORT = 18000
BASE = f"http://127.0.0.1:{PORT}"
TITLES = ["Toy Story", "Face/Off", "Girl Walk // All Day", "50%", "What?", "¿Qué hice yo…?", "#1"]
READY_S = 240.0
CRON = "0 4 * * *"

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The five containers over a small catalogue, ready to answer."""
    folder = tmp_path_factory.mktemp("compose")
    data = folder / "data"
    data.mkdir()
    write_pair(
        data,
        [movie(number + 1, title=title) for number, title in enumerate(TITLES)],
        [credits_row(number + 1) for number in range(len(TITLES))],
    )
    for path in (folder, data, *data.iterdir()):
        path.chmod(0o755)
    key = folder / "admin.key"
    key.write_text("secret-of-the-test")
    key.chmod(0o644)
    signing_key = folder / "signing.key"
    signing_key.write_text("signing-key-of-the-test")
    signing_key.chmod(0o644)
    settings = folder / "butaca.env"
    settings.write_text(f"BUTACA_REBUILD_CRON={CRON}\nBUTACA_GATEWAY_METRICS_OPEN=true\n")
    environ = {
        **os.environ,
        "COMPOSE_PROJECT_NAME": "butaca-e2e",
        "BUTACA_DATA": str(data),
        "BUTACA_PORT": str(PORT),
        "BUTACA_ADMIN_KEY_FILE": str(key),
        "BUTACA_SIGNING_KEY_FILE": str(signing_key),
        "BUTACA_ENV_FILE": str(settings),
    }
    try:
        compose(environ, "up", "--build", "--detach", "--wait")
        wait_until_ready()
        yield environ
    finally:
        compose(environ, "down", "--volumes", "--timeout", "15")


def compose(environ: dict[str, str], *arguments: str) -> str:
    """Run docker compose; a failure shows what it printed."""
    done = subprocess.run(
        ["docker", "compose", *arguments],  # noqa: S607  # docker is found by the path
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(path: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """Status and JSON body of one request."""
    request = urllib.request.Request(BASE + path, headers=headers or {})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  # our own port
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def wait_until_ready() -> None:
    """Wait until everything answers from the first release, texts too."""
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        try:
            status, health = ask("/health/ready")
            if status == 200 and not health["degraded"]:
                return
        except OSError:
            pass
        time.sleep(1)
    pytest.fail("the stack did not become ready")


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("title", TITLES)
def test_every_title_gets_recommendations(title: str) -> None:
    status, names = ask(f"/recomendacion/{quote(title, safe='')}")
    assert status == 200
    assert isinstance(names, list)
    assert len(names) == 5
    assert title not in names


@pytest.mark.usefixtures("stack")
def test_a_month_is_counted() -> None:
    status, body = ask("/cantidad_filmaciones_mes/OCTUBRE")
    assert (status, body["cantidad"]) == (200, len(TITLES))


@pytest.mark.usefixtures("stack")
def test_ops_routes_want_the_key() -> None:
    assert ask("/v1/jobs")[0] == 401
    assert ask("/v1/jobs", {"X-API-Key": "secret-of-the-test"})[0] == 200


def test_settings_of_the_file_reach_their_processes(stack: dict[str, str]) -> None:
    assert compose(stack, "exec", "worker", "printenv", "BUTACA_REBUILD_CRON").strip() == CRON
    with urllib.request.urlopen(f"{BASE}/metrics", timeout=5) as answer:  # noqa: S310  # ours
        assert b'butaca_ready{process="gateway"} 1.0' in answer.read()


def test_prometheus_finds_the_inner_processes(stack: dict[str, str]) -> None:
    for target in ("queries:8001", "recommender:8002", "worker:9102"):
        code = f"import urllib.request as r; print(r.urlopen('http://{target}/metrics').read())"
        told = compose(stack, "exec", "gateway", "python", "-c", code)
        assert f'butaca_redis_up{{process="{target.partition(":")[0]}"}} 1.0' in told


def test_serving_goes_on_without_the_worker(stack: dict[str, str]) -> None:
    compose(stack, "stop", "worker")
    try:
        assert ask("/recomendacion/Toy%20Story")[0] == 200
        assert ask("/health/ready")[0] == 200
    finally:
        compose(stack, "start", "worker")
