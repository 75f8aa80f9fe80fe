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


def test_the_encoding_and_the_size_of_the_input_are_settings() -> None:
    settings = read_worker_settings({})
    assert (settings.encoding, settings.max_source_bytes) == ("utf-8", 16 * 1024**3)
    settings = read_worker_settings(
        {"BUTACA_WORKER_ENCODING": "cp1252", "BUTACA_WORKER_MAX_SOURCE_BYTES": "1000"}
    )
    assert (settings.encoding, settings.max_source_bytes) == ("cp1252", 1000)


def test_the_truth_file_goes_by_two_names() -> None:
    assert read_worker_settings({}).truth_file is None
    for name in ("BUTACA_TRUTH", "BUTACA_WORKER_TRUTH"):
        assert read_worker_settings({name: "/in/t.jsonl"}).truth_file == Path("/in/t.jsonl")
    assert read_worker_settings({"BUTACA_TRUTH": ""}).truth_file is None


@pytest.mark.parametrize("environ", [{"ENCODING": "ebcdic"}, {"MAX_SOURCE_BYTES": "0"}])
def test_an_unknown_encoding_and_no_size_at_all_are_refused(environ: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        read_worker_settings({f"BUTACA_WORKER_{name}": value for name, value in environ.items()})


@pytest.mark.parametrize("nice", ["-1", "20", "x"])
def test_a_job_steps_behind_by_a_number_from_0_to_19(nice: str) -> None:
    for allowed in (0, 19):
        assert read_worker_settings({"BUTACA_WORKER_NICE": str(allowed)}).nice == allowed
    with pytest.raises(SettingsError):
        read_worker_settings({"BUTACA_WORKER_NICE": nice})
