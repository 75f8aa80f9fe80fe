"""The state folder: one owner, a private key, the logs of the last runs."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.state import OLDER_LOGS, open_state, read_admin_key, read_key


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


def test_a_key_file_that_somebody_names_is_not_called_the_admin_key(tmp_path: Path) -> None:
    file = tmp_path / "reader.key"
    with pytest.raises(CommandError, match=r"reader\.key cannot be read: No such file") as refused:
        read_key(file)
    assert "admin" not in str(refused.value)
    file.write_text(" \n")
    with pytest.raises(CommandError, match=r"reader\.key is empty\.$"):
        read_key(file)
    file.write_text(" butaca_1_x y \r\n")
    assert read_key(file) == "butaca_1_x y"


@pytest.mark.parametrize("raw", [b"KEY\nX: y", b"KEY\x00", b"\xff\xfe\x00", "clave-ñ".encode()])
@pytest.mark.parametrize("read", [read_key, read_admin_key])
def test_what_is_no_key_is_said_and_not_shown(
    raw: bytes, read: Callable[[Path], str], tmp_path: Path
) -> None:
    file = tmp_path / "x"
    file.write_bytes(raw)
    with pytest.raises(CommandError, match="holds no key: that is one line") as refused:
        read(file)
    assert (
        str(refused.value) == f"{file} holds no key: that is one line of plain ASCII characters."
    )


def test_the_logs_of_the_last_runs_are_kept(tmp_path: Path) -> None:
    with open_state(tmp_path / "state") as state:
        for run in range(OLDER_LOGS + 2):
            state.rotate_log("worker").write_text(f"run {run}", "utf-8")
        log = state.rotate_log("worker")
        state.rotate_log("worker")  # that one was never written, so nothing moves

    kept = {path.name: path.read_text("utf-8") for path in log.parent.iterdir()}
    assert kept == {
        f"worker.log.{age}": f"run {OLDER_LOGS + 2 - age}" for age in range(1, OLDER_LOGS + 1)
    }


def test_a_state_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").touch()

    with pytest.raises(CommandError, match="cannot be used"), open_state(tmp_path / "state"):
        pass
