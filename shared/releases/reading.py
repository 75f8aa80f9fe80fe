"""Read releases from Redis: what is stored, and its bytes, each digested before any parser."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import msgspec
import redis
from redis.exceptions import OutOfMemoryError

from shared.contracts.base import Wire
from shared.contracts.releases import Artifact, Chunk, Manifest, ReleaseRef, ReleaseStatus
from shared.decoding import decode_json
from shared.errors import (
    ReleaseCorruptError,
    ReleaseNotFoundError,
    ReleaseRefusedError,
    StoreUnavailableError,
)
from shared.redis_keys import RedisKeys
from shared.releases.manifest import check, decode_manifest
from shared.releases.signing import Signer
from shared.telemetry import log

T = TypeVar("T")


class Candidate(Wire, frozen=True):
    """A build that may not go live, and why."""

    ref: ReleaseRef
    reasons: list[str]


class Inventory(NamedTuple):
    """What is stored at one moment: `kept` in the order of numbers, the live one among them."""

    live: ReleaseRef | None
    kept: list[ReleaseRef]
    candidate: Candidate | None
    pinned: frozenset[int]

    @property
    def published(self) -> list[ReleaseRef]:
        """The kept ones, and the live one even where the list has lost it."""
        known = {ref.number for ref in self.kept}
        lost = [] if self.live is None or self.live.number in known else [self.live]
        return [*self.kept, *lost]

    @property
    def refs(self) -> list[ReleaseRef]:
        """Every release, newest first."""
        refused = [] if self.candidate is None else [self.candidate.ref]
        return sorted({*self.published, *refused}, key=lambda ref: ref.number, reverse=True)

    def find(self, number: int) -> ReleaseRef:
        """Return the stored release of this number.

        Raises:
            ReleaseNotFoundError: there is none.
        """
        for ref in self.refs:
            if ref.number == number:
                return ref
        raise ReleaseNotFoundError(f"Release {number} is not stored.")

    def status(self, ref: ReleaseRef) -> ReleaseStatus:
        """How a release that is among `refs` is stored."""
        if self.live is not None and self.live.number == ref.number:
            return "live"
        is_kept = any(kept.number == ref.number for kept in self.kept)
        return "kept" if is_kept else "candidate"

    def past(self, keep: int) -> list[ReleaseRef]:
        """Those that retention no longer covers; none while nobody knows which one is live."""
        if self.live is None:
            return []
        spared = {ref.number for ref in self.kept[-keep:]} | {self.live.number} | self.pinned
        return [ref for ref in self.kept if ref.number not in spared]


class ReleaseReader:
    """Finds and reads releases; blocking, so services call it in a thread.

    Raises `StoreUnavailableError` from every method when Redis does not answer.
    """

    def __init__(self, client: redis.Redis, keys: RedisKeys, signer: Signer) -> None:
        """Use `client` for everything under `keys`; what `signer` refuses is not read."""
        self.client = client
        self.keys = keys
        self.signer = signer

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def live(self) -> ReleaseRef | None:
        """Return what the pointer names, or None before the first release.

        Raises:
            ReleaseCorruptError: the pointer is unreadable.
        """
        data = self._get(self.keys.live_release())
        if data is None:
            return None
        try:
            return decode_json(data, ReleaseRef)
        except msgspec.DecodeError as error:
            raise ReleaseCorruptError(f"the release pointer is unreadable: {error}") from error

    def kept(self) -> list[ReleaseRef]:
        """Return the published releases still stored, by number."""
        return self.inventory().kept

    def candidate(self) -> Candidate | None:
        """Return the last refused build, if it is still stored."""
        return self.inventory().candidate

    def inventory(self) -> Inventory:
        """Return what is stored, all read at once; what cannot be read is logged and left out."""
        keys = self.keys
        with translated(), self.client.pipeline(transaction=True) as pipe:
            pipe.get(keys.live_release())
            pipe.zrange(keys.kept_releases(), 0, -1)
            pipe.get(keys.candidate())
            pipe.smembers(keys.pinned_releases())
            live, kept, candidate, pinned = pipe.execute()
        return Inventory(
            live=_decoded(live, ReleaseRef),
            kept=[ref for each in kept if (ref := _decoded(each, ReleaseRef)) is not None],
            candidate=_decoded(candidate, Candidate),
            pinned=frozenset(int(each) for each in pinned),
        )

    def find(self, number: int) -> ReleaseRef:
        """Return the stored release of this number.

        Raises:
            ReleaseNotFoundError: there is none.
        """
        return self.inventory().find(number)

    def manifest(self, ref: ReleaseRef) -> Manifest:
        """Load and check a manifest.

        Raises:
            ReleaseCorruptError: it is missing, altered, or not signed by our key.
            ReleaseSchemaError: it was written by a newer version.
        """
        self.signer.require(ref)
        return decode_manifest(self.manifest_bytes(ref), ref)

    def manifest_bytes(self, ref: ReleaseRef) -> bytes:
        """Load a manifest as it was written; neither digest nor signature are checked here.

        Raises:
            ReleaseCorruptError: it is missing.
        """
        data = self._get(self.keys.manifest(ref.number))
        if data is None:
            raise ReleaseCorruptError(f"manifest of release {ref.number} is missing")
        return data

    def artifact(self, manifest: Manifest, name: str) -> bytearray:
        """Load one artifact; each chunk and the whole are digested before anybody parses them.

        Raises:
            ReleaseCorruptError: the artifact or a chunk is missing, truncated or altered.
        """
        entry = manifest.artifacts.get(name)
        if entry is None:
            raise ReleaseCorruptError(f"release {manifest.number} has no artifact {name}")
        data = bytearray()
        for piece in self.pieces(entry, f"release {manifest.number}, {name}"):
            data += piece
        check(data, entry.sha256, entry.size_bytes, f"release {manifest.number}, {name}")
        return data

    def pieces(self, artifact: Artifact, what: str) -> Iterator[bytes]:
        """Load the chunks of an artifact one by one, each checked; `what` names it in errors.

        Raises:
            ReleaseCorruptError: a chunk is missing, truncated or altered.
        """
        for position, chunk in enumerate(artifact.chunks):
            yield self.chunk(chunk, f"{what}, chunk {position}")

    def chunk(self, chunk: Chunk, what: str) -> bytes:
        """Load and check one chunk; `what` names it in errors.

        Raises:
            ReleaseCorruptError: it is missing, truncated or altered.
        """
        piece = self._get(self.keys.chunk(chunk.sha256))
        if piece is None:
            raise ReleaseCorruptError(f"{what} is missing")
        check(piece, chunk.sha256, chunk.size_bytes, what)
        return piece

    def missing(self, chunks: Iterable[Chunk]) -> list[Chunk]:
        """Return those, each once, that are not stored in their full length."""
        distinct = list({chunk.sha256: chunk for chunk in chunks}.values())
        with translated(), self.client.pipeline(transaction=False) as pipe:
            for chunk in distinct:
                pipe.strlen(self.keys.chunk(chunk.sha256))
            sizes = pipe.execute()
        return [
            chunk for chunk, size in zip(distinct, sizes, strict=True) if size != chunk.size_bytes
        ]

    def _get(self, key: str) -> bytes | None:
        with translated():
            data = self.client.get(key)
        return data if isinstance(data, bytes) else None


def _decoded(data: Any, kind: type[T]) -> T | None:  # noqa: ANN401  # as redis-py says
    if data is None:
        return None
    try:
        return decode_json(data, kind)
    except msgspec.DecodeError as error:
        log().warning("release_entry_unreadable", kind=kind.__name__, reason=str(error))
        return None


@contextmanager
def translated() -> Generator[None]:
    """Turn what redis-py raises for a server that is away, hung or full into our error."""
    try:
        yield
    except OutOfMemoryError as error:
        raise ReleaseRefusedError("Redis is full: maxmemory is reached.") from error
    except redis.ResponseError as error:
        raise StoreUnavailableError(f"Redis refuses: {error}") from error
    except redis.RedisError as error:
        raise StoreUnavailableError(f"Redis does not answer: {error}") from error
