"""Resident memory of groups of processes over time, and whether it grows."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from resource import getpagesize
from typing import Final

import numpy as np

from tests.faults.parts import descendants

MB: Final = 1024 * 1024
# Growth that is none: less of the usual size than this, or less in all than that.
FLAT_SHARE: Final = 0.05
FLAT_MB: Final = 10.0
LEAST_SAMPLES: Final = 3


@dataclass
class Memory:
    """Samples of one group: seconds since the start, MB."""

    seconds: list[float] = field(default_factory=list[float])
    mb: list[float] = field(default_factory=list[float])

    def add(self, second: float, mb: float) -> None:
        """Note a sample."""
        self.seconds.append(second)
        self.mb.append(mb)

    def floors(self, period_s: float, after_s: float) -> tuple[list[float], list[float]]:
        """The least of each period from `after_s` on: between two swaps, with one release."""
        found: dict[int, tuple[float, float]] = {}
        for second, mb in zip(self.seconds, self.mb, strict=True):
            if second >= after_s:
                period = int((second - after_s) // period_s)
                found[period] = min(found.get(period, (mb, second)), (mb, second))
        return [second for _, second in found.values()], [mb for mb, _ in found.values()]


@dataclass(frozen=True, kw_only=True)
class Trend:
    """The line through the floors."""

    slope_mb_per_hour: float
    grown_mb: float
    usual_mb: float

    @property
    def is_flat(self) -> bool:
        """Whether the growth over the run is too small to be one."""
        return self.grown_mb < max(FLAT_MB, FLAT_SHARE * self.usual_mb)


def fit(seconds: Sequence[float], mb: Sequence[float]) -> Trend | None:
    """Return the least-squares line, None of too few samples."""
    if len(seconds) < LEAST_SAMPLES:
        return None
    slope = float(np.polyfit(seconds, mb, 1)[0])
    return Trend(
        slope_mb_per_hour=slope * 3600,
        grown_mb=slope * (seconds[-1] - seconds[0]),
        usual_mb=float(np.median(mb)),
    )


def resident_mb(root: int, words: Mapping[str, str], without: str) -> dict[str, float]:
    """Return what the processes below `root` take, by the words of a group.

    A process belongs to the first group whose words its command line has; those that have
    `without` in it come and go, and are left out.
    """
    found = dict.fromkeys(words, 0.0)
    for line, mb in _below(root):
        name = next((name for name, word in words.items() if word in line), None)
        if name is not None and without not in line:
            found[name] += mb
    return found


def _below(root: int) -> Iterator[tuple[str, float]]:
    """Command line and resident MB of every process below one."""
    for pid in descendants(root):
        entry = Path(f"/proc/{pid}")
        with suppress(OSError, IndexError):
            line = (entry / "cmdline").read_text("utf-8").replace("\0", " ")
            pages = int((entry / "statm").read_text().split()[1])
            yield line, pages * getpagesize() / MB


class Watch:
    """Samples of all groups; call `sample` now and then."""

    def __init__(self, root: int, words: Mapping[str, str], without: str) -> None:
        """Watch the processes below `root`."""
        self._root, self._words, self._without = root, words, without
        self._began = time.monotonic()
        self.groups = {name: Memory() for name in words}

    def sample(self) -> None:
        """Note how much every group takes now."""
        second = time.monotonic() - self._began
        for name, mb in resident_mb(self._root, self._words, self._without).items():
            self.groups[name].add(second, mb)
