"""The last good release on local disk, so that a service can start while Redis is away."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from shared.contracts.releases import Manifest, ReleaseRef
from shared.decoding import decode_json
from shared.errors import ReleaseCorruptError
from shared.releases.manifest import Buffer, check, decode_manifest, digest
from shared.releases.signing import Signer


class LocalCopy:
    """One release in a folder: the artifacts by digest, and `release.json` that names them."""

    def __init__(self, folder: Path, signer: Signer | None = None) -> None:
        """Use `folder`, made on first save; each service has its own."""
        self._folder = folder
        self._signer = signer or Signer()

    def save(
        self, ref: ReleaseRef, data: bytes, manifest: Manifest, artifacts: Mapping[str, Buffer]
    ) -> None:
        """Keep this release in place of the one before; a crash leaves one of the two.

        `data` are the manifest's bytes as they were written, maybe by another version.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        names = {name: manifest.artifacts[name].sha256 for name in artifacts}
        for name, content in artifacts.items():
            target = self._folder / names[name]
            if not _holds(target, names[name]):
                _write_atomically(target, content)
        manifest_name = f"{ref.manifest_sha256}.json"
        _write_atomically(self._folder / manifest_name, data)
        _write_atomically(self._folder / "release.json", msgspec.json.encode(ref))
        for path in self._folder.iterdir():
            if path.name not in {manifest_name, "release.json", *names.values()}:
                path.unlink(missing_ok=True)

    def ref(self) -> ReleaseRef | None:
        """Return which release is kept, or None."""
        try:
            data = (self._folder / "release.json").read_bytes()
            return decode_json(data, ReleaseRef)
        except (OSError, msgspec.DecodeError):
            return None

    def manifest(self, ref: ReleaseRef) -> Manifest:
        """Load and check the manifest.

        Raises:
            ReleaseCorruptError: it is missing or altered, or not signed by our key.
        """
        self._signer.require(ref)
        return decode_manifest(self._read(f"{ref.manifest_sha256}.json"), ref)

    def artifact(self, manifest: Manifest, name: str) -> bytes:
        """Load and check one artifact.

        Raises:
            ReleaseCorruptError: it is missing or altered.
        """
        entry = manifest.artifacts.get(name)
        if entry is None:
            raise ReleaseCorruptError(f"the local copy has no artifact {name}")
        data = self._read(entry.sha256)
        check(data, entry.sha256, entry.size_bytes, f"local copy, {name}")
        return data

    def _read(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError as error:
            raise ReleaseCorruptError(f"local copy: {error}") from error


def _holds(path: Path, sha256: str) -> bool:
    try:
        return digest(path.read_bytes()) == sha256
    except OSError:
        return False


def _write_atomically(target: Path, data: Buffer) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(target)
