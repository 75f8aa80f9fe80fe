"""`butaca keys` against a real gateway: what is said, and where the key stands."""

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
import structlog
from typer.testing import CliRunner, Result

from cli.main import app
from shared.contracts.keys import KeyList
from shared.redis_keys import RedisKeys
from tests.integration.gateways import keyed_gateway

KEY = "una-clave-larga"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The gateway runs in this process: what it logs is no word of the commands."""
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    structlog.configure(**before)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "admin.key").write_text(KEY)
    return tmp_path


@pytest.fixture
def url(redis_url: str, redis_keys: RedisKeys, state: Path) -> Iterator[str]:
    with keyed_gateway(redis_url, redis_keys, admin_key_file=state / "admin.key") as address:
        yield address


def _run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(word) for word in words])


def test_a_key_is_made_shown_listed_and_taken_back(url: str, state: Path) -> None:
    where = ("--url", url, "--state", state)
    assert "No keys besides the admin key." in _run("keys", *where).stdout
    made = _run("keys", "create", "[bold]dash\u200b", "--role", "operator", "--days", 3, *where)
    key = made.stdout.strip()
    assert (made.exit_code, key.count("\n")) == (0, 0)
    key_id = key.split("_")[1]
    assert key_id in made.stderr
    assert key not in made.stderr
    jobs = f"{url}/v1/jobs"
    assert httpx.get(jobs, headers={"X-API-Key": key}).status_code == 200
    for words in (("keys",), ("keys", "list")):
        listed = _run(*words, *where).stdout
        assert f"{key_id}  operator  [bold]dash?" in listed
        assert key not in listed
    as_json = msgspec.json.decode(_run("keys", "--json", *where).stdout, type=KeyList)
    assert [(each.id, each.role) for each in as_json.items] == [(key_id, "operator")]
    assert _run("keys", "revoke", key_id, *where).exit_code == 0
    assert httpx.get(jobs, headers={"X-API-Key": key}).status_code == 401


def test_a_key_of_another_id_or_role_is_one_sentence(url: str, state: Path) -> None:
    where = ("--url", url, "--state", state)
    gone = _run("keys", "revoke", "no/body", *where)
    assert (gone.exit_code, gone.stderr.startswith("butaca: /v1/keys/no%2Fbody: ")) == (1, True)
    file = state / "reader.key"
    file.write_text(_run("keys", "create", "reader", *where).stdout)
    refused = _run("keys", "--url", url, "--key-file", file)
    assert refused.exit_code == 1
    assert "ops_forbidden: This route needs the role admin" in refused.stderr
    assert _run("keys", "create", "x", "--role", "root", *where).exit_code == 2
    assert _run("keys", "create", "x", "--days", 0, *where).exit_code == 2
    assert "invalid_request: name" in _run("keys", "create", "x\x1b", *where).stderr


def test_options_before_the_command_hold_for_it(url: str, state: Path) -> None:
    made = _run("keys", "--url", url, "--state", state, "create", "ada", "--role", "operator")
    key_id = made.stdout.split("_")[1]
    listed = _run("keys", "--url", url, "--state", state, "--json", "list").stdout
    assert [each.id for each in msgspec.json.decode(listed, type=KeyList).items] == [key_id]
    # What stands behind it is nearer.
    assert _run(
        "keys", "--url", "http://127.0.0.1:1", "list", "--url", url, "--state", state
    ).stdout
    gone = _run("keys", "--url", url, "--key-file", state / "admin.key", "revoke", key_id)
    assert gone.stdout == f"Key {key_id} is revoked.\n"
    refused = _run("keys", "--json", "create", "x")
    assert (refused.exit_code, "`create` has no --json" in refused.stderr) == (2, True)


def test_an_empty_id_is_refused_in_one_sentence(url: str, state: Path) -> None:
    refused = _run("keys", "revoke", "", "--url", url, "--state", state)
    assert (refused.exit_code, refused.stderr) == (
        1,
        "butaca: An id is needed: `butaca jobs` and `butaca keys` show them.\n",
    )


def test_closed_reads_are_opened_by_the_key_of_the_state(
    redis_url: str, redis_keys: RedisKeys, state: Path, tmp_path: Path
) -> None:
    admin = state / "admin.key"
    with keyed_gateway(redis_url, redis_keys, admin_key_file=admin, reads_open=False) as url:
        nowhere = _run("eda", "--url", url, "--state", tmp_path / "nowhere")
        assert (nowhere.exit_code, "No admin key at" in nowhere.stderr) == (1, True)
        for words in (("report", 1), ("scorecard", 1), ("eda", "--out", tmp_path / "x.html")):
            # The small service behind has none of them: that it was asked is what counts.
            reached = _run(*words, "--url", url, "--state", state)
            assert "unauthenticated" not in reached.output
            assert "butaca: " not in reached.stderr or "route_not_found" in reached.stderr
