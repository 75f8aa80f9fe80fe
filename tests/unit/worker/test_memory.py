import sys

import pytest

from worker.memory import peak_mb, reset_peak

BLOCK_MB = 200


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can reset its high-water mark")
def test_the_peak_is_that_since_the_last_reset() -> None:
    reset_peak()
    before = peak_mb()
    block = bytearray(BLOCK_MB * 1024 * 1024)
    held = peak_mb()
    del block
    still = peak_mb()
    reset_peak()
    after = peak_mb()

    assert held - before > BLOCK_MB * 0.9
    assert still - before > BLOCK_MB * 0.9
    assert after < held - BLOCK_MB * 0.5
