"""The text of an input file as UTF-8, whatever it was declared to be; or a clear refusal.

A byte that means nothing in the declared encoding becomes invalid UTF-8, never another
character: so the reader sets aside its row and no other.
"""

import codecs
from collections.abc import Iterator
from itertools import chain
from typing import Final, Literal

from shared.errors import SourceError

Encoding = Literal["utf-8", "utf-16", "latin-1", "cp1252"]
# What a user sets, for messages.
SETTING: Final = "BUTACA_WORKER_ENCODING"

_WIDE_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SNIFFED_BYTES: Final = 4096


def utf8_chunks(file: str, chunks: Iterator[bytes], encoding: Encoding) -> Iterator[bytes]:
    """Pass on the bytes of a file as UTF-8 without a byte order mark.

    A UTF-8 byte order mark is believed, whatever is declared.

    Raises:
        SourceError: it is clear from the first bytes, or from a cut-off end, that the file is
            not in this encoding.
    """
    head = _read_head(chunks)
    if head.startswith(codecs.BOM_UTF8):
        return chain((head.removeprefix(codecs.BOM_UTF8),), chunks)
    is_wide = head.startswith(_WIDE_BOMS) or b"\x00" in head[:_SNIFFED_BYTES].split(b"\n", 1)[0]
    if is_wide and encoding != "utf-16":
        raise SourceError(
            f"{file}: line 1 is UTF-16 or binary; save it as UTF-8, or set {SETTING}=utf-16",
            file=file,
        )
    if encoding == "utf-16" and not is_wide and head:
        raise SourceError(f"{file} is not UTF-16, which {SETTING} says it is", file=file)
    whole = chain((head,), chunks)
    return whole if encoding == "utf-8" else _recode(file, whole, _find_codec(head, encoding))


def _read_head(chunks: Iterator[bytes]) -> bytes:
    """The first bytes: at least as many as are looked at, if there are."""
    head = b""
    while len(head) < _SNIFFED_BYTES and (chunk := next(chunks, None)) is not None:
        head += chunk
    return head


def _find_codec(head: bytes, encoding: Encoding) -> str:
    """The name of Python's codec; without a byte order mark, ASCII tells which half is first."""
    if encoding != "utf-16" or head.startswith(_WIDE_BOMS):
        return encoding
    return "utf-16-be" if head.startswith(b"\x00") else "utf-16-le"


def _recode(file: str, chunks: Iterator[bytes], codec: str) -> Iterator[bytes]:
    """Decode and encode again."""
    errors = "surrogatepass" if codec.startswith("utf-16") else "surrogateescape"
    decoder = codecs.getincrementaldecoder(codec)(errors)
    try:
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8", errors)
        yield decoder.decode(b"", final=True).encode("utf-8", errors)
    except UnicodeError as exc:
        raise SourceError(f"{file} cannot be read as {codec}: {exc}", file=file) from exc
