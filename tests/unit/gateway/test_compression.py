"""Who gets gzip, and for what."""

import asyncio
import gzip
import threading

import pytest

from services.gateway.compression import THREAD_BYTES, accepts_gzip, is_packable, pack, pack_beside


@pytest.mark.parametrize(
    ("accepted", "is_wanted"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("deflate, gzip;q=0.5, br", True),
        ("br", False),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("identity", False),
        ("identity, gzip", True),
        ("identity;q=1, gzip;q=0.5", False),
        ("identity;q=0.5, gzip;q=0.6", True),
        ("identity;q=0, gzip", True),
        ("gzip;q=x", False),
        ("gzip ; q=0.1", True),
        ("gzip;level=1", True),
    ],
)
def test_preferences_are_weighed(accepted: str, *, is_wanted: bool) -> None:
    assert accepts_gzip(accepted) is is_wanted


@pytest.mark.parametrize(
    ("media_type", "size", "is_worth_it"),
    [
        ("application/json", 1023, False),
        ("application/json", 1024, True),
        ("application/problem+json", 1024, True),
        ("text/html; charset=utf-8", 1024, True),
        ("application/vnd.apache.parquet", 100_000, False),
        ("image/png", 100_000, False),
    ],
)
def test_texts_above_a_kilobyte_are_worth_it(
    media_type: str, size: int, *, is_worth_it: bool
) -> None:
    assert is_packable(media_type, size) is is_worth_it


def test_what_is_packed_can_be_read_and_is_the_same_each_time() -> None:
    assert gzip.decompress(pack(b"butaca" * 1000)) == b"butaca" * 1000
    assert pack(b"butaca" * 1000) == pack(b"butaca" * 1000)


@pytest.mark.parametrize("size_bytes", [THREAD_BYTES, THREAD_BYTES + 1])
async def test_a_body_is_compressed_while_every_thread_of_the_loop_waits(size_bytes: int) -> None:
    body, may_end = b"x" * size_bytes, threading.Event()
    waiting = [asyncio.create_task(asyncio.to_thread(may_end.wait, 30)) for _ in range(64)]
    await asyncio.sleep(0.05)
    try:
        assert await asyncio.wait_for(pack_beside(body), 10) == pack(body)
    finally:
        may_end.set()
        await asyncio.gather(*waiting)
