"""Chunks, digests and manifests."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.releases import Manifest, ReleaseRef, VectorSpace
from shared.errors import ReleaseCorruptError, ReleaseSchemaError
from shared.releases.manifest import (
    CHUNK_BYTES,
    check,
    decode_manifest,
    describe,
    digest,
    encode_manifest,
    split,
)

MANIFEST = Manifest(
    schema_version=1,
    number=7,
    created_at=dt.datetime(2024, 1, 2, tzinfo=dt.UTC),
    job_id="build-1",
    sources=[],
    counts={"movies": 1, "cast": 2},
    vectors=VectorSpace(
        model_id="m",
        model_sha256="s",
        dtype="float32",
        metric="inner_product",
        text_dims=1,
        structured_dims=1,
        ranking="1",
    ),
    artifacts={},
    canaries=[],
)


def named(data: bytes, number: int = 7) -> ReleaseRef:
    return ReleaseRef(number=number, manifest_sha256=digest(data))


def test_a_manifest_reads_back() -> None:
    data = encode_manifest(MANIFEST)
    assert decode_manifest(data, named(data)) == MANIFEST


def test_its_bytes_do_not_depend_on_the_order_of_its_counts() -> None:
    other = msgspec.structs.replace(MANIFEST, counts={"cast": 2, "movies": 1})
    assert encode_manifest(other) == encode_manifest(MANIFEST)


def test_another_digest_is_refused_before_parsing() -> None:
    with pytest.raises(ReleaseCorruptError, match="digest differs"):
        decode_manifest(b"{", ReleaseRef(number=7, manifest_sha256="0"))


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"schema_version":1}'])
def test_other_bytes_are_no_manifest(data: bytes) -> None:
    with pytest.raises(ReleaseCorruptError):
        decode_manifest(data, named(data))


def test_another_number_is_refused() -> None:
    data = encode_manifest(MANIFEST)
    with pytest.raises(ReleaseCorruptError, match="says release 7, not 8"):
        decode_manifest(data, named(data, 8))


def test_a_newer_schema_is_told_apart_from_damage() -> None:
    data = b'{"schema_version":99,"unknown":true}'
    with pytest.raises(ReleaseSchemaError, match="schema 99"):
        decode_manifest(data, named(data))


def test_an_older_manifest_without_newer_fields_still_decodes() -> None:
    plain = msgspec.to_builtins(MANIFEST)
    del plain["code"]
    data = msgspec.json.encode(plain)
    assert decode_manifest(data, named(data)).code == ""


@given(st.binary(max_size=64))
def test_chunks_add_up_to_the_artifact(data: bytes) -> None:
    pieces = split(data)
    assert b"".join(piece for _, piece in pieces) == data
    entry = describe(data, [chunk for chunk, _ in pieces])
    check(data, entry.sha256, entry.size_bytes, "x")


def test_only_the_last_chunk_is_shorter() -> None:
    sizes = [chunk.size_bytes for chunk, _ in split(bytes(2 * CHUNK_BYTES + 1))]
    assert sizes == [CHUNK_BYTES, CHUNK_BYTES, 1]


@pytest.mark.parametrize("data", [b"ab", b"abd"])
def test_length_and_digest_are_checked(data: bytes) -> None:
    with pytest.raises(ReleaseCorruptError):
        check(data, digest(b"abc"), 3, "x")
