"""A release as one file: written and read as a stream, every byte of it under a digest.

The file is a line that says what it is and how long its parts are, the pointer as JSON, the
manifest's bytes, then each distinct chunk once, in the order of the manifest.
"""

import hashlib
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, NamedTuple

import msgspec

from shared.contracts.releases import Artifact, Chunk, Manifest, ReleaseRef, ReleaseStatus
from shared.decoding import decode_json
from shared.errors import (
    BodyTooLargeError,
    ImportInvalidError,
    ReleaseConflictError,
    ReleaseCorruptError,
    ReleaseSchemaError,
)
from shared.releases.manifest import CHUNK_BYTES, check, chunks_of, decode_manifest, digest
from shared.releases.store import ReleaseStore

FORMAT: Final = 1
MAX_POINTER_BYTES: Final = 4096
# A manifest of 8 MB names chunks of some 300 GB.
MAX_MANIFEST_BYTES: Final = 8_000_000
# Room for numbers to go on rising, in Redis and in its scripts.
MAX_NUMBER: Final = 10**12
_LINE: Final = "butaca-release {:03d} {:08d} {:08d} {}\n"
LINE_BYTES: Final = len(_LINE.format(0, 0, 0, "0" * 64))
_LINE_FORM: Final = re.compile(rb"butaca-release (\d{3}) (\d{8}) (\d{8}) ([0-9a-f]{64})\n")
_DIGEST_FORM: Final = re.compile(r"[0-9a-f]{64}")
# Releases of earlier versions were cut at 4 MB.
_MAX_CHUNK_BYTES: Final = max(CHUNK_BYTES, 4 * 1024 * 1024)


class Export(NamedTuple):
    """A release on its way out; `pieces` are read from Redis one by one."""

    size_bytes: int
    pieces: Iterator[bytes]


class Imported(NamedTuple):
    """A release that is stored now; `is_new` tells whether it was not before."""

    ref: ReleaseRef
    is_new: bool


def export_release(store: ReleaseStore, number: int) -> Export:
    """Begin to read a stored release; each chunk is checked when its turn comes.

    Raises:
        ReleaseNotFoundError: it is not stored.
        ReleaseCorruptError: the manifest is damaged, or a chunk is missing.
        ReleaseSchemaError: it was written by a newer version.
    """
    ref = store.find(number)
    store.signer.require(ref)
    data = store.manifest_bytes(ref)
    chunks = list(chunks_of(decode_manifest(data, ref)).values())
    missing = store.missing(chunks)
    if missing:
        raise ReleaseCorruptError(f"release {number} lacks {len(missing)} of its chunks")
    pointer = msgspec.json.encode(ref)
    line = _LINE.format(FORMAT, len(pointer), len(data), digest(pointer)).encode()
    begin = line + pointer + data
    size_bytes = len(begin) + sum(chunk.size_bytes for chunk in chunks)
    return Export(size_bytes, _pieces(store, begin, chunks, number))


def import_release(
    store: ReleaseStore, file: BinaryIO, *, max_bytes: int | None = None
) -> Imported:
    """Read a file to its end and store the release in it; see `importing`."""
    steps = importing(store, max_bytes=max_bytes)
    wanted = next(steps)
    while True:
        try:
            wanted = steps.send(file.read(wanted))
        except StopIteration as end:
            imported: Imported = end.value
            return imported


def importing(
    store: ReleaseStore, *, max_bytes: int | None = None
) -> Generator[int, bytes, Imported]:
    """Store a release piece by piece: yields how many bytes it wants, and takes that many.

    Fewer bytes mean that the file has ended. Nothing is visible, or stays, before the end. Then
    the release goes live where nothing is, else it is kept; its identity is that of the file.

    Raises:
        ImportInvalidError: it is no such file, or damaged, cut short or too long.
        BodyTooLargeError: it holds more than `max_bytes`.
        ReleaseConflictError: another release of this number is stored.
        ReleaseRefusedError: Redis has no room.
    """
    ref, data = yield from _receive_head()
    manifest = _read_manifest(store, ref, data)
    chunks = chunks_of(manifest)
    # As loaded: one chunk may come many times.
    size_bytes = sum(artifact.size_bytes for artifact in manifest.artifacts.values())
    if max_bytes is not None and size_bytes > max_bytes:
        raise BodyTooLargeError(f"The release has {size_bytes:,} bytes, more than {max_bytes:,}.")
    stored = _find_stored(store, ref)
    store.require_headroom(chunks.values())
    for position, chunk in enumerate(chunks.values()):
        piece = yield chunk.size_bytes
        with _as_invalid():
            check(piece, chunk.sha256, chunk.size_bytes, f"chunk {position}")
        # One that is stored already is healed where it is damaged.
        store.upload_chunk(chunk, piece)
    if (yield 1):
        raise ImportInvalidError("The file goes on after the release.")
    yield from _require_whole(store, manifest)
    if stored != "candidate":
        store.put_in(ref, manifest, data)
    return Imported(ref, stored is None)


