"""Answers made ready once and sent many times: the one place where their headers are made."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from litestar.types import HTTPResponseStartEvent, HTTPScope, Send

from services.gateway.compression import accepts_gzip, is_packable, pack, pack_beside
from services.gateway.conditional import PACKED_SUFFIX, is_known

RawHeaders = list[tuple[bytes, bytes]]
# A release is noticed up to two seconds after it goes live, so an answer may be this old anyway;
# after that the tag is asked about, which costs no body.
CACHE_CONTROL: Final = "public, max-age=5, must-revalidate"
NO_STORE: Final = "no-store"
# Headers that describe a body, which a 304 has not.
_OF_BODY: Final = frozenset({b"content-type", b"content-length", b"content-encoding"})


class Form(NamedTuple):
    """One way to send an answer: as it is, or compressed."""

    headers: RawHeaders
    body: bytes


class Prepared(NamedTuple):
    """A 200 as it is sent. Without `tag` nobody may keep it."""

    release: str | None
    tag: str | None
    is_packable: bool
    plain: Form
    packed: Form | None = None

    @property
    def size_bytes(self) -> int:
        """What its bodies take."""
        return len(self.plain.body) + (0 if self.packed is None else len(self.packed.body))


def prepare(  # noqa: PLR0913  # all but the first three by name
    body: bytes,
    media_type: str,
    headers: Mapping[str, str],
    *,
    release: str | None = None,
    tag: str | None = None,
    cache_control: str = CACHE_CONTROL,
) -> Prepared:
    """Make an answer ready; `headers` are those that are its own."""
    packable = is_packable(media_type, len(body))
    is_text = media_type.startswith("text/")
    own = {name.lower(): value for name, value in headers.items()}
    vary = [own.pop("vary", ""), "Accept-Encoding" if packable else ""]
    made = {
        "content-type": f"{media_type}; charset=utf-8" if is_text else media_type,
        "content-length": str(len(body)),
        **own,
        "cache-control": NO_STORE if tag is None else cache_control,
        "vary": ", ".join(name for name in vary if name),
        "etag": "" if tag is None else f'"{tag}"',
    }
    return Prepared(release, tag, packable, Form(_raw(made), body))


async def with_packed(prepared: Prepared) -> Prepared:
    """Return the answer with its compressed form beside it; a large one is made in a thread."""
    return _packed(prepared, await pack_beside(prepared.plain.body))


def pack_now(prepared: Prepared) -> Prepared:
    """Return the answer with its compressed form beside it."""
    return _packed(prepared, pack(prepared.plain.body))


def _packed(prepared: Prepared, body: bytes) -> Prepared:
    changed: dict[bytes, bytes] = {b"content-length": str(len(body)).encode()}
    if prepared.tag is not None:
        changed[b"etag"] = f'"{prepared.tag}{PACKED_SUFFIX}"'.encode()
    headers = [(name, changed.get(name, value)) for name, value in prepared.plain.headers]
    return prepared._replace(packed=Form([*headers, (b"content-encoding", b"gzip")], body))


def wants_packed(prepared: Prepared, scope: HTTPScope) -> bool:
    """Tell whether the caller is to get the compressed form."""
    if not prepared.is_packable:
        return False
    return accepts_gzip(header(scope, b"accept-encoding"))


async def send_prepared(
    prepared: Prepared, scope: HTTPScope, send: Send, more: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    """Send an answer in the form that the caller wants, or say that the caller has it."""
    wanted = prepared.packed if wants_packed(prepared, scope) else None
    form = wanted or prepared.plain
    known = header(scope, b"if-none-match")
    if known and prepared.tag is not None and is_known(prepared.tag, known):
        headers = [pair for pair in form.headers if pair[0] not in _OF_BODY]
        await _send(send, 304, headers, b"", more)
    else:
        await _send(send, 200, form.headers, form.body, more)


def header(scope: HTTPScope, name: bytes) -> str:
    """Return a header of the request, its lines joined as a list."""
    values = [value for key, value in scope["headers"] if key == name]
    return b", ".join(values).decode("latin-1")


async def _send(
    send: Send,
    status: int,
    headers: RawHeaders,
    body: bytes,
    more: Sequence[tuple[bytes, bytes]],
) -> None:
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": status,
        "headers": [*headers, *more],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _raw(headers: Mapping[str, Any]) -> RawHeaders:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items() if value]
