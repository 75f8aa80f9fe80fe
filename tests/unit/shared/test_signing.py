"""Signatures: made by one key, for one release."""

import hashlib
import hmac

import msgspec
import pytest

from shared.contracts.releases import ReleaseRef
from shared.errors import ReleaseCorruptError
from shared.releases.signing import Signer

REF = ReleaseRef(number=7, manifest_sha256="ab" * 32)
KEY = b"0123456789abcdef"


def test_without_a_key_nothing_is_signed_and_all_pass() -> None:
    signer = Signer()
    assert signer.sign(REF) == REF
    signer.require(REF)
    signer.require(msgspec.structs.replace(REF, signature="whatever"))


def test_a_signature_is_an_hmac_over_number_and_digest() -> None:
    signed = Signer(KEY).sign(REF)
    message = b"butaca release 7 " + b"ab" * 32
    assert signed.signature == hmac.new(KEY, message, hashlib.sha256).hexdigest()
    assert (signed.label, signed.identity) == (REF.label, REF.identity)
    Signer(KEY).require(signed)


@pytest.mark.parametrize(
    "changes",
    [{"number": 8}, {"manifest_sha256": "ac" * 32}, {"signature": "0" * 64}, {"signature": "ñ"}],
)
def test_whatever_is_changed_is_refused(changes: dict[str, object]) -> None:
    signer = Signer(KEY)
    with pytest.raises(ReleaseCorruptError, match="another key"):
        signer.require(msgspec.structs.replace(signer.sign(REF), **changes))


def test_what_is_not_signed_is_refused_where_there_is_a_key() -> None:
    with pytest.raises(ReleaseCorruptError, match="release 7 is not signed"):
        Signer(KEY).require(REF)
    with pytest.raises(ReleaseCorruptError, match="another key"):
        Signer(b"x" + KEY).require(Signer(KEY).sign(REF))
