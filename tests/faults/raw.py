"""Callers without manners, over bare sockets: too much at once, or hardly anything at all."""

import select
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

PIECE = 64 * 1024
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Ended:
    """How a connection ended: status 0 where it was closed without an answer, -1 where not."""

    status: int
    seconds: float
    sent: int
    body: bytes = b""


def head(method: str, target: str, **more: str) -> bytes:
    """The start of a request, without its end."""
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join(lines).encode()


def many(piece: bytes, total: int) -> Iterable[bytes]:
    """`piece` again and again, `total` bytes of it."""
    for _ in range(total // len(piece)):
        yield piece


def chunks(piece: bytes, total: int) -> Iterable[bytes]:
    """The same as a body of unknown length."""
    for each in many(piece, total):
        yield f"{len(each):x}\r\n".encode() + each + b"\r\n"
    yield b"0\r\n\r\n"


def talk(url: str, pieces: Iterable[bytes], *, patience_s: float = 20.0) -> Ended:
    """Send until all is sent or something comes back; return what came first."""
    began, sent = time.monotonic(), 0
    with _connect(url) as link:
        try:
            for piece in pieces:
                view = memoryview(piece)
                while view:
                    readable, writable, _ = select.select([link], [link], [], patience_s)
                    if readable:
                        return _answer(link, began, sent, patience_s)
                    if not writable:
                        return Ended(-1, time.monotonic() - began, sent)
                    count = link.send(view)
                    view, sent = view[count:], sent + count
            return _answer(link, began, sent, patience_s)
        except (ConnectionResetError, BrokenPipeError):
            return Ended(0, time.monotonic() - began, sent)


def drip(  # noqa: PLR0913  # all but the first three by name
    url: str, start: bytes, drop: bytes, *, count: int, every_s: float, limit_s: float
) -> list[Ended]:
    """Open `count` connections, send `start`, then one `drop` now and then to each."""
    began = time.monotonic()
    links = [_connect(url) for _ in range(count)]
    for link in links:
        link.sendall(start)
    ended: list[Ended] = []
    while links and time.monotonic() - began < limit_s:
        time.sleep(every_s)
        for link in list(links):
            found = _poke(link, drop, began)
            if found is not None:
                links.remove(link)
                link.close()
                ended.append(found)
    for link in links:
        link.close()
    late = time.monotonic() - began
    return [*ended, *(Ended(-1, late, 0) for _ in links)]


def _poke(link: socket.socket, drop: bytes, began: float) -> Ended | None:
    """Send a little; say how it ended if it did."""
    try:
        if select.select([link], [], [], 0)[0]:
            return _answer(link, began, 0, 1.0)
        link.send(drop)
    except (ConnectionResetError, BrokenPipeError):
        return Ended(0, time.monotonic() - began, 0)
    return None


def _connect(url: str) -> socket.socket:
    split = urlsplit(url)
    link = socket.create_connection((str(split.hostname), int(split.port or 80)), timeout=10)
    link.settimeout(0)
    return link


def _answer(link: socket.socket, began: float, sent: int, patience_s: float) -> Ended:
    """Read an answer to the end of the connection, or as long as something comes."""
    data = b""
    while select.select([link], [], [], patience_s if not data else 0.3)[0]:
        try:
            piece = link.recv(PIECE)
        except ConnectionResetError:
            break
        if not piece:
            break
        data += piece
    else:
        if not data:
            return Ended(-1, time.monotonic() - began, sent)
    status = int(data[9:12]) if data.startswith(b"HTTP/1.") else 0
    return Ended(status, time.monotonic() - began, sent, data.partition(HEAD_END)[2])
