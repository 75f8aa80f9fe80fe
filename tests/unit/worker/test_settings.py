"""The worker's environment."""

from pathlib import Path

import pytest

from shared.errors import SettingsError
from worker.settings import count_processors, read_worker_settings


def test_defaults_use_the_whole_machine() -> None:
    settings = read_worker_settings({"PATH": "/bin"})
    assert settings.folder == Path("data")
    assert settings.usable_threads == count_processors() >= 1
    assert (settings.max_quarantine_share, settings.min_rows_share) == (0.01, 0.5)


def test_values_are_read_from_their_variables() -> None:
    settings = read_worker_settings(
        {
            "BUTACA_WORKER_DATA": "/in",
            "BUTACA_WORKER_THREADS": "3",
            "BUTACA_WORKER_MIN_ROWS_SHARE": "0",
        }
    )
    assert (settings.folder, settings.usable_threads) == (Path("/in"), 3)
    assert settings.min_rows_share == 0


@pytest.mark.parametrize(
    "environ",
    [
        {"BUTACA_WORKER_DAT": "x"},
        {"BUTACA_WORKER_THREADS": "-1"},
        {"BUTACA_WORKER_MAX_QUARANTINE_SHARE": "1.5"},
    ],
)
def test_bad_settings_are_refused(environ: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        read_worker_settings(environ)
