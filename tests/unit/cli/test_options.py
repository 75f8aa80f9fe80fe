"""What commands have in common."""

from typing import Any

import pytest

from cli import options
from cli.errors import CommandError
from cli.options import wait_until_served
from shared.contracts.releases import HealthReport


class Gateway:
    """Serves another release after so many questions."""

    def __init__(self, *releases: str) -> None:
        self.releases = list(releases)

    def health(self) -> HealthReport:
        release = self.releases.pop(0) if len(self.releases) > 1 else self.releases[0]
        return HealthReport(status="ready", release=release, reasons=["queries: digest"])


def test_a_release_is_waited_for_until_it_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "POLL_S", 0.0)
    client: Any = Gateway("1-a", "1-a", "2-b")
    wait_until_served(client, "2-b")
    assert client.releases == ["2-b"]


def test_a_release_that_is_not_served_in_time_is_a_failure_with_the_reasons(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(options, "POLL_S", 0.0)
    monkeypatch.setattr(options, "SWAP_S", 0.01)
    client: Any = Gateway("1-a")
    with pytest.raises(CommandError, match="2-b is live, but not served yet: queries: digest"):
        wait_until_served(client, "2-b")
