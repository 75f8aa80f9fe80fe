"""The commands for stored releases, through the real gateway and queries."""

import stat
from pathlib import Path

import httpx
from typer.testing import CliRunner, Result

from cli.main import app
from shared.contracts.releases import ReleaseRef
from tests.integration.archives import artifacts, key_file, newer, two, url, wait_until_served

__all__ = ["artifacts", "key_file", "newer", "two", "url"]


def butaca(*words: str, url: str, key_file: Path) -> Result:
    return CliRunner().invoke(app, [*words, "--url", url, "--key-file", str(key_file)])


def test_butaca_lists_rolls_back_and_pins(
    url: str, two: tuple[ReleaseRef, ReleaseRef], key_file: Path
) -> None:
    first, second = two
    wait_until_served(url, second)
    done = butaca("activate", str(first.number), "--wait", url=url, key_file=key_file)
    assert f"{first.label} is live.\n" in done.output
    assert httpx.get(f"{url}/health/ready").json()["release"] == first.label
    assert "is pinned.\n" in butaca("pin", "2", url=url, key_file=key_file).output
    listed = butaca("releases", url=url, key_file=key_file).output
    lines = {line.split()[0]: line for line in listed.splitlines() if line.strip()}
    assert "kept, pinned" in lines[second.label]
    assert " live " in lines[first.label]
    assert "2026-01-01 00:00" in lines[first.label]
    assert butaca("unpin", "2", url=url, key_file=key_file).exit_code == 0
    as_json = butaca("releases", "--json", url=url, key_file=key_file).output
    assert '"status": "kept"' in as_json
    assert '"pinned": true' not in as_json


def test_butaca_exports_and_imports_a_release(
    url: str, two: tuple[ReleaseRef, ReleaseRef], key_file: Path, tmp_path: Path
) -> None:
    live, old = tmp_path / "live.bin", tmp_path / "old.bin"
    done = butaca("export", str(live), url=url, key_file=key_file)
    assert done.exit_code == 0
    assert "release 2" in done.output
    assert butaca("export", "1", str(old), url=url, key_file=key_file).exit_code == 0
    assert stat.S_IMODE(live.stat().st_mode) == 0o600
    assert b'"number":1' in old.read_bytes()[:300]
    done = butaca("import", str(old), url=url, key_file=key_file)
    assert f"{two[0].label} was stored already: nothing was done.\n" in done.output
    assert f"{two[0].label} is kept; `butaca activate 1` makes it live.\n" in done.output
    done = butaca("export", "1", str(live), url=url, key_file=key_file)
    assert (done.exit_code, "is there already; --force replaces it" in done.stderr) == (1, True)
    assert b'"number":2' in live.read_bytes()[:300]
    assert butaca("export", str(live), "--force", url=url, key_file=key_file).exit_code == 0
    broken = tmp_path / "broken.bin"
    broken.write_bytes(live.read_bytes()[:-1])
    done = butaca("import", str(broken), url=url, key_file=key_file)
    assert (done.exit_code, "import_invalid" in done.stderr) == (1, True)


def test_butaca_says_what_cannot_be_done(url: str, key_file: Path) -> None:
    for words, message in (
        (("export", "x", "file"), "by its number"),
        (("export", "1", "2", "file"), "by its number"),
        (("export", "9", "file"), "release_not_found"),
        (("export", "file"), "no live release"),
        (("import", "nowhere.bin"), "cannot be read"),
        (("activate", "9"), "release_not_found"),
    ):
        done = butaca(*words, url=url, key_file=key_file)
        assert done.exit_code == 1
        assert message in done.stderr
    assert not Path("file").exists()


def test_a_large_file_that_is_refused_at_its_head_gets_its_answer(
    url: str, tmp_path: Path, key_file: Path
) -> None:
    file = tmp_path / "large.bin"
    file.write_bytes(bytes(60_000_000))
    done = butaca("import", str(file), url=url, key_file=key_file)
    assert done.exit_code == 1
    assert "import_invalid: This is no exported release of Butaca." in done.stderr
