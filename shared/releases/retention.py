"""Drop the releases that retention no longer covers: all of them and in whole, or none."""

from collections.abc import Iterable
from typing import Final

from redis.client import Pipeline

from shared.contracts.releases import Manifest, ReleaseRef
from shared.errors import ReleaseCorruptError, ReleaseSchemaError
from shared.releases.manifest import chunks_of, decode_manifest
from shared.releases.reading import Inventory, ReleaseReader
from shared.telemetry import log

CANDIDATE_TTL_S: Final = 7 * 24 * 3600
# What is dropped stays this long: for those who are reading it, and for an upload that found it.
LINGER_S: Final = 600


def drop_past_releases(store: ReleaseReader, keep: int) -> None:
    """Drop all but the newest `keep`, the live one and the pinned ones.

    A change of what is stored, by anybody, makes it look again.

    Raises:
        ReleaseCorruptError: one that stays is unreadable, so nobody knows what it shares.
        ReleaseSchemaError: one that stays was written by a newer version.
    """
    keys = store.keys
    watched = (keys.live_release(), keys.kept_releases(), keys.candidate(), keys.pinned_releases())

    def queue_drops(pipe: Pipeline) -> None:
        inventory = store.inventory()
        old = inventory.past(keep)
        expiries = _expiries(store, inventory, old) if old else {}
        pipe.multi()
        for ref in old:
            pipe.zremrangebyscore(keys.kept_releases(), ref.number, ref.number)
            pipe.unlink(keys.manifest(ref.number))
        for each, ttl_s in expiries.items():
            pipe.expire(keys.chunk(each), ttl_s)

    store.client.transaction(queue_drops, *watched)


def queue_dismissal(
    store: ReleaseReader, inventory: Inventory, ref: ReleaseRef, pipe: Pipeline
) -> None:
    """Queue what lets go of a candidate that another one replaces; a published release stays."""
    if inventory.status(ref) != "candidate":
        return
    manifest = _readable(store, ref)
    pipe.unlink(store.keys.manifest(ref.number))
    for each in chunks_of(manifest) if manifest else ():
        # XX: what is permanent belongs to a published release too.
        pipe.expire(store.keys.chunk(each), LINGER_S, xx=True, lt=True)


def _expiries(store: ReleaseReader, inventory: Inventory, old: list[ReleaseRef]) -> dict[str, int]:
    """Seconds left to each chunk that only dropped releases, or the candidate, have."""
    needed = _digests(_manifest(store, ref) for ref in inventory.published if ref not in old)
    refused = [inventory.candidate.ref] if inventory.candidate else []
    expiring, dropped = (
        _digests(each for ref in refs if (each := _readable(store, ref)) is not None)
        for refs in (refused, old)
    )
    return {each: CANDIDATE_TTL_S if each in expiring else LINGER_S for each in dropped - needed}


def _readable(store: ReleaseReader, ref: ReleaseRef) -> Manifest | None:
    """The manifest of a release that goes; without it its chunks are left to themselves."""
    try:
        return _manifest(store, ref)
    except (ReleaseCorruptError, ReleaseSchemaError) as error:
        log().warning("chunks_left_behind", release=ref.label, reason=str(error))
        return None


def _manifest(store: ReleaseReader, ref: ReleaseRef) -> Manifest:
    """A manifest whoever signed it: only the digests of its chunks are used."""
    return decode_manifest(store.manifest_bytes(ref), ref)


def _digests(manifests: Iterable[Manifest]) -> set[str]:
    return {each for manifest in manifests for each in chunks_of(manifest)}
