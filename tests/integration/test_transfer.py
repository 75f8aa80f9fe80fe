"""Releases out to a file and in again, between two namespaces of a real Redis."""

import re
from typing import Any

import msgspec
import pytest
import redis

from shared.contracts.releases import ReleaseRef
from shared.errors import AppError, ReleaseConflictError, ReleaseRefusedError
from shared.redis_keys import RedisKeys
from shared.releases.manifest import CHUNK_BYTES, digest, encode_manifest
from shared.releases.store import ReleaseStore
from shared.releases.transfer import Imported
from tests.integration.transfers import exported, file_of, other, permanent_keys, taken_in
from tests.small_releases import chunk_keys, empty, publish, stored_keys, upload

__all__ = ["other"]


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
