"""Take keys out of texts that come back to callers or stand in logs.

People paste keys into addresses by mistake; what is said about such a request must not carry
them on.
"""

import re
from typing import Final

# API keys of ours begin so.
KEY_PREFIX: Final = "butaca"
_GONE: Final = "…"
_KEY: Final = re.compile(rf"{KEY_PREFIX}_[0-9A-Za-z]+_[\w-]+", re.ASCII)
# As long as the random texts that keys are; no path of ours has such a part.
_LONG: Final = re.compile(r"[\w-]{32,}", re.ASCII)


def without_keys(text: str) -> str:
    """Return a sentence without whatever looks like an API key of ours."""
    return _KEY.sub(_GONE, text) if KEY_PREFIX in text else text


def without_secrets(text: str) -> str:
    """Return a part of an address without whatever may be a secret of any kind."""
    return _LONG.sub(_GONE, without_keys(text))
