"""Following the pointer, and starting from the local copy."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
import redis

from shared.contracts.releases import Manifest, ReleaseRef, VectorSpace
from shared.errors import IndexNotReadyError, ReleaseCorruptError
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.local import LocalCopy
from shared.releases.manifest import Buffer, digest
from shared.releases.signing import Signer
from shared.releases.store import ReleaseStore
from shared.releases.watcher import ReleaseWatcher

SPACE = VectorSpace(
    model_id="m",
    model_sha256="s",
    dtype="float32",
    metric="inner_product",
    text_dims=1,
    structured_dims=1,
    ranking="1",
)

KEY = b"k" * 16


def publish(store: ReleaseStore, data: bytes) -> ReleaseRef:
    made = Manifest(
        schema_version=1,
        number=store.next_number(),
        created_at=dt.datetime(2024, 1, 2, tzinfo=dt.UTC),
        job_id="build-1",
        sources=[],
        counts={},
        vectors=SPACE,
        artifacts={"index": store.upload(data)},
        canaries=[],
    )
    return store.publish(made)


def build(_: Manifest, artifacts: Mapping[str, Buffer]) -> bytes:
    data = bytes(artifacts["index"])
    if data == b"bad":
        raise ReleaseCorruptError("a canary answers wrongly")
    return data


def watch(store: ReleaseStore, local: LocalCopy | None = None) -> ReleaseWatcher[bytes]:
    return ReleaseWatcher(store, local, ("index",), build, poll_s=0.01)


def dead_store() -> ReleaseStore:
    return ReleaseStore(connect("redis://127.0.0.1:1/0", timeout_s=0.2), RedisKeys("x"))


def test_before_the_first_release_nothing_is_ready(store: ReleaseStore) -> None:
    watcher = watch(store)
    watcher.refresh()
    assert not watcher.is_ready
    with pytest.raises(IndexNotReadyError, match="no release has been published yet"):
        watcher.current()


def test_a_new_release_is_swapped_in(store: ReleaseStore) -> None:
    watcher = watch(store)
    for data in (b"one", b"two"):
        ref = publish(store, data)
        watcher.refresh()
        assert (watcher.current().ref, watcher.current().snapshot) == (ref, data)
    assert watcher.reasons == {}


def test_a_roll_back_is_followed_to_the_older_release(store: ReleaseStore) -> None:
    watcher = watch(store)
    first, second = publish(store, b"one"), publish(store, b"two")
    for ref, data in ((first, b"one"), (second, b"two"), (first, b"one")):
        store.activate(ref.number)
        watcher.refresh()
        assert (watcher.current().ref, watcher.current().snapshot) == (ref, data)


def test_a_release_that_is_signed_anew_is_not_loaded_again(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    ref = publish(store, b"one")
    watcher = watch(store)
    watcher.refresh()
    first = watcher.current()
    redis_client.set(redis_keys.live_release(), msgspec.json.encode(Signer(KEY).sign(ref)))
    watcher.refresh()
    assert watcher.current() is first


@pytest.mark.parametrize(
    ("written_by", "reason"), [(None, "is not signed"), (b"o" * 16, "signed by another key")]
)
def test_a_release_that_our_key_did_not_sign_is_not_loaded(
    redis_client: redis.Redis,
    redis_keys: RedisKeys,
    tmp_path: Path,
    written_by: bytes | None,
    reason: str,
) -> None:
    store = ReleaseStore(redis_client, redis_keys, Signer(KEY))
    local = LocalCopy(tmp_path, store.signer)
    ref = publish(store, b"ours")
    watcher = watch(store, local)
    watcher.refresh()
    publish(ReleaseStore(redis_client, redis_keys, Signer(written_by)), b"theirs")
    watcher.refresh()
    assert watcher.current().ref == ref
    assert reason in watcher.reasons["release"]
    # After a restart too: from the copy, whose signature is checked likewise.
    again = watch(store, local)
    again.refresh()
    assert (again.current().ref, again.current().snapshot) == (ref, b"ours")
    assert reason in again.reasons["release"]
    stranger = watch(dead_store(), LocalCopy(tmp_path, Signer(b"o" * 16)))
    stranger.refresh()
    assert not stranger.is_ready


def test_the_copy_of_a_release_of_another_version_is_kept_as_it_was_written(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys, tmp_path: Path
) -> None:
    ref = publish(store, b"one")
    data = store.manifest_bytes(ref)[:-1] + b',"since":"a later version"}'
    later = ReleaseRef(number=ref.number, manifest_sha256=digest(data))
    redis_client.set(redis_keys.manifest(ref.number), data)
    redis_client.set(redis_keys.live_release(), msgspec.json.encode(later))
    watch(store, LocalCopy(tmp_path)).refresh()
    copy = watch(dead_store(), LocalCopy(tmp_path))
    copy.refresh()
    assert (copy.current().ref, copy.current().snapshot) == (later, b"one")


def test_the_same_release_is_loaded_once(store: ReleaseStore) -> None:
    publish(store, b"one")
    watcher = watch(store)
    watcher.refresh()
    first = watcher.current()
    watcher.refresh()
    assert watcher.current() is first


def test_a_release_that_does_not_pass_leaves_the_old_one(store: ReleaseStore) -> None:
    ref = publish(store, b"one")
    watcher = watch(store)
    watcher.refresh()
    publish(store, b"bad")
    watcher.refresh()
    watcher.refresh()
    assert watcher.current().ref == ref
    assert "a canary answers wrongly" in watcher.reasons["release"]
    better = publish(store, b"two")
    watcher.refresh()
    assert watcher.current().ref == better
    assert watcher.reasons == {}


def test_a_broken_pointer_leaves_the_old_one(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    publish(store, b"one")
    watcher = watch(store)
    watcher.refresh()
    redis_client.set(redis_keys.live_release(), b"{")
    watcher.refresh()
    assert watcher.current().snapshot == b"one"
    assert "pointer" in watcher.reasons["release"]


def test_without_redis_the_local_copy_answers(store: ReleaseStore, tmp_path: Path) -> None:
    ref = publish(store, b"one")
    watch(store, LocalCopy(tmp_path)).refresh()
    watcher = watch(dead_store(), LocalCopy(tmp_path))
    watcher.refresh()
    assert (watcher.current().ref, watcher.current().snapshot) == (ref, b"one")
    assert "store" in watcher.reasons


def test_without_redis_and_copy_nothing_is_ready(tmp_path: Path) -> None:
    watcher = watch(dead_store(), LocalCopy(tmp_path))
    watcher.refresh()
    assert not watcher.is_ready


def test_a_copy_that_cannot_be_written_is_noted_only(store: ReleaseStore, tmp_path: Path) -> None:
    publish(store, b"one")
    (tmp_path / "file").write_bytes(b"")
    watcher = watch(store, LocalCopy(tmp_path / "file"))
    watcher.refresh()
    assert watcher.is_ready
    assert "local" in watcher.reasons


def test_a_copy_made_before_there_were_optional_artifacts_answers(
    store: ReleaseStore, tmp_path: Path
) -> None:
    made = Manifest(
        schema_version=1,
        number=store.next_number(),
        created_at=dt.datetime(2024, 1, 2, tzinfo=dt.UTC),
        job_id="build-1",
        sources=[],
        counts={},
        vectors=SPACE,
        artifacts={"index": store.upload(b"one"), "page": store.upload(b"<p>")},
        canaries=[],
    )
    store.publish(made)
    watch(store, LocalCopy(tmp_path)).refresh()
    names: list[set[str]] = []

    def build_noting(manifest: Manifest, artifacts: Mapping[str, Buffer]) -> bytes:
        names.append(set(artifacts))
        return build(manifest, artifacts)

    for source, copy in ((store, None), (dead_store(), LocalCopy(tmp_path))):
        watcher = ReleaseWatcher(
            source, copy, ("index",), build_noting, optional=("page", "later"), poll_s=0.01
        )
        watcher.refresh()
        assert watcher.current().snapshot == b"one"
    assert names == [{"index", "page"}, {"index"}]


async def test_running_polls_until_cancelled(store: ReleaseStore) -> None:
    watcher = watch(store)
    task = asyncio.create_task(watcher.run())
    publish(store, b"one")
    async with asyncio.timeout(5):
        while not watcher.is_ready:  # noqa: ASYNC110  # it has no event to wait for
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
