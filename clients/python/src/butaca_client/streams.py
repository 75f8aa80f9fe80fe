"""Bodies that come piece by piece: files, and server-sent events."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

PIECE_BYTES: Final = 1 << 20


class Event(NamedTuple):
    """One server-sent event."""

    name: str
    data: str


def save(pieces: Iterable[bytes], target: Path) -> None:
    """Write pieces to a file that only its owner may read, whole or not at all."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                file.write(piece)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def read_events(pieces: Iterable[bytes]) -> Iterator[Event]:
    """Read events as they come; comments, which only keep the connection, say nothing."""
    name, data = "", list[str]()
    for line in _lines(pieces):
        if line:
            field, _, value = line.partition(":")
            if field == "event":
                name = value.removeprefix(" ")
            elif field == "data":
                data.append(value.removeprefix(" "))
        elif name or data:
            yield Event(name or "message", "\n".join(data))
            name, data = "", list[str]()


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """The whole lines of a text that comes in pieces of any length."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")
