"""The gateway on its own server: slow clients, long addresses, and keys that stay secret."""

import contextlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from cli.processes import LOOPBACK, server_command
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from tests.contract.upstreams import State, free_port, service, serving

ROOT = "root-key-of-the-tests-0123456789abcdef"
PASSWORD = "the-password-of-redis"  # noqa: S105  # of nothing
DEADLINE_S = 1.0
SLOW = 50


@dataclass
class Process:
    """A gateway of its own process."""

    url: str
    pid: int
    log: Path

    def open(self) -> socket.socket:
        """Connect without a client that knows HTTP."""
        parts = urlsplit(self.url)
        return socket.create_connection((parts.hostname, parts.port or 80), timeout=15)

    def memory_kb(self) -> int:
        """Resident memory of the server and its worker."""
        found = 0
        for pid in (self.pid, *_children(self.pid)):
            for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
                if line.startswith("VmRSS:"):
                    found += int(line.split()[1])
        return found


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture(scope="module")
def process(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("front")
    (folder / "admin.key").write_text(ROOT)
    parts = urlsplit(redis_url)
    port, keys = free_port(), RedisKeys("test-front")
    with serving(service(State())) as upstream, (folder / "log").open("wb") as log:
        environ = {
            **os.environ,
            "BUTACA_LOG_LEVEL": "DEBUG",
            "BUTACA_NAMESPACE": keys.namespace,
            "BUTACA_GATEWAY_QUERIES_URL": upstream,
            "BUTACA_GATEWAY_RECOMMENDER_URL": upstream,
            "BUTACA_GATEWAY_ADMIN_KEY_FILE": str(folder / "admin.key"),
            "BUTACA_GATEWAY_REQUEST_DEADLINE_S": str(DEADLINE_S),
            "BUTACA_GATEWAY_MAX_TARGET_BYTES": "2000",
            "REDIS_URL": f"redis://{parts.hostname}:{parts.port}/0",
        }
        command = server_command("gateway", LOOPBACK, port)
        running = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        made = Process(f"http://{LOOPBACK}:{port}", running.pid, folder / "log")
        try:
            _wait(made, running)
            yield made
        finally:
            running.terminate()
            running.wait(20)
    client = connect(redis_url)
    for key in client.scan_iter(f"{{{keys.namespace}}}:*"):
        client.delete(key)
    client.close()


def _wait(process: Process, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while running.poll() is None and time.monotonic() < until:
        try:
            if httpx.get(f"{process.url}/health/live").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(process.log.read_text())


def _head(path: str, length: int) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {LOOPBACK}",
        "Content-Type: application/json",
        f"Content-Length: {length}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _read_to_the_end(connection: socket.socket) -> bytes:
    """What comes until the server closes the connection."""
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def test_a_slow_body_gets_a_408_and_the_connection_is_closed(process: Process) -> None:
    began = time.monotonic()
    with process.open() as connection:
        connection.sendall(_head("/v1/recommendations", 100) + b'{"positive":')
        answer = _read_to_the_end(connection)
    seconds = time.monotonic() - began
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in head.lower()
    problem = json.loads(body)
    assert problem["code"] == "request_timeout"
    assert f"x-request-id: {problem['request_id']}".encode() in head.lower()
    assert DEADLINE_S * 0.9 < seconds < DEADLINE_S + 3


def test_a_body_that_drips_is_no_better_than_one_that_stops(process: Process) -> None:
    began = time.monotonic()
    with process.open() as connection:
        connection.sendall(_head("/v1/recommendations", 100))
        connection.settimeout(0.1)
        answer = b""
        while not answer and time.monotonic() - began < 10:
            connection.sendall(b" ")
            try:
                answer = connection.recv(65536)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - began < DEADLINE_S + 3


def test_fifty_slow_bodies_hold_up_nobody_and_cost_little_memory(process: Process) -> None:
    before = process.memory_kb()
    connections = [process.open() for _ in range(SLOW)]
    for connection in connections:
        connection.sendall(_head("/v1/recommendations/batch", 4_000_000) + b"[" * 1000)
    with httpx.Client() as client:
        for _ in range(20):
            assert client.get(f"{process.url}/recomendacion/Heat").status_code == 200
    during = process.memory_kb()
    answers = [_read_to_the_end(connection) for connection in connections]
    for connection in connections:
        connection.close()
    assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)
    assert during - before < 20_000


@pytest.mark.parametrize(("length", "status"), [(2000, 404), (2001, 414)])
def test_an_address_has_a_largest_length(process: Process, length: int, status: int) -> None:
    query = "?q=" + "x" * (length - len("/nowhere") - len("q="))
    answer = httpx.get(f"{process.url}/nowhere{query}")
    assert answer.status_code == status
    assert "xxx" not in answer.text


def test_no_key_stands_in_a_log_an_answer_or_a_command_line(process: Process) -> None:
    keyed = {"X-API-Key": ROOT}
    body = {"name": "n", "role": "admin"}
    made = httpx.post(f"{process.url}/v1/keys", json=body, headers=keyed).json()
    secret = made["key"].rpartition("_")[2]
    answers = []
    with httpx.Client(base_url=process.url) as client:
        for key in (ROOT, made["key"]):
            tries = [
                *({"X-API-Key": value} for value in (key, key[:-1], f"{key}x")),
                *({"Authorization": f"{kind} {key}"} for kind in ("Bearer", "bearer", "Basic")),
                {"X-Request-Id": made["key"]},
                {"Accept-Language": key},
            ]
            answers += [client.get("/v1/jobs", headers=headers) for headers in tries]
            paths = [f"/{key}", f"/v1/{key}", f"/v1/movies/{key}", f"/v1/jobs/{key}"]
            paths += [f"/v1/movies?{key}=1", f"/v1/movies?limit={key}", f"/metrics?key={key}"]
            answers += [client.get(path) for path in paths]
            answers += [client.get(path, headers=keyed) for path in paths]
            answers.append(client.delete(f"/v1/keys/{key}", headers=keyed))
            answers.append(client.post("/v1/keys", content=key, headers=keyed))
            answers.append(client.post("/v1/keys", json={made["key"]: 1}, headers=keyed))
        listed = client.get("/v1/keys", headers=keyed)
        client.delete(f"/v1/keys/{made['id']}", headers=keyed)
    log = process.log.read_text("utf-8")
    assert '"event": "request"' in log
    commands = [Path(f"/proc/{p}/cmdline").read_text() for p in (process.pid, "self")]
    places = [log, listed.text, *commands, *(each.text for each in answers)]
    places += [str(each.headers) for each in answers]
    for place in places:
        assert ROOT not in place, place
        assert secret not in place, place


def test_the_password_of_redis_stands_nowhere() -> None:
    """With a server that knows no passwords, one that is away, and an address that is none."""
    port = free_port()
    for address in (
        f"redis://:{PASSWORD}@{LOOPBACK}:{port}/0",
        f"redis://butaca:{PASSWORD}#x@{LOOPBACK}:{port}/0",
        f"redis://butaca:{PASSWORD}/x@{LOOPBACK}:{port}/0",
        f"http://:{PASSWORD}@{LOOPBACK}/0",
    ):
        said = _said_by_a_gateway(address)
        assert PASSWORD not in said, said
        assert "settings_invalid" in said or "Redis does not answer" in said, said


def test_the_password_of_redis_stands_nowhere_where_the_server_refuses_it(redis_url: str) -> None:
    parts = urlsplit(redis_url)
    # A server without passwords takes any for its own user, and none for another.
    said = _said_by_a_gateway(f"redis://nobody:{PASSWORD}@{parts.hostname}:{parts.port}/0")
    assert PASSWORD not in said, said
    assert "Redis does not answer" in said, said


def _said_by_a_gateway(redis_url: str) -> str:
    """Start one; return its log, what it answers of its health, and its command line."""
    port = free_port()
    environ = {**os.environ, "REDIS_URL": redis_url, "BUTACA_LOG_LEVEL": "DEBUG"}
    running = subprocess.Popen(
        server_command("gateway", LOOPBACK, port),
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = Path(f"/proc/{running.pid}/cmdline").read_text()
    until, answer = time.monotonic() + 30, ""
    while running.poll() is None and "Redis" not in answer and time.monotonic() < until:
        time.sleep(0.1)
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.get(f"http://{LOOPBACK}:{port}/health/ready").text
    said += answer
    running.terminate()
    log, _ = running.communicate(timeout=20)
    return said + log
