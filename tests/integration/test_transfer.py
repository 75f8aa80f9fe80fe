"""Releases out to a file and in again, between two namespaces of a real Redis."""

import io
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import redis

from shared.contracts.releases import SCHEMA_VERSION, Artifact, Chunk, Manifest, ReleaseRef
from shared.errors import (
    AppError,
    BodyTooLargeError,
    ImportInvalidError,
    ReleaseConflictError,
    ReleaseCorruptError,
    ReleaseNotFoundError,
    ReleaseRefusedError,
)
from shared.redis_keys import RedisKeys
from shared.releases.manifest import CHUNK_BYTES, digest, encode_manifest
from shared.releases.signing import Signer
from shared.releases.store import ReleaseStore
from shared.releases.transfer import (
    LINE_BYTES,
    MAX_MANIFEST_BYTES,
    MAX_NUMBER,
    MAX_POINTER_BYTES,
    Imported,
    export_release,
    import_release,
)
from tests.small_releases import chunk_keys, empty, manifest, publish, stored_keys, upload

KEY, OTHER_KEY = b"k" * 16, b"o" * 16


@pytest.fixture
def store(redis_client: redis.Redis, redis_keys: RedisKeys) -> ReleaseStore:
    """Where releases are made."""
    return ReleaseStore(redis_client, redis_keys)


@pytest.fixture
def other(redis_client: redis.Redis, redis_keys: RedisKeys) -> Iterator[ReleaseStore]:
    """Where they are brought."""
    store = ReleaseStore(redis_client, RedisKeys(f"{redis_keys.namespace}-other"))
    yield store
    empty(store)


def permanent_keys(store: ReleaseStore) -> list[bytes]:
    return [key for key in stored_keys(store) if store.client.ttl(key) == -1]


def exported(store: ReleaseStore, number: int) -> bytes:
    export = export_release(store, number)
    data = b"".join(export.pieces)
    assert len(data) == export.size_bytes
    return data


def taken_in(store: ReleaseStore, data: bytes) -> Imported:
    return import_release(store, io.BytesIO(data))


def file_of(pointer: bytes, body: bytes, *, chunks: bytes = b"", version: int = 1) -> bytes:
    """Write the head of a file by hand; the manifest is `body`."""
    line = f"butaca-release {version:03d} {len(pointer):08d} {len(body):08d} {digest(pointer)}\n"
    return line.encode() + pointer + body + chunks


def file_of_manifest(made: Manifest, chunks: bytes = b"") -> bytes:
    body = encode_manifest(made)
    ref = ReleaseRef(number=made.number, manifest_sha256=digest(body))
    return file_of(msgspec.json.encode(ref), body, chunks=chunks)


