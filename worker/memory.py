"""The most memory that this process has held, since the last reset where the kernel has one."""

import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")
_CLEAR_REFS: Final = Path("/proc/self/clear_refs")
# See proc(5): the high-water mark becomes what is held now.
_RESET_HIGH_WATER: Final = "5"
_HIGH_WATER: Final = "VmHWM:"


def reset_peak() -> None:
    """Start measuring anew; without effect outside Linux, and where the kernel refuses."""
    with suppress(OSError):
        _CLEAR_REFS.write_text(_RESET_HIGH_WATER)


def peak_mb() -> int:
    """Return the high-water mark in MB."""
    with suppress(OSError):
        for line in _STATUS.read_text().splitlines():
            if line.startswith(_HIGH_WATER):
                return int(line.split()[1]) // 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024 if sys.platform == "darwin" else 1024)
