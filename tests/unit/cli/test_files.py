"""Files that are whole or not there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.files import make_folder, write_file


def test_a_file_takes_the_place_of_another_only_where_it_may(tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    assert write_file(target, [b"ab", b"c"], replace=False) == 3
    with pytest.raises(CommandError, match="is there already; --force replaces it"):
        write_file(target, [b"d"], replace=False)
    assert target.read_bytes() == b"abc"
    write_file(target, [b"d"])
    assert target.read_bytes() == b"d"


def test_folders_that_may_be_mistyped_are_not_made(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no folder"):
        write_file(tmp_path / "new" / "x.csv", [b"a"])
    with pytest.raises(CommandError, match="No such file or directory"):
        make_folder(tmp_path / "new" / "more")
    assert list(tmp_path.iterdir()) == []
    make_folder(tmp_path / "new")
    make_folder(tmp_path / "new")
    assert write_file(tmp_path / "new" / "x.csv", [b"a"]) == 1


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