def test_a_release_comes_back_from_its_file_with_the_same_identity(
    store: ReleaseStore, other: ReleaseStore
) -> None:
    large = bytes(range(256)) * (2 * CHUNK_BYTES // 256) + b"end"
    publish(store, index=b"earlier")
    ref, made = publish(store, index=large, again=large, empty=b"", small=b"small")
    assert taken_in(other, exported(store, ref.number)) == Imported(ref, is_new=True)
    assert other.live() == ref
    assert other.kept() == [ref]
    assert other.manifest(ref) == made
    for name in made.artifacts:
        assert other.artifact(made, name) == store.artifact(made, name)
    chunks = {key for name in made.artifacts for key in chunk_keys(other.keys, made, name)}
    assert all(other.client.ttl(key) == -1 for key in chunks)


def test_a_file_holds_each_chunk_once(store: ReleaseStore) -> None:
    content = b"c" * 1000
    ref, _ = publish(store, index=content, again=content)
    assert len(re.findall(content, exported(store, ref.number))) == 1


def test_a_manifest_of_another_version_keeps_its_bytes(
    store: ReleaseStore, other: ReleaseStore
) -> None:
    """Fields that this version does not know are part of the identity."""
    made = upload(store, store.next_number(), index=b"x")
    body = encode_manifest(made)[:-1] + b',"since":"a later version"}'
    ref = ReleaseRef(number=made.number, manifest_sha256=digest(body))
    taken_in(other, file_of(msgspec.json.encode(ref), body, chunks=b"x"))
    assert other.manifest_bytes(ref) == body
    assert exported(other, ref.number) == file_of(msgspec.json.encode(ref), body, chunks=b"x")


def test_an_import_beside_a_live_release_is_kept_until_it_is_activated(
    store: ReleaseStore, other: ReleaseStore
) -> None:
    ref = [publish(store, index=b"%d" % n)[0] for n in range(3)][-1]
    live, _ = publish(other, index=b"live")
    under_way = other.next_number()
    taken_in(other, exported(store, ref.number))
    assert other.live() == live
    assert [view.status for view in other.views()] == ["kept", "live"]
    # What was under way is not stopped, and new numbers are above both.
    other.publish(upload(other, under_way, index=b"under way"))
    assert other.next_number() > ref.number
    other.activate(ref.number)
    assert other.live() == ref


def test_a_build_that_began_before_a_restore_is_refused(
    store: ReleaseStore, other: ReleaseStore
) -> None:
    under_way = other.next_number()
    publish(store, index=b"first")
    ref, _ = publish(store, index=b"second")
    taken_in(other, exported(store, ref.number))
    with pytest.raises(ReleaseRefusedError):
        other.publish(upload(other, under_way, index=b"late"))
    assert other.live() == ref
    assert publish(other, index=b"new")[0].number > ref.number


def test_importing_what_is_stored_changes_nothing_but_heals_it(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    first, made = publish(store, index=b"first")
    second, _ = publish(store, index=b"second")
    data = exported(store, first.number)
    (key,) = chunk_keys(redis_keys, made, "index")
    redis_client.set(key, b"fIrst")
    assert taken_in(store, data) == Imported(first, is_new=False)
    assert store.live() == second
    assert store.kept() == [first, second]
    assert store.artifact(made, "index") == b"first"
    assert redis_client.ttl(key) == -1
    redis_client.delete(key)
    taken_in(store, data)
    assert redis_client.ttl(key) == -1


def test_a_candidate_can_be_exported_and_stays_one_when_imported_again(
    store: ReleaseStore, other: ReleaseStore
) -> None:
    made = upload(store, store.next_number(), index=b"refused")
    ref = store.keep_candidate(made, ["too few"])
    data = exported(store, ref.number)
    assert not taken_in(store, data).is_new
    assert store.view(ref.number).status == "candidate"
    taken_in(other, data)
    assert other.live() == ref


def test_another_release_of_the_same_number_is_a_conflict(
    store: ReleaseStore, other: ReleaseStore
) -> None:
    ref, _ = publish(store, index=b"ours")
    theirs, made = publish(other, index=b"theirs")
    before = stored_keys(other)
    with pytest.raises(ReleaseConflictError, match="number 1"):
        taken_in(other, exported(store, ref.number))
    assert stored_keys(other) == before
    assert other.manifest(theirs) == made


def test_a_counter_that_starts_again_makes_no_second_release_of_an_imported_number(
    store: ReleaseStore, other: ReleaseStore
) -> None:
    ref = [publish(store, index=b"%d" % n)[0] for n in range(3)][-1]
    data = exported(store, ref.number)
    taken_in(other, data)
    other.client.delete(other.keys.release_counter(), other.keys.release_fence())
    assert other.next_number() == ref.number + 1
    empty(other)
    rebuilt, _ = publish(other, index=b"rebuilt")
    taken_in(other, data)
    assert {view.label for view in other.views()} == {ref.label, rebuilt.label}
    assert other.next_number() == ref.number + 1


# -- what is refused ------------------------------------------------------------------------


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


# -- signatures -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made_with", "taken_with", "message"),
    [
        (None, None, None),
        (KEY, None, None),
        (KEY, KEY, None),
        (None, KEY, "not signed"),
        (OTHER_KEY, KEY, "signed by another key"),
    ],
)
def test_a_file_is_taken_from_those_who_have_our_key(
    store: ReleaseStore,
    other: ReleaseStore,
    made_with: bytes | None,
    taken_with: bytes | None,
    message: str | None,
) -> None:
    signed = ReleaseStore(store.client, store.keys, Signer(made_with))
    trusting = ReleaseStore(other.client, other.keys, Signer(taken_with))
    ref, made = publish(signed, index=b"x")
    data = exported(signed, ref.number)
    if message is None:
        assert taken_in(trusting, data).ref.signature == ref.signature
        assert trusting.manifest(ref) == made
        return
    with pytest.raises(ImportInvalidError, match=message):
        taken_in(trusting, data)
    assert stored_keys(other) == []


def test_a_store_with_a_key_exports_nothing_foreign(store: ReleaseStore) -> None:
    ref, _ = publish(store, index=b"x")
    with pytest.raises(ReleaseCorruptError, match="not signed"):
        export_release(ReleaseStore(store.client, store.keys, Signer(KEY)), ref.number)


def test_an_import_that_dies_at_any_step_leaves_nothing_permanent(
    store: ReleaseStore, other: ReleaseStore
) -> None:
    ref, _ = publish(store, index=b"vectors", titles=b"titles", empty=b"")
    data = exported(store, ref.number)
    commands = 0
    for step in range(100):
        dying = ReleaseStore(Dying(other.client, after=step), other.keys)
        try:
            taken_in(dying, data)
        except AppError:
            assert other.views() == []
            assert permanent_keys(other) == []
            empty(other)
            continue
        commands = step
        break
    assert commands > 10
    assert other.live() == ref


class Dying(redis.Redis):
    """A connection that breaks after so many commands."""

    def __init__(self, client: redis.Redis, *, after: int) -> None:
        super().__init__(connection_pool=client.connection_pool)
        self._left = after

    def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  # as the base
        if self._left == 0:
            raise redis.ConnectionError("gone")
        self._left -= 1
        return super().execute_command(*args, **options)  # pyright: ignore[reportUnknownVariableType]  # redis
