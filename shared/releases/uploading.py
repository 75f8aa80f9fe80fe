"""Bring chunks and manifests into Redis, under a TTL until a script makes them permanent."""

from collections.abc import Iterable
from typing import Final

from shared.contracts.releases import Artifact, Chunk, ReleaseRef
from shared.errors import ReleaseConflictError, ReleaseCorruptError, ReleaseRefusedError
from shared.releases.manifest import Buffer, describe, digest, split
from shared.releases.reading import ReleaseReader, translated

# Long enough for the rest of an upload, also on a slow disk.
UPLOAD_TTL_S: Final = 3600


class ReleaseUploads(ReleaseReader):
    """Writes what nobody sees yet; what is never published goes by itself."""

    def require_headroom(self, chunks: Iterable[Chunk]) -> None:
        """Check that the server has room for these; those already stored need none.

        Raises:
            ReleaseRefusedError: `maxmemory` would be passed.
        """
        size_bytes = sum(chunk.size_bytes for chunk in self.missing(chunks))
        with translated():
            memory = self.client.info("memory")
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
            self.upload_chunk(chunk, piece)
            chunks.append(chunk)
        return describe(data, chunks)

    def upload_chunk(self, chunk: Chunk, piece: Buffer) -> None:
        """Store one chunk under a TTL and read it back, unless it is there already.

        Raises:
            ReleaseCorruptError: what was read back is not what was written.
        """
        if not self._holds(chunk):
            self._write(chunk, bytes(piece))

    def upload_manifest(self, ref: ReleaseRef, data: bytes, ttl_s: int) -> None:
        """Store a manifest under a TTL; that of another release is never replaced."""
        key = self.keys.manifest(ref.number)
        with translated():
            is_new = self.client.set(key, data, ex=ttl_s, nx=True)
            if not is_new:
                self.client.expire(key, ttl_s, gt=True)
        if not is_new and self._get(key) != data:
            raise ReleaseConflictError(f"Another release of number {ref.number} is stored.")

    def _holds(self, chunk: Chunk) -> bool:
        key = self.keys.chunk(chunk.sha256)
        with translated():
            # GT: a permanent chunk belongs to a published release and stays permanent.
            self.client.expire(key, UPLOAD_TTL_S, gt=True)
        piece = self._get(key)
        return piece is not None and digest(piece) == chunk.sha256

    def _write(self, chunk: Chunk, piece: bytes) -> None:
        key = self.keys.chunk(chunk.sha256)
        with translated():
            # NX first: an altered chunk of a published release is healed, but stays permanent.
            if not self.client.set(key, piece, ex=UPLOAD_TTL_S, nx=True):
                self.client.set(key, piece, keepttl=True)
        if not self._holds(chunk):
            raise ReleaseCorruptError(f"chunk {chunk.sha256[:12]} did not read back")
