"""Entity tags: what an answer is called, and whether the caller has it already (RFC 9110)."""

import hashlib
import re
from importlib.metadata import version
from typing import Final

PACKED_SUFFIX: Final = "-gzip"
_TAG: Final = re.compile(r'(?:W/)?"([^"]*)"')
# Another version of the product may answer the same question otherwise.
_VERSION: Final = version("butaca")


def entity_tag(target: str, release: str) -> str:
    """Name the answer of `release` to `target`, a path and query; the body is not looked at."""
    asked = hashlib.sha256(f"{_VERSION}\n{target}".encode()).hexdigest()[:16]
    return f"{release}-{asked}"


def content_tag(body: bytes) -> str:
    """Name a body that comes from no release."""
    return hashlib.sha256(body).hexdigest()[:16]


def is_known(tag: str, if_none_match: str) -> bool:
    """Tell whether an `If-None-Match` header names `tag`, weakly, in any encoding, or `*`."""
    if if_none_match.strip() == "*":
        return True
    return any(given.removesuffix(PACKED_SUFFIX) == tag for given in _TAG.findall(if_none_match))
