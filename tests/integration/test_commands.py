"""The commands against a real gateway and its services: what is said, and the exit code."""

import csv
import logging
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import structlog
from typer.testing import CliRunner, Result

from cli.main import app
from shared.contracts.differences import ReleaseDifference
from shared.contracts.reports import ReportResponse
from shared.contracts.scorecards import ScoreCardResponse
from tests.integration.stack import whole_stack

KEY = "una-clave-larga"
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    (folder / "admin.key").write_text(KEY)
    return folder


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    """The services run in this process: what they log is no word of the commands."""
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    structlog.configure(**before)


@pytest.fixture(scope="module")
def url(redis_url: str, state: Path) -> Iterator[str]:
    key_file = state / "admin.key"
    with whole_stack(
        redis_url, f"test-{uuid.uuid4().hex}", admin_key_file=key_file, movies=30
    ) as url:
        yield url


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(word) for word in words])


def said(*words: object) -> str:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*words: object) -> str:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("butaca: ")
    assert len(result.stderr.splitlines()) == 1
    return result.stderr


def test_status_says_how_everything_stands(url: str, state: Path) -> None:
    text = said("status", "--url", url, "--state", state)
    assert f"{url} (ready)" in text
    assert "release" in text
    assert "1-" in text


def test_status_without_a_key_says_what_it_leaves_out(url: str, tmp_path: Path) -> None:
    text = said("status", "--url", url, "--state", tmp_path)
    assert "build" in text
    assert "not shown. No admin key at" in text


def test_a_build_that_is_asked_for_waits_on_the_queue(url: str, state: Path) -> None:
    assert said("rebuild", "--force", "--url", url, "--state", state) == "build-1: queued\n"
    assert said("rebuild", "--url", url, "--key-file", state / "admin.key") == "build-1: queued\n"
    assert "build-1 · queued" in said("status", "--url", url, "--state", state)


def test_the_report_of_the_live_release_is_shown(url: str) -> None:
    text = said("report", "--url", url, "--limit", 2)
    assert "extract.movies" in text
    assert "Quarantined rows: 3" in text
    assert "more: --offset 2" in text
    found = msgspec.json.decode(said("report", 1, "--json", "--url", url), type=ReportResponse)
    assert (found.number, found.quarantine.total) == (1, 3)


def test_the_score_card_of_the_live_release_is_shown(url: str) -> None:
    assert "[Rec]" in said("scorecard", "--url", url)
    found = msgspec.json.decode(
        said("scorecard", 1, "--json", "--url", url), type=ScoreCardResponse
    )
    assert found.card.movies == 30


def test_the_difference_from_a_release_is_shown(url: str, state: Path) -> None:
    text = said("difference", 1, "--url", url, "--state", state)
    assert "Movies: 0 added, 0 removed, 0 changed" in text
    assert "Neighbours of 30 movies: 100.0%" in text
    found = msgspec.json.decode(
        said("difference", 1, 1, "--json", "--url", url, "--state", state), type=ReleaseDifference
    )
    assert found.base == found.release
    assert "release_not_found" in refused("difference", 9, "--url", url, "--state", state)


@pytest.mark.parametrize(("lang", "words"), [("es", "Análisis"), ("en", "Analysis")])
def test_the_analysis_is_saved_in_a_language(
    url: str, tmp_path: Path, lang: str, words: str
) -> None:
    target = tmp_path / "report.html"
    assert "bytes" in said("eda", "--lang", lang, "--out", target, "--url", url)
    assert words in target.read_text("utf-8")


def test_the_tables_are_saved_in_both_forms(url: str, state: Path, tmp_path: Path) -> None:
    said("export-tables", tmp_path / "out", "--url", url, "--state", state)
    with (tmp_path / "out" / "movies.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 30
    assert len(list((tmp_path / "out").iterdir())) == 6
    assert "release_not_found" in refused(
        "export-tables", tmp_path / "more", "--number", 9, "--url", url, "--state", state
    )


def test_a_wrong_key_is_refused_in_one_sentence(url: str, tmp_path: Path) -> None:
    (tmp_path / "admin.key").write_text("another")
    assert "butaca: /v1/jobs: " in refused("rebuild", "--url", url, "--state", tmp_path)
    file = tmp_path / "reader.key"
    assert f"The key file {file} cannot be read" in refused("jobs", "--key-file", file)
    file.write_text("KEY\nX: y")
    assert f"{file} holds no key" in refused("jobs", "--key-file", file, "--url", url)
    (tmp_path / "admin.key").write_text("\n")
    assert "is empty" in refused("rebuild", "--url", url, "--state", tmp_path)
    assert "No admin key at" in refused("rebuild", "--url", url, "--state", tmp_path / "nowhere")


@pytest.mark.parametrize("command", ["status", "report", "scorecard", "eda"])
def test_an_address_where_nobody_answers_is_named(command: str) -> None:
    assert f"Nothing answers at {NOWHERE}" in refused(command, "--url", NOWHERE)


@pytest.mark.parametrize("url", ["foo", "ftp://films.example", "http://films.example:99999"])
def test_what_is_no_address_is_said(url: str, state: Path) -> None:
    for words in (("status",), ("eda",), ("jobs", "--state", state)):
        said_of_it = refused(*words, "--url", url)
        assert said_of_it == f"butaca: {url} is no http address such as http://127.0.0.1:8000.\n"


def test_folders_that_may_be_mistyped_are_not_made(url: str, state: Path, tmp_path: Path) -> None:
    target = tmp_path / "nowhere" / "x"
    assert "there is no folder" in refused("eda", "--out", target, "--url", url)
    where = ("--url", url, "--state", state)
    assert "cannot be made" in refused("export-tables", target, *where)
    assert not target.parent.exists()


def test_numbers_out_of_bounds_are_refused_before_anything_is_asked() -> None:
    for words in (
        ("report", "--limit", 0),
        ("report", "--limit", 1001),
        ("report", "--offset", -1),
    ):
        assert run(*words, "--url", NOWHERE).exit_code == 2
    assert "Nothing answers" in refused("report", "--limit", 1000, "--url", NOWHERE)
