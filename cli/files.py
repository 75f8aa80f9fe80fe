"""Files that are written whole or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path

from cli.errors import CommandError


def make_folder(path: Path) -> None:
    """Make a folder unless it is there, but not those above it: their names may be mistyped.

    Raises:
        CommandError: it cannot be made.
    """
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise CommandError(f"The folder {path} cannot be made: {error.strerror}") from error


def require_target(target: Path, *, replace: bool) -> None:
    """Refuse what cannot become a file, before anything is asked for its sake.

    Raises:
        CommandError: it is a folder, its folder is missing, or it is there already.
    """
    if not target.name or target.is_dir():
        raise CommandError(f"{target} is a folder; name a file in it")
    if not target.parent.is_dir():
        raise CommandError(f"{target} cannot be written: there is no folder {target.parent}")
    if target.exists() and not replace:
        raise CommandError(f"{target} is there already; --force replaces it")


def write_file(
    target: Path, pieces: Iterable[bytes], *, mode: int = 0o666, replace: bool = True
) -> int:
    """Write `pieces` to `target`; return the bytes written.

    `mode` is of the new file, less what the umask takes. `replace` allows it to take the place
    of one that is there.

    Raises:
        CommandError: it is a folder, is there already, or cannot be written.
    """
    require_target(target, replace=replace)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            size_bytes = sum(file.write(piece) for piece in pieces)
        partial.replace(target)
    except OSError as error:
        raise CommandError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
    return size_bytes
