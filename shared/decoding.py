"""JSON that may have been damaged on its way here."""

from typing import TypeVar

import msgspec

T = TypeVar("T")


def decode_json(data: bytes | bytearray | memoryview, kind: type[T]) -> T:
    """Decode `data` as `kind`, with one error for all that can be wrong with it.

    Raises:
        msgspec.DecodeError: it is no UTF-8, no JSON, nested too deeply or not of this kind. Of
            these msgspec itself raises a `UnicodeDecodeError` and a `RecursionError` elsewhere.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError("it is not UTF-8") from error
    except RecursionError as error:
        raise msgspec.DecodeError("it is nested too deeply") from error
