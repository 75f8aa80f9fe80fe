"""Files that are whole or not there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.files import write_file


def test_a_file_is_written_in_a_new_folder(tmp_path: Path) -> None:
    target = tmp_path / "new" / "x.csv"
    assert write_file(target, [b"ab", b"c"]) == 3
    assert target.read_bytes() == b"abc"


def test_what_breaks_off_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    target.write_bytes(b"old")

    def broken() -> Iterator[bytes]:
        yield b"new"
        raise OSError(5, "gone")

    with pytest.raises(CommandError, match="gone"):
        write_file(target, broken())
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


@pytest.mark.parametrize("name", [".", "/"])
def test_a_folder_is_no_file(name: str) -> None:
    with pytest.raises(CommandError, match="is a folder"):
        write_file(Path(name), [b"x"])
