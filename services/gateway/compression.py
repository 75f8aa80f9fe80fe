"""Gzip: which bodies are worth it, and who wants it."""

import asyncio
import gzip
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Final

# Below this a packet carries the body either way.
MIN_BYTES: Final = 1024
# On answers of 20 to 60 KB level 6 makes a tenth less in two to four times the time.
LEVEL: Final = 4
# Above this (about a millisecond) the event loop does not wait for it.
THREAD_BYTES: Final = 64 * 1024
# Longer headers are nobody's in earnest, and are read anew.
_REMEMBERED_LENGTH: Final = 200
# Threads of their own: all of the loop's may be waiting for a Redis that hangs.
_THREADS: Final = ThreadPoolExecutor(2, thread_name_prefix="pack")
PACKABLE: Final = ("text/", "application/json", "application/problem+json")


def is_packable(media_type: str, size_bytes: int) -> bool:
    """Tell whether a body is worth compressing."""
    return size_bytes >= MIN_BYTES and media_type.startswith(PACKABLE)


def pack(body: bytes) -> bytes:
    """Compress a body; equal bodies give equal bytes."""
    return gzip.compress(body, LEVEL, mtime=0)


async def pack_beside(body: bytes) -> bytes:
    """Compress a body without holding up the event loop: a large one in a thread."""
    if len(body) <= THREAD_BYTES:
        return pack(body)
    return await asyncio.get_running_loop().run_in_executor(_THREADS, pack, body)


def accepts_gzip(accepted: str) -> bool:
    """Tell whether an `Accept-Encoding` header prefers gzip to the plain body (RFC 9110)."""
    read = _remembered if len(accepted) <= _REMEMBERED_LENGTH else _prefers_gzip
    return read(accepted)


def _prefers_gzip(accepted: str) -> bool:
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip().removeprefix("x-")] = _weight(parameter)
    packed = weights.get("gzip", weights.get("*", 0.0))
    # What is not named is allowed, yet liked less than anything named.
    return packed > 0 and packed >= weights.get("identity", 0.0)


def _weight(parameter: str) -> float:
    """The `q` of one encoding, 1 where not given, 0 where unreadable."""
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


_remembered: Final = lru_cache(256)(_prefers_gzip)
