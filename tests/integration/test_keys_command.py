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
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
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
    made = _run("keys", "create", "[bold]dash\x1b", "--role", "operator", "--days", 3, *where)
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


def test_options_before_the_command_are_refused_not_forgotten(url: str, state: Path) -> None:
    for options in (("--url", url), ("--key-file", state / "other.key"), ("--json",)):
        refused = _run("keys", *options, "create", "x")
        assert refused.exit_code == 2
        assert "behind `create`" in refused.stderr
