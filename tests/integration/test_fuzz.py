"""The whole OpenAPI document against generated requests: all checks of Schemathesis.

The services behind the gateway are real and serve a small release. More cases than here:
`SCHEMATHESIS_EXAMPLES=300 make fuzz`.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.stack import whole_stack

KEY = "a-long-key-of-the-tests"
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "10")
LEAST_CASES = 3000
# Events of a job that nobody works on have no end; each request would last until it times out.
ENDLESS = "/v1/jobs/{job_id}/events"
CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture(scope="module")
def url(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file = tmp_path_factory.mktemp("keys") / "admin.key"
    file.write_text(KEY)
    with whole_stack(redis_url, "test-fuzz", admin_key_file=file) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def reader(url: str) -> str:
    """A key whose role is too low for every ops route."""
    body = {"name": "reader", "role": "read"}
    answer = httpx.post(f"{url}/v1/keys", json=body, headers={"X-API-Key": KEY})
    return str(answer.json()["key"])


@pytest.mark.timeout(900)
def test_every_route_keeps_what_the_document_says(url: str, tmp_path: Path) -> None:
    options = ("--max-examples", EXAMPLES, "--header", f"X-API-Key: {KEY}")
    assert _generated(url, tmp_path, *options, "--exclude-path", ENDLESS) >= LEAST_CASES


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["missing", "wrong", "of a lower role"])
def test_ops_routes_keep_it_for_those_who_may_not(
    url: str, reader: str, tmp_path: Path, kind: str
) -> None:
    key = {"missing": None, "wrong": "x", "of a lower role": reader}[kind]
    options = () if key is None else ("--header", f"X-API-Key: {key}")
    few = ("--max-examples", "2", "--phases", "examples,fuzzing", "--include-tag", "ops")
    assert _generated(url, tmp_path, *few, *options) > 0


def _generated(url: str, folder: Path, *options: str) -> int:
    """Run all checks; return how many requests were made."""
    document = folder / "openapi.json"
    document.write_bytes(httpx.get(f"{url}/schema/openapi.json").content)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)),
        *("run", str(document), "--url", url, "--checks", "all", "--continue-on-failure"),
        *("--seed", "1", "--no-color", *options),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    cases = re.search(r"(\d+) generated", done.stdout)
    assert cases is not None
    return int(cases[1])
