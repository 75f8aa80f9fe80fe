"""Bytes to chunks and manifests, and back, with every digest checked."""

import hashlib

import msgspec

from shared.contracts.releases import SCHEMA_VERSION, Artifact, Chunk, Manifest, ReleaseRef
from shared.decoding import decode_json
from shared.errors import ReleaseCorruptError, ReleaseSchemaError

# A little less than 4 MB: with what a server adds to it, the whole would not fit into a block of
# that size, and the next one that jemalloc has is 5 MB.
CHUNK_BYTES = 4 * 1024 * 1024 - 1024

Buffer = bytes | bytearray | memoryview


def digest(data: Buffer) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def split(data: Buffer) -> list[tuple[Chunk, memoryview]]:
    """Cut `data` into chunks of 4 MB, the last one shorter; empty data has no chunks."""
    view = memoryview(data)
    pieces = [view[at : at + CHUNK_BYTES] for at in range(0, len(view), CHUNK_BYTES)]
    return [(Chunk(sha256=digest(piece), size_bytes=len(piece)), piece) for piece in pieces]


def describe(data: Buffer, chunks: list[Chunk]) -> Artifact:
    """Return the manifest's entry for an artifact."""
    return Artifact(sha256=digest(data), size_bytes=len(data), chunks=chunks)


def chunks_of(manifest: Manifest) -> dict[str, Chunk]:
    """Return each distinct chunk of a release by its digest, in the order of the manifest."""
    return {
        chunk.sha256: chunk
        for artifact in manifest.artifacts.values()
        for chunk in artifact.chunks
    }


def check(data: Buffer, sha256: str, size_bytes: int, what: str) -> None:
    """Compare bytes with what the manifest says of them.

    Raises:
        ReleaseCorruptError: the length or the digest differs.
    """
    if len(data) != size_bytes:
        raise ReleaseCorruptError(f"{what}: {len(data)} bytes instead of {size_bytes}")
    if digest(data) != sha256:
        raise ReleaseCorruptError(f"{what}: digest differs")


def encode_manifest(manifest: Manifest) -> bytes:
    """Return the manifest's canonical bytes, whose digest is part of its identity."""
    return msgspec.json.encode(manifest, order="sorted")


def decode_manifest(data: Buffer, ref: ReleaseRef) -> Manifest:
    """Check and decode the manifest that `ref` names.

    Raises:
        ReleaseCorruptError: digest, form or number differs.
        ReleaseSchemaError: it was written by a newer version.
    """
    if digest(data) != ref.manifest_sha256:
        raise ReleaseCorruptError(f"manifest of release {ref.number}: digest differs")
    try:
        version = decode_json(data, _Versioned).schema_version
        if version > SCHEMA_VERSION:
            raise ReleaseSchemaError(
                f"release {ref.number} has schema {version}, this version reads {SCHEMA_VERSION}"
            )
        manifest = decode_json(data, Manifest)
    except msgspec.DecodeError as error:
        raise ReleaseCorruptError(f"manifest of release {ref.number}: {error}") from error
    if manifest.number != ref.number:
        raise ReleaseCorruptError(f"manifest says release {manifest.number}, not {ref.number}")
    return manifest


class _Versioned(msgspec.Struct, frozen=True):
    schema_version: int
