"""Where the admin key comes from."""

from pathlib import Path

import pytest
import structlog

from services.gateway.auth import read_admin_key


def test_a_key_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret\n")
    assert read_admin_key(tmp_path / "key") == b"secret"


def test_no_file_a_missing_one_and_an_empty_one_mean_no_key(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    assert read_admin_key(None) is None
    assert read_admin_key(tmp_path / "missing") is None
    assert read_admin_key(tmp_path / "empty") is None


@pytest.mark.parametrize(("length", "is_short"), [(15, True), (16, False)])
def test_a_key_that_may_be_guessed_is_warned_of(
    tmp_path: Path, length: int, *, is_short: bool
) -> None:
    (tmp_path / "key").write_text("k" * length)
    with structlog.testing.capture_logs() as logged:
        assert read_admin_key(tmp_path / "key") == b"k" * length
    assert [each["event"] for each in logged] == ["admin_key_short"] * is_short
    assert "kkk" not in str(logged)
