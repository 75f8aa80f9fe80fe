"""Files that are written whole or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path

from cli.errors import CommandError


def write_file(target: Path, pieces: Iterable[bytes], *, mode: int = 0o666) -> int:
    """Write `pieces` to `target`, in place of what was there; return the bytes written.

    `mode` is of the new file, less what the umask takes.

    Raises:
        CommandError: it is a folder, or cannot be written.
    """
    if not target.name or target.is_dir():
        raise CommandError(f"{target} is a folder; name a file in it")
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            size_bytes = sum(file.write(piece) for piece in pieces)
        partial.replace(target)
    except OSError as error:
        raise CommandError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
    return size_bytes
