"""The state folder: one owner, a private key, logs kept once."""

import stat
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.state import open_state, read_admin_key


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_second_owner_is_refused_until_the_first_leaves(tmp_path: Path) -> None:
    with (
        open_state(tmp_path / "state"),
        pytest.raises(CommandError, match=r"Another `butaca up` \(process \d+\)"),
        open_state(tmp_path / "state"),
    ):
        pass

    with open_state(tmp_path / "state") as state:
        assert state.path == tmp_path / "state"


def test_the_admin_key_is_made_once_and_private(tmp_path: Path) -> None:
    with open_state(tmp_path / "state") as state:
        assert state.make_admin_key()
        key = read_admin_key(state.admin_key_file)

        assert not state.make_admin_key()
        assert read_admin_key(state.admin_key_file) == key

    assert len(key) >= 43
    assert mode(state.admin_key_file) == 0o600
    assert mode(state.path) == 0o700


def test_a_key_that_others_can_read_is_closed(tmp_path: Path) -> None:
    with open_state(tmp_path / "state") as state:
        state.make_admin_key()
        state.admin_key_file.chmod(0o644)

        state.make_admin_key()

        assert mode(state.admin_key_file) == 0o600


def test_an_empty_or_missing_key_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No admin key at"):
        read_admin_key(tmp_path / "admin.key")

    (tmp_path / "admin.key").touch()
    with pytest.raises(CommandError, match="is empty"):
        read_admin_key(tmp_path / "admin.key")


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    with open_state(tmp_path / "state") as state:
        state.rotate_log("worker").write_text("first", "utf-8")
        state.rotate_log("worker").write_text("second", "utf-8")
        log = state.rotate_log("worker")

    assert not log.exists()
    assert log.with_name("worker.log.1").read_text("utf-8") == "second"


def test_a_state_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").touch()

    with pytest.raises(CommandError, match="cannot be used"), open_state(tmp_path / "state"):
        pass
