"""Whatever is wrong with JSON, it is one error."""

import msgspec
import pytest

from shared.contracts.releases import ReleaseRef
from shared.decoding import decode_json


def test_what_is_sound_is_decoded() -> None:
    ref = ReleaseRef(number=1, manifest_sha256="ñ")
    assert decode_json(msgspec.json.encode(ref), ReleaseRef) == ref


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"number":"1"}',
        b'{"number":1,"manifest_sha256":"\xe6 "}',
        b'{"number":1,"more":' + b"[" * 100_000,
    ],
)
def test_what_is_damaged_is_a_decode_error(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_json(data, ReleaseRef)
