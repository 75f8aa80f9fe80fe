"""The clock of the machine is set while everything runs: a day ahead, a day back."""

import json
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.fresh import USUAL
from tests.faults.house import House
from tests.faults.parts import until
from tests.faults.prober import Prober, failures, mixed
from tests.faults.publications import Publications
from tests.faults.table import Record

SOURCE = Path(__file__).with_name("clock.c")
DAY_S = 24 * 3600
CLOCK_VARIABLES = ("LD_PRELOAD", "CLOCK_OFFSET_FILE")
# No build of the small catalogue takes so long, on whatever machine.
LONG_S = 600


class Clock:
    """The wall clock of the processes of a house."""

    def __init__(self, folder: Path) -> None:
        self.library = folder / "clock.so"
        self.file = folder / "offset"
        self.set(0)
        command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(self.library), str(SOURCE), "-ldl"]
        subprocess.run(command, check=True, capture_output=True)

    @property
    def variables(self) -> dict[str, str]:
        """What a process is started with to follow this clock."""
        return dict(zip(CLOCK_VARIABLES, (str(self.library), str(self.file)), strict=True))

    def set(self, offset_s: int) -> None:
        """Move the clock to so many seconds from the true time."""
        if not self.file.exists():
            self.file.write_bytes(bytes(8))
        # In place: the processes have the file mapped.
        with self.file.open("r+b") as stream:
            stream.write(struct.pack("=q", offset_s))


@pytest.fixture
def clock(house: House, tmp_path: Path) -> Iterator[Clock]:
    """All processes, the server too, started again under a clock that the test can set."""
    found = Clock(tmp_path)
    everything = [house.server, *house.parts.values()]
    for part in reversed(everything):
        part.kill_all()
    for part in everything:
        part.start(**found.variables)
    house.wait_ready()
    yield found
    for part in reversed(everything):
        part.kill_all()
        for name in CLOCK_VARIABLES:
            part.environ.pop(name)


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("offset_s", [DAY_S, -DAY_S], ids=["ahead", "back"])
def test_a_clock_that_jumps_a_day_changes_nothing(
    house: House, clock: Clock, record: Record, offset_s: int
) -> None:
    key = json.loads(house.send("POST", "/v1/keys", json={"name": "k", "role": "operator"}).data)
    mine = {"X-API-Key": key["key"]}
    with Prober(house.url, USUAL) as prober, Publications(house) as publications:
        job = house.start_build(force=True)
        until(lambda: getattr(house.job(job.id), "step", None), 60, house.describe)
        clock.set(offset_s)
        assert abs(house.server.client().time()[0] - time.time() - offset_s) < 60
        first = house.ended(job.id)
        house.wait_ready(house.live().label)
        assert house.send("GET", "/v1/jobs", headers=mine).status == 200
        second = house.ended(house.start_build(force=True).id)
        house.wait_ready(house.live().label)
        clock.set(0)
        third = house.ended(house.start_build(force=True).id)
        house.wait_ready(house.live().label)
        assert house.send("GET", "/v1/jobs", headers=mine).status == 200
    jobs = [first, second, third]
    assert [job.status for job in jobs] == ["finished"] * 3, jobs
    assert len(publications.new) == 3
    seconds = [step for job in jobs for step in job.seconds.values()]
    assert seconds
    assert all(0 <= step < LONG_S for step in seconds)
    assert failures(prober.seen) == []
    assert mixed(prober.seen) == []
    record(
        f"clock set a day {'ahead' if offset_s > 0 else 'back'} during a build, and again after "
        "the next",
        "answers, keys and builds go on; every build publishes once; durations stay true",
        f"{len(prober.seen)} answers, 0 failed, 0 mixed; 3 builds, 3 publications; longest step "
        f"{max(seconds):.1f} s; attempts {[job.attempts for job in jobs]}",
    )
