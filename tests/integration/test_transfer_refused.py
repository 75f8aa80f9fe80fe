"""Files that are refused, between two namespaces of a real Redis."""

import io

import msgspec
import pytest
import redis

from shared.contracts.releases import SCHEMA_VERSION, Artifact, Chunk
from shared.errors import (
    BodyTooLargeError,
    ImportInvalidError,
    ReleaseCorruptError,
    ReleaseNotFoundError,
    ReleaseRefusedError,
)
from shared.redis_keys import RedisKeys
from shared.releases.manifest import digest
from shared.releases.store import ReleaseStore
from shared.releases.transfer import (
    LINE_BYTES,
    MAX_MANIFEST_BYTES,
    MAX_NUMBER,
    MAX_POINTER_BYTES,
    export_release,
    import_release,
)
from tests.integration.transfers import exported, file_of_manifest, other, permanent_keys, taken_in
from tests.small_releases import chunk_keys, manifest, publish, stored_keys

__all__ = ["other"]


def test_every_altered_byte_and_every_cut_is_refused_without_a_trace(
    store: ReleaseStore, other: ReleaseStore
) -> None:
    ref, _ = publish(store, index=b"vectors", titles=b"titles")
    data = exported(store, ref.number)
    damaged: list[bytes] = [data[:end] for end in range(len(data))]
    damaged += [data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1 :] for at in range(len(data))]
    damaged += [data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1 :] for at in range(len(data))]
    damaged += [data + b"\n", data + data, b""]
    for each in damaged:
        with pytest.raises(ImportInvalidError):
            taken_in(other, each)
    assert permanent_keys(other) == []
    assert other.views() == []
    taken_in(other, data)
    assert other.live() == ref


def test_a_refusal_says_what_is_wrong(store: ReleaseStore, other: ReleaseStore) -> None:
    ref, _ = publish(store, index=b"vector")
    data = exported(store, ref.number)
    for damaged, message in (
        (b"PK\x03\x04" + bytes(200), "no exported release"),
        (data.replace(b"release 001", b"release 002"), "format 2"),
        (data[:-3], "chunk 0: 3 bytes instead of 6"),
        (data + b"x", "goes on"),
    ):
        with pytest.raises(ImportInvalidError, match=message):
            taken_in(other, damaged)


@pytest.mark.parametrize("number", [0, -1, MAX_NUMBER + 1])
def test_a_number_out_of_range_is_refused(other: ReleaseStore, number: int) -> None:
    with pytest.raises(ImportInvalidError, match="number"):
        taken_in(other, file_of_manifest(manifest(number, {})))


def test_the_highest_number_leaves_room_for_more(other: ReleaseStore) -> None:
    taken_in(other, file_of_manifest(manifest(MAX_NUMBER, {})))
    assert publish(other, index=b"next")[0].number == MAX_NUMBER + 1


def test_a_release_of_a_newer_version_is_refused(other: ReleaseStore) -> None:
    with pytest.raises(ImportInvalidError, match="schema"):
        taken_in(other, file_of_manifest(manifest(1, {}, schema=SCHEMA_VERSION + 1)))


def test_heads_are_bounded(other: ReleaseStore) -> None:
    line = b"butaca-release 001 %08d %08d " + b"0" * 64 + b"\n"
    for sizes in ((MAX_POINTER_BYTES + 1, 1), (1, MAX_MANIFEST_BYTES + 1)):
        with pytest.raises(ImportInvalidError, match="too large"):
            taken_in(other, line % sizes)
    with pytest.raises(ImportInvalidError, match="pointer"):
        taken_in(other, line % (MAX_POINTER_BYTES, MAX_MANIFEST_BYTES))
    assert len(line % (0, 0)) == LINE_BYTES


def _artifact(sha256: str = digest(b"abc"), size_bytes: int = 3, **chunk: object) -> Artifact:
    whole = Chunk(sha256=digest(b"abc"), size_bytes=3)
    chunks = [msgspec.structs.replace(whole, **chunk)]
    return Artifact(sha256=sha256, size_bytes=size_bytes, chunks=chunks)


@pytest.mark.parametrize(
    "artifact",
    [
        _artifact(sha256="../../etc/passwd"),
        _artifact(sha256="../" * 20 + "abcd"),
        _artifact(sha256="A" * 64),
        _artifact(size_bytes=4),
        _artifact(size_bytes=2),
        _artifact(),
    ],
    ids=["path", "path of 64", "capitals", "too long", "too short", "sound"],
)
def test_what_a_manifest_says_is_believed_only_if_it_can_be(
    other: ReleaseStore, artifact: Artifact
) -> None:
    data = file_of_manifest(manifest(1, {"index": artifact}), b"abc")
    if artifact == _artifact():
        assert taken_in(other, data).is_new
        return
    with pytest.raises(ImportInvalidError, match="index cannot be"):
        taken_in(other, data)


@pytest.mark.parametrize("size_bytes", [0, -1, 4 * 1024 * 1024 + 1, 10**12])
def test_a_chunk_of_another_size_than_chunks_have_is_refused_before_it_is_read(
    other: ReleaseStore, size_bytes: int
) -> None:
    chunk = Chunk(sha256="0" * 64, size_bytes=size_bytes)
    artifact = Artifact(sha256="0" * 64, size_bytes=size_bytes, chunks=[chunk])
    with pytest.raises(ImportInvalidError, match="index cannot be"):
        taken_in(other, file_of_manifest(manifest(1, {"index": artifact})))


def test_an_artifact_that_is_not_the_sum_of_its_chunks_is_refused(other: ReleaseStore) -> None:
    lying = _artifact(sha256=digest(b"abd"))
    with pytest.raises(ImportInvalidError, match="index: digest differs"):
        taken_in(other, file_of_manifest(manifest(1, {"index": lying}), b"abc"))
    assert permanent_keys(other) == []


def test_a_release_larger_than_allowed_is_refused(
    store: ReleaseStore, other: ReleaseStore
) -> None:
    ref, _ = publish(store, index=b"12345", again=b"12345", more=b"6")
    data = exported(store, ref.number)
    # Of one chunk a file has one, however often it is loaded.
    with pytest.raises(BodyTooLargeError, match="11 bytes, more than 10"):
        import_release(other, io.BytesIO(data), max_bytes=10)
    assert import_release(other, io.BytesIO(data), max_bytes=11).is_new


def test_without_room_nothing_is_read(
    store: ReleaseStore, other: ReleaseStore, redis_client: redis.Redis
) -> None:
    ref, _ = publish(store, index=bytes(4_000_000))
    file = io.BytesIO(exported(store, ref.number))
    used = int(redis_client.info("memory")["used_memory"])
    redis_client.config_set("maxmemory", used + 3_000_000)
    try:
        with pytest.raises(ReleaseRefusedError, match="no room"):
            import_release(other, file)
    finally:
        redis_client.config_set("maxmemory", 0)
    assert file.tell() < 4_000_000
    assert stored_keys(other) == []


def test_what_is_damaged_or_not_there_is_not_exported(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    ref, made = publish(store, index=b"vectors")
    with pytest.raises(ReleaseNotFoundError):
        export_release(store, ref.number + 1)
    (key,) = chunk_keys(redis_keys, made, "index")
    redis_client.set(key, b"vEctors")
    with pytest.raises(ReleaseCorruptError, match="digest"):
        exported(store, ref.number)
    redis_client.delete(key)
    with pytest.raises(ReleaseCorruptError, match="lacks 1 of its chunks"):
        export_release(store, ref.number)
