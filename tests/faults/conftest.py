"""One running installation for all fault tests, and the table that they fill."""

from collections.abc import Generator, Iterator

import pytest

from tests.faults.house import House
from tests.faults.table import Record, Row, table_lines

ROWS = pytest.StashKey[list[Row]]()


@pytest.fixture(scope="session")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation with one release; tests ask for `house`, which is healed around them."""
    house = House(tmp_path_factory.mktemp("house"))
    try:
        house.start()
        house.ended("build-1", 180)
        house.wait_ready()
        yield house
    finally:
        house.close()


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    """The running installation, healthy at the start of a test and made so again after it."""
    shared_house.heal()
    yield shared_house
    try:
        shared_house.heal()
    except AssertionError:
        # What this test broke must not fail the next one.
        shared_house.wipe()
        raise


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Add a row to the table: `record(fault, expected, seen)`."""
    rows = request.config.stash.setdefault(ROWS, [])

    def add(fault: str, expected: str, seen: str) -> None:
        rows.append(Row(fault, expected, seen))

    return add


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give a test that fails a row that says so."""
    report = yield
    if report.failed:
        rows = item.config.stash.setdefault(ROWS, [])
        rows.append(Row(item.name, "the test passes", f"FAILED in {report.when}"))
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table."""
    rows = config.stash.get(ROWS, [])
    if rows:
        terminalreporter.section("faults")
        for line in table_lines(rows):
            terminalreporter.write_line(line)
