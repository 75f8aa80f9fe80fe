"""What commands have in common."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from cli import options
from cli.errors import CommandError
from cli.ops import OpsClient
from cli.options import keyed_client, reading_client, wait_until_served
from cli.state import KEY_FILE
from shared.contracts.releases import HealthReport


class Gateway:
    """Serves another release after so many questions."""

    def __init__(self, *releases: str, status: str = "ready") -> None:
        self.releases = list(releases)
        self.status = status

    def health(self) -> HealthReport:
        release = self.releases.pop(0) if len(self.releases) > 1 else self.releases[0]
        return HealthReport(status=self.status, release=release, reasons=["queries: digest"])


def test_a_release_is_waited_for_until_it_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "POLL_S", 0.0)
    client: Any = Gateway("1-a", "1-a", "2-b")
    wait_until_served(client, "2-b")
    assert client.releases == ["2-b"]


@pytest.mark.parametrize("client", [Gateway("1-a"), Gateway("2-b", status="not_ready")])
def test_a_release_that_is_not_served_in_time_is_a_failure_with_the_reasons(
    monkeypatch: pytest.MonkeyPatch,
    client: Any,  # noqa: ANN401  # as OpsClient
) -> None:
    monkeypatch.setattr(options, "POLL_S", 0.0)
    monkeypatch.setattr(options, "SWAP_S", 0.01)
    with pytest.raises(CommandError, match="2-b is live, but not served yet: queries: digest"):
        wait_until_served(client, "2-b")


class Refusing(BaseHTTPRequestHandler):
    """Wants a key, whatever it is asked, and keeps the ones that come."""

    came: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        self.came.append(self.headers["X-API-Key"])
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def refusing() -> Iterator[str]:
    """The address of such a gateway."""
    Refusing.came.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("make", [keyed_client, reading_client])
def test_the_admin_key_of_this_machine_goes_to_no_other(
    make: Callable[[str, Path | None, Path], OpsClient],
    refusing: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / KEY_FILE).write_text("of-this-machine\n")
    with pytest.raises(CommandError, match="HTTP 401"):
        make(refusing, None, tmp_path).jobs()
    assert Refusing.came[-1] == "of-this-machine"
    Refusing.came.clear()
    monkeypatch.setattr(options, "is_of_this_machine", lambda _url: False)
    with pytest.raises(CommandError, match="localhost alone"):
        make(refusing, None, tmp_path).jobs()
    assert "of-this-machine" not in Refusing.came
    named = tmp_path / "named"
    named.write_text("of-there\n")
    with pytest.raises(CommandError, match="HTTP 401"):
        make(refusing, named, tmp_path).jobs()
    assert Refusing.came[-1] == "of-there"
