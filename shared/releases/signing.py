"""Sign releases by a key that Redis does not hold; without one nothing is signed or asked for."""

import hashlib
import hmac

import msgspec

from shared.contracts.releases import ReleaseRef
from shared.errors import ReleaseCorruptError


class Signer:
    """Signs and checks with one key; None lets every release pass."""

    def __init__(self, key: bytes | None = None) -> None:
        """Use `key`."""
        self._key = key

    def sign(self, ref: ReleaseRef) -> ReleaseRef:
        """Return `ref` with our signature, or as it is without a key."""
        if self._key is None:
            return ref
        return msgspec.structs.replace(ref, signature=_signature(self._key, ref))

    def require(self, ref: ReleaseRef) -> None:
        """Check that we signed `ref`; ask before any parser sees a byte of the release.

        Raises:
            ReleaseCorruptError: it is not signed, or by another key.
        """
        if self._key is None:
            return
        expected = _signature(self._key, ref).encode()
        if not hmac.compare_digest(ref.signature.encode("utf-8", "replace"), expected):
            how = "signed by another key" if ref.signature else "not signed"
            raise ReleaseCorruptError(f"release {ref.number} is {how}")


def _signature(key: bytes, ref: ReleaseRef) -> str:
    """The manifest's digest covers every chunk, so this covers the release."""
    message = f"butaca release {ref.number} {ref.manifest_sha256}"
    return hmac.new(key, message.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
