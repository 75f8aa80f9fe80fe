"""What runs beside the requests of the gateway."""

import asyncio

import pytest
import structlog

from services.gateway import app


async def test_what_runs_beside_the_requests_outlives_a_surprise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "WATCH_PAUSE_S", 0.0)
    runs, is_back = 0, asyncio.Event()

    async def watch() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise RuntimeError("surprise")
        is_back.set()
        await asyncio.Event().wait()

    with structlog.testing.capture_logs() as logged:
        task = asyncio.create_task(app._go_on(watch))
        await asyncio.wait_for(is_back.wait(), 5)
    assert [each["event"] for each in logged] == ["watch_failed"]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
