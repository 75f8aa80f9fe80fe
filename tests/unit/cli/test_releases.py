"""What `butaca releases` shows, and how it reads its arguments."""

import datetime as dt
import io
from pathlib import Path

import pytest
from rich.console import Console

from cli.errors import CommandError
from cli.releases import live_number, show_releases, split_arguments
from shared.contracts.releases import ReleaseList, ReleaseStatus, ReleaseView


def view(number: int, status: ReleaseStatus, *, is_readable: bool = True) -> ReleaseView:
    return ReleaseView(
        number=number,
        label=f"{number}-0123456789ab",
        status=status,
        pinned=number == 1,
        created_at=dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC) if is_readable else None,
        job_id="build-1@x" if is_readable else None,
        source="nightly" if is_readable else None,
        sources=[],
        counts={"movies": 45346} if is_readable else {},
        size_bytes=150_000_000 if is_readable else None,
        own_bytes=0 if is_readable else None,
        reasons=["too few [movies]"] if status == "candidate" else [],
    )


def shown(found: ReleaseList) -> str:
    out = io.StringIO()
    show_releases(found, Console(file=out, width=100))
    return out.getvalue()


def test_each_release_is_one_line_and_each_reason_another() -> None:
    items = [view(3, "candidate"), view(2, "live"), view(1, "kept", is_readable=False)]
    _, third, second, first, reason = shown(ReleaseList(items=items)).splitlines()
    assert "candidate" in third
    assert second.split() == [
        "2-0123456789ab", "live", "2026-01-02", "03:04", "45,346",
        "150.0", "MB", "0", "bytes", "nightly",
    ]  # fmt: skip
    assert first.split() == ["1-0123456789ab", "kept,", "pinned", "unreadable"]
    assert reason == "3-0123456789ab: too few [movies]"


def test_that_there_is_no_release_is_said() -> None:
    assert "There is no release yet." in shown(ReleaseList(items=[]))


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (["a.bin"], (None, Path("a.bin"))),
        (["7", "a.bin"], (7, Path("a.bin"))),
        (["7"], (None, Path("7"))),
    ],
)
def test_a_number_may_stand_before_the_file(
    what: list[str], expected: tuple[int | None, Path]
) -> None:
    assert split_arguments(what) == expected


@pytest.mark.parametrize("what", [["a", "b"], ["-1", "b"], ["1", "2", "b"]])
def test_anything_else_before_the_file_is_refused(what: list[str]) -> None:
    with pytest.raises(CommandError, match="by its number"):
        split_arguments(what)


def test_the_live_release_is_found() -> None:
    assert live_number(ReleaseList(items=[view(3, "candidate"), view(2, "live")])) == 2
    with pytest.raises(CommandError, match="no live release"):
        live_number(ReleaseList(items=[view(3, "candidate")]))
