"""What commands have in common: options, and how a failure is shown."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from cli.addresses import is_of_this_machine, require_address
from cli.errors import CommandError
from cli.ops import OpsClient
from cli.state import KEY_FILE, read_admin_key, read_key
from shared.contracts.releases import HealthReport
from shared.errors import AppError

DEFAULT_URL: Final = "http://127.0.0.1:8000"
DEFAULT_STATE: Final = Path("state")
POLL_S: Final = 0.5
SWAP_S: Final = 30.0

Url = Annotated[str, typer.Option(help="Address of the gateway.")]
State = Annotated[Path, typer.Option(help="State folder of `butaca up`; holds admin.key.")]
AsJson = Annotated[bool, typer.Option("--json", help="As the API answers it.")]
KeyFile = Annotated[
    Path | None, typer.Option(help="File with a key; else the admin key, on this machine.")
]


def keyed_client(url: str, key_file: Path | None, state: Path) -> OpsClient:
    """Make the client of somebody who has a key."""
    return OpsClient(url, _find_key(url, key_file, state))


def write_json(found: msgspec.Struct) -> None:
    """Print an answer of the API as it is, set out to be read."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")


def reading_client(url: str, key_file: Path | None, state: Path) -> OpsClient:
    """Make the client of somebody who reads: the admin key is used only if reads need one."""
    if key_file is not None:
        return OpsClient(url, read_key(key_file))
    return OpsClient(url, find_key=lambda: _find_key(url, None, state))


def wait_until_served(client: OpsClient, label: str) -> None:
    """Wait until a live release is served: services load it beside what they serve, then swap.

    Raises:
        CommandError: that takes longer than it should; the reasons are named.
    """
    until = time.monotonic() + SWAP_S
    while not _serves(health := client.health(), label):
        if time.monotonic() > until:
            reasons = "; ".join(health.reasons) or "`butaca status` shows what is served"
            raise CommandError(f"{label} is live, but not served yet: {reasons}")
        time.sleep(POLL_S)


def _serves(health: HealthReport, label: str) -> bool:
    return health.status == "ready" and health.release == label


def _find_key(url: str, key_file: Path | None, state: Path) -> str:
    """Read the key that was named, else the admin key; that one stays on this machine."""
    if key_file is not None:
        return read_key(key_file)
    require_address(url)
    key = read_admin_key(state / KEY_FILE)
    if not is_of_this_machine(url):
        raise CommandError(
            f"The key in {state / KEY_FILE} goes to 127.0.0.1 and localhost alone. Name the key "
            f"that belongs to {url} with --key-file."
        )
    return key


@contextmanager
def plain_errors() -> Generator[None]:
    """Show an expected failure as one sentence on standard error; exit with 1."""
    try:
        yield
    except (CommandError, AppError) as error:
        sys.stderr.write(f"butaca: {error}\n")
        raise typer.Exit(1) from error
