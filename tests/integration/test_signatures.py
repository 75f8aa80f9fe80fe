"""Who trusts whose releases, in Redis and in files."""

import msgspec
import pytest
import redis

from shared.errors import ImportInvalidError, ReleaseCorruptError
from shared.redis_keys import RedisKeys
from shared.releases.signing import Signer
from shared.releases.store import ReleaseStore
from shared.releases.transfer import export_release
from tests.integration.transfers import exported, other, taken_in
from tests.small_releases import chunk_keys, publish, refuse, stored_keys

__all__ = ["other"]
KEY, OTHER_KEY = b"k" * 16, b"o" * 16


@pytest.mark.parametrize(
    ("written_by", "read_by", "reason"),
    [
        (None, None, None),
        (KEY, None, None),
        (KEY, KEY, None),
        (None, KEY, "not signed"),
        (OTHER_KEY, KEY, "signed by another key"),
    ],
)
def test_a_release_is_read_and_activated_by_those_who_trust_its_key(
    redis_client: redis.Redis,
    redis_keys: RedisKeys,
    written_by: bytes | None,
    read_by: bytes | None,
    reason: str | None,
) -> None:
    writer = ReleaseStore(redis_client, redis_keys, Signer(written_by))
    reader = ReleaseStore(redis_client, redis_keys, Signer(read_by))
    ref, made = publish(writer, index=b"x")
    candidate, _ = refuse(writer, index=b"y")
    assert reader.live() == ref
    if reason is None:
        assert reader.manifest(ref) == made
        assert reader.activate(ref.number) == ref
        assert reader.view(ref.number).reasons == []
        return
    for work in (
        lambda: reader.manifest(ref),
        lambda: reader.activate(ref.number),
        lambda: reader.activate(candidate.number),
    ):
        with pytest.raises(ReleaseCorruptError, match=reason):
            work()
    view = reader.view(ref.number)
    assert view.size_bytes == 1
    assert view.reasons == [f"release {ref.number} is {reason}"]


def test_a_signature_is_for_one_release_alone(
    redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    store = ReleaseStore(redis_client, redis_keys, Signer(KEY))
    first, _ = publish(store, index=b"first")
    second, _ = publish(store, index=b"second")
    forged = msgspec.structs.replace(second, signature=first.signature)
    with pytest.raises(ReleaseCorruptError, match="another key"):
        store.manifest(forged)
    with pytest.raises(ReleaseCorruptError, match="another key"):
        store.manifest(msgspec.structs.replace(second, signature="ñ"))


def test_a_key_that_is_new_does_not_keep_old_releases_from_being_dropped(
    redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    unsigned = [publish(ReleaseStore(redis_client, redis_keys), own=b"a") for _ in range(3)]
    store = ReleaseStore(redis_client, redis_keys, Signer(KEY))
    signed = [publish(store, own=b"%d" % n)[0] for n in range(3)]
    assert store.kept() == signed
    keys = [key for _, made in unsigned for key in chunk_keys(redis_keys, made, "own")]
    assert all(redis_client.ttl(key) > 0 for key in keys)


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
