"""Releases in Redis: upload under a TTL, publish by one script, load with every digest checked."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from importlib import resources

import msgspec
import redis

from shared.contracts.base import Wire
from shared.contracts.releases import Artifact, Chunk, Manifest, ReleaseRef
from shared.errors import (
    AppError,
    ReleaseCorruptError,
    ReleaseRefusedError,
    ReleaseSchemaError,
    StoreUnavailableError,
)
from shared.redis_keys import RedisKeys
from shared.releases.manifest import (
    Buffer,
    check,
    decode_manifest,
    describe,
    digest,
    encode_manifest,
    split,
)
from shared.telemetry import log

# Long enough for the rest of an upload, also on a slow disk.
UPLOAD_TTL_S = 3600
CANDIDATE_TTL_S = 7 * 24 * 3600
KEPT_RELEASES = 3


class Candidate(Wire, frozen=True):
    """A build that may not go live, and why."""

    ref: ReleaseRef
    reasons: list[str]


class ReleaseStore:
    """The one reader and writer of releases; blocking, so services call it in a thread.

    Raises `StoreUnavailableError` from every method when Redis does not answer.
    """

    def __init__(self, client: redis.Redis, keys: RedisKeys) -> None:
        """Use `client` for everything under `keys`."""
        self._redis = client
        self._keys = keys
        script = resources.files("shared.releases").joinpath("publish.lua").read_text("utf-8")
        self._publish = client.register_script(script)

    # -- reading ----------------------------------------------------------------------------

    def live(self) -> ReleaseRef | None:
        """Return what the pointer names, or None before the first release."""
        data = self._get(self._keys.live_release())
        return None if data is None else _ref(data)

    def kept(self) -> list[ReleaseRef]:
        """Return the published releases still stored, oldest first."""
        with _translated():
            members = self._redis.zrange(self._keys.kept_releases(), 0, -1)
        return [_ref(member) for member in members if isinstance(member, bytes)]

    def candidate(self) -> Candidate | None:
        """Return the last refused build, if it is still stored."""
        data = self._get(self._keys.candidate())
        return None if data is None else msgspec.json.decode(data, type=Candidate)

    def manifest(self, ref: ReleaseRef) -> Manifest:
        """Load and check a manifest.

        Raises:
            ReleaseCorruptError: it is missing or altered.
            ReleaseSchemaError: it was written by a newer version.
        """
        data = self._get(self._keys.manifest(ref.number))
        if data is None:
            raise ReleaseCorruptError(f"manifest of release {ref.number} is missing")
        return decode_manifest(data, ref)

    def artifact(self, manifest: Manifest, name: str) -> bytearray:
        """Load one artifact; each chunk and the whole are digested before anybody parses them.

        Raises:
            ReleaseCorruptError: the artifact or a chunk is missing, truncated or altered.
        """
        entry = manifest.artifacts.get(name)
        if entry is None:
            raise ReleaseCorruptError(f"release {manifest.number} has no artifact {name}")
        data = bytearray()
        for position, chunk in enumerate(entry.chunks):
            what = f"release {manifest.number}, {name}, chunk {position}"
            piece = self._get(self._keys.chunk(chunk.sha256))
            if piece is None:
                raise ReleaseCorruptError(f"{what} is missing")
            check(piece, chunk.sha256, chunk.size_bytes, what)
            data += piece
        check(data, entry.sha256, entry.size_bytes, f"release {manifest.number}, {name}")
        return data

    # -- writing ----------------------------------------------------------------------------

    def next_number(self) -> int:
        """Take a new release number, above every one published here."""
        self.raise_counter(int(self._get(self._keys.release_fence()) or 0))
        with _translated():
            return int(self._redis.incr(self._keys.release_counter()))

    def raise_counter(self, least: int) -> None:
        """Let the next number be above `least`, the number of a copy kept elsewhere.

        A server that lost its data counts from 1 again. Racing callers may leave a gap.
        """
        short = least - int(self._get(self._keys.release_counter()) or 0)
        if short > 0:
            with _translated():
                self._redis.incrby(self._keys.release_counter(), short)

    def require_headroom(self, size_bytes: int) -> None:
        """Check that the server has room for `size_bytes` more.

        Raises:
            ReleaseRefusedError: `maxmemory` would be passed.
        """
        with _translated():
            memory = self._redis.info("memory")
        limit, used = int(memory.get("maxmemory", 0)), int(memory.get("used_memory", 0))
        if limit and used + size_bytes > limit:
            raise ReleaseRefusedError(
                f"Redis has no room: {size_bytes:,} bytes more than {used:,} used would pass "
                f"maxmemory {limit:,}"
            )

    def upload(self, data: Buffer) -> Artifact:
        """Store an artifact's chunks under a TTL and read each back; known chunks are shared.

        Raises:
            ReleaseCorruptError: what was read back is not what was written.
        """
        chunks: list[Chunk] = []
        for chunk, piece in split(data):
            if not self._holds(chunk):
                self._write(chunk, bytes(piece))
            chunks.append(chunk)
        return describe(data, chunks)

    def publish(self, manifest: Manifest) -> ReleaseRef:
        """Make the release live and drop the ones past the last three.

        Raises:
            ReleaseRefusedError: a newer release was published meanwhile, or a chunk has gone.
        """
        ref, chunks = self._put_manifest(manifest, UPLOAD_TTL_S)
        keys = self._keys
        with _translated():
            answer = self._publish(
                keys=[
                    keys.release_fence(),
                    keys.live_release(),
                    keys.kept_releases(),
                    keys.manifest(ref.number),
                    *(keys.chunk(chunk.sha256) for chunk in chunks),
                ],
                args=[
                    ref.number,
                    msgspec.json.encode(ref),
                    len(encode_manifest(manifest)),
                    *(chunk.size_bytes for chunk in chunks),
                ],
            )
        if answer != b"ok":
            reason = answer.decode() if isinstance(answer, bytes) else str(answer)
            raise ReleaseRefusedError(f"release {ref.number} was not published: {reason}")
        try:
            self._drop_old()
        except AppError as error:
            # The release is live; what is left behind is dropped after the next one.
            log().warning("old_releases_kept", reason=str(error))
        return ref

    def keep_candidate(self, manifest: Manifest, reasons: list[str]) -> ReleaseRef:
        """Keep a refused build for seven days, in place of the one before."""
        ref, chunks = self._put_manifest(manifest, CANDIDATE_TTL_S)
        candidate = Candidate(ref=ref, reasons=reasons)
        with _translated():
            for chunk in chunks:
                # Only chunks that would expire are prolonged: shared ones are permanent.
                key = self._keys.chunk(chunk.sha256)
                self._redis.expire(key, CANDIDATE_TTL_S, xx=True)
            self._redis.set(
                self._keys.candidate(), msgspec.json.encode(candidate), ex=CANDIDATE_TTL_S
            )
        return ref

    # -- inside -----------------------------------------------------------------------------

    def _get(self, key: str) -> bytes | None:
        with _translated():
            data = self._redis.get(key)
        return data if isinstance(data, bytes) else None

    def _holds(self, chunk: Chunk) -> bool:
        key = self._keys.chunk(chunk.sha256)
        with _translated():
            # XX: a permanent chunk belongs to a published release and stays permanent.
            self._redis.expire(key, UPLOAD_TTL_S, xx=True)
        piece = self._get(key)
        return piece is not None and digest(piece) == chunk.sha256

    def _write(self, chunk: Chunk, piece: bytes) -> None:
        key = self._keys.chunk(chunk.sha256)
        with _translated():
            # NX first: an altered chunk of a published release is healed, but stays permanent.
            if not self._redis.set(key, piece, ex=UPLOAD_TTL_S, nx=True):
                self._redis.set(key, piece, keepttl=True)
        if not self._holds(chunk):
            raise ReleaseCorruptError(f"chunk {chunk.sha256[:12]} did not read back")

    def _chunks_of(self, ref: ReleaseRef) -> set[str]:
        """Chunks of a release that is dropped; none where its manifest can't be read."""
        try:
            return set(_chunks([self.manifest(ref)]))
        except (ReleaseCorruptError, ReleaseSchemaError) as error:
            log().warning("chunks_left_behind", release=ref.label, reason=str(error))
            return set()

    def _put_manifest(self, manifest: Manifest, ttl_s: int) -> tuple[ReleaseRef, list[Chunk]]:
        data = encode_manifest(manifest)
        ref = ReleaseRef(number=manifest.number, manifest_sha256=digest(data))
        with _translated():
            self._redis.set(self._keys.manifest(ref.number), data, ex=ttl_s)
        return ref, list(_chunks([manifest]).values())

    def _drop_old(self) -> None:
        """Delete releases before the last three, and the chunks that no other one shares."""
        kept = self.kept()
        old, kept = kept[:-KEPT_RELEASES], kept[-KEPT_RELEASES:]
        candidate = self.candidate()
        others = [*kept, candidate.ref] if candidate else kept
        shared = _chunks(self.manifest(ref) for ref in others) if old else {}
        for ref in old:
            gone = self._chunks_of(ref) - shared.keys()
            with _translated():
                self._redis.zrem(self._keys.kept_releases(), msgspec.json.encode(ref))
                self._redis.unlink(
                    self._keys.manifest(ref.number), *(self._keys.chunk(key) for key in gone)
                )


def _chunks(manifests: Iterable[Manifest]) -> dict[str, Chunk]:
    return {
        chunk.sha256: chunk
        for manifest in manifests
        for artifact in manifest.artifacts.values()
        for chunk in artifact.chunks
    }


def _ref(data: bytes) -> ReleaseRef:
    try:
        return msgspec.json.decode(data, type=ReleaseRef)
    except msgspec.DecodeError as error:
        raise ReleaseCorruptError(f"the release pointer is unreadable: {error}") from error


@contextmanager
def _translated() -> Generator[None]:
    """Turn what redis-py raises for a server that is away, hung or full into our error."""
    try:
        yield
    except redis.RedisError as error:
        raise StoreUnavailableError(f"Redis does not answer: {error}") from error
