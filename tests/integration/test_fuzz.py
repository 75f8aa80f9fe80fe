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

import pytest

from tests.integration.stack import whole_stack

KEY = "a-long-key-of-the-tests"
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "10")
LEAST_CASES = 3000
CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture(scope="module")
def url(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file = tmp_path_factory.mktemp("keys") / "admin.key"
    file.write_text(KEY)
    with whole_stack(redis_url, "test-fuzz", admin_key_file=file) as gateway:
        yield gateway


@pytest.mark.timeout(900)
def test_every_route_keeps_what_the_document_says(url: str, tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)),
        *("run", f"{url}/schema/openapi.json", "--checks", "all", "--continue-on-failure"),
        *("--max-examples", EXAMPLES, "--seed", "1", "--header", f"X-API-Key: {KEY}"),
        "--no-color",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    cases = re.search(r"(\d+) generated", done.stdout)
    assert cases is not None
    assert int(cases[1]) >= LEAST_CASES, done.stdout