def _pieces(
    store: ReleaseStore, begin: bytes, chunks: list[Chunk], number: int
) -> Iterator[bytes]:
    yield begin
    for position, chunk in enumerate(chunks):
        yield store.chunk(chunk, f"release {number}, chunk {position}")


def _receive_head() -> Generator[int, bytes, tuple[ReleaseRef, bytes]]:
    """The pointer and the manifest's bytes, whose digest is not checked yet."""
    line = _LINE_FORM.fullmatch((yield LINE_BYTES))
    if line is None:
        raise ImportInvalidError("This is no exported release of Butaca.")
    version, pointer_bytes, manifest_bytes = (int(line[group]) for group in (1, 2, 3))
    if version != FORMAT:
        raise ImportInvalidError(f"The file has format {version}, this version reads {FORMAT}.")
    if pointer_bytes > MAX_POINTER_BYTES or manifest_bytes > MAX_MANIFEST_BYTES:
        raise ImportInvalidError("The head of the file is too large.")
    pointer = yield pointer_bytes
    with _as_invalid():
        check(pointer, line[4].decode(), pointer_bytes, "pointer")
    try:
        ref = decode_json(pointer, ReleaseRef)
    except msgspec.DecodeError as error:
        raise ImportInvalidError(f"The pointer is unreadable: {error}") from error
    if not 0 < ref.number <= MAX_NUMBER:
        raise ImportInvalidError(f"No release has number {ref.number}.")
    return ref, (yield manifest_bytes)


def _read_manifest(store: ReleaseStore, ref: ReleaseRef, data: bytes) -> Manifest:
    with _as_invalid():
        store.signer.require(ref)
        manifest = decode_manifest(data, ref)
    for name, artifact in manifest.artifacts.items():
        if not _is_sound(artifact):
            raise ImportInvalidError(f"What the manifest says of {name} cannot be.")
    return manifest


def _is_sound(artifact: Artifact) -> bool:
    """Whether digests are digests, since they name keys and files, and the sizes add up."""
    digests = [artifact.sha256, *(chunk.sha256 for chunk in artifact.chunks)]
    sizes = [chunk.size_bytes for chunk in artifact.chunks]
    return (
        all(_DIGEST_FORM.fullmatch(each) for each in digests)
        and all(0 < size <= _MAX_CHUNK_BYTES for size in sizes)
        and sum(sizes) == artifact.size_bytes
    )


def _find_stored(store: ReleaseStore, ref: ReleaseRef) -> ReleaseStatus | None:
    """How this release is stored already, if it is."""
    inventory = store.inventory()
    for stored in inventory.refs:
        if stored.number == ref.number:
            if stored.manifest_sha256 != ref.manifest_sha256:
                raise ReleaseConflictError(f"Another release of number {ref.number} is stored.")
            return inventory.status(stored)
    return None


def _require_whole(store: ReleaseStore, manifest: Manifest) -> Generator[int, bytes]:
    """Digest every artifact as it would be loaded; one chunk in each step, which takes nothing."""
    for name, artifact in manifest.artifacts.items():
        whole = hashlib.sha256()
        for piece in store.pieces(artifact, name):
            whole.update(piece)
            yield 0
        if whole.hexdigest() != artifact.sha256:
            raise ImportInvalidError(f"{name}: digest differs")


@contextmanager
def _as_invalid() -> Generator[None]:
    """What is wrong with the file is the sender's error, not ours."""
    try:
        yield
    except (ReleaseCorruptError, ReleaseSchemaError) as error:
        raise ImportInvalidError(f"The file cannot be imported: {error}") from error
