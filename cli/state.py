"""The state folder: its lock, the admin key, the log files, and where each part keeps things."""

import fcntl
import os
import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from cli.errors import CommandError

KEY_FILE = "admin.key"
KEY_BYTES = 32
OLDER_LOGS: Final = 5
# What goes into a header as it is.
_KEY: Final = re.compile(rb"[ -~]+")


@dataclass(frozen=True)
class StateFolder:
    """Paths below one state folder, readable by its owner only."""

    path: Path

    @property
    def admin_key_file(self) -> Path:
        """The key of the ops API."""
        return self.path / KEY_FILE

    @property
    def socket_file(self) -> Path:
        """The embedded server's socket."""
        return self.path / "valkey.sock"

    def folder(self, name: str) -> Path:
        """Make and return a folder for one part."""
        path = self.path / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    def log_file(self, name: str) -> Path:
        """Return the log file of one process."""
        return self.folder("logs") / f"{name}.log"

    def rotate_log(self, name: str) -> Path:
        """Keep the logs of the last runs, the newest as `.1`; return the path of the new one."""
        path = self.log_file(name)
        if not path.exists():
            return path
        logs = [path, *(path.with_name(f"{path.name}.{age}") for age in range(1, OLDER_LOGS + 1))]
        for younger, older in reversed(list(pairwise(logs))):
            if younger.exists():
                younger.replace(older)
        return path

    def make_admin_key(self) -> bool:
        """Make the admin key unless there is one; tell whether it was made.

        Raises:
            CommandError: the file is there, but empty.
        """
        target = self.admin_key_file
        if target.exists():
            read_admin_key(target)
            target.chmod(0o600)
            return False
        draft = target.with_suffix(".tmp")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(KEY_BYTES) + "\n")
        draft.replace(target)
        return True


@contextmanager
def open_state(path: Path) -> Generator[StateFolder]:
    """Make the folder if needed and hold its lock.

    Raises:
        CommandError: another `butaca up` holds it, or it cannot be written.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        lock = (path / "lock").open("a+", encoding="ascii")
    except OSError as error:
        raise CommandError(f"The state folder {path} cannot be used: {error}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            raise CommandError(
                f"Another `butaca up` (process {lock.read().strip() or 'unknown'}) is using "
                f"{path}. Stop it, or give --state another folder."
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield StateFolder(path)


def read_admin_key(path: Path) -> str:
    """Read the key that `butaca up` has made.

    Raises:
        CommandError: the file is missing, unreadable, empty, or holds something else.
    """
    try:
        raw = path.read_bytes().strip()
    except OSError as error:
        raise CommandError(
            f"No admin key at {path} ({error.strerror}). `butaca up` makes it in its state "
            "folder: name that with --state, or a file with a key with --key-file."
        ) from error
    if not raw:
        raise CommandError(f"{path} is empty: remove it, and `butaca up` makes a new key.")
    return _decoded(raw, path)


def read_key(path: Path) -> str:
    """Read a key, of any role, from a file that somebody named.

    Raises:
        CommandError: the file is missing, unreadable, empty, or holds something else.
    """
    try:
        raw = path.read_bytes().strip()
    except OSError as error:
        raise CommandError(f"The key file {path} cannot be read: {error.strerror}.") from error
    if not raw:
        raise CommandError(f"The key file {path} is empty.")
    return _decoded(raw, path)


def _decoded(raw: bytes, path: Path) -> str:
    """What the file holds, which is never shown."""
    if not _KEY.fullmatch(raw):
        raise CommandError(f"{path} holds no key: that is one line of plain ASCII characters.")
    return raw.decode("ascii")
