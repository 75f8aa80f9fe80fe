"""Where the admin key comes from."""

from pathlib import Path

from services.gateway.auth import read_admin_key


def test_a_key_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret\n")
    assert read_admin_key(tmp_path / "key") == b"secret"


def test_no_file_a_missing_one_and_an_empty_one_mean_no_key(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    assert read_admin_key(None) is None
    assert read_admin_key(tmp_path / "missing") is None
    assert read_admin_key(tmp_path / "empty") is None
