"""Logs: one JSON event a line, each with the name of its process."""

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from granian.log import LogLevels
from granian.log import configure_logging as configure_server

import services
from shared.telemetry import audit_log, configure_logging, log

SERVICES = ("gateway", "queries", "recommender")


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Leave no trace to other tests."""
    before, root, server = (
        structlog.get_config(),
        logging.getLogger(),
        logging.getLogger("_granian"),
    )
    handlers, level = [*root.handlers], root.level
    yield
    structlog.configure(**before)
    root.handlers, root.level = handlers, level
    server.handlers, server.propagate = [], True


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_events_of_every_thread_and_of_libraries_name_the_process(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("worker")

    def speak() -> None:
        log().info("ours")
        logging.getLogger("rq.cron").warning("of a library")

    speak()
    # A thread begins with an empty context.
    thread = threading.Thread(target=speak)
    thread.start()
    thread.join()
    found = lines(capsys)
    assert [line["event"] for line in found] == ["ours", "of a library"] * 2
    assert {line["process"] for line in found} == {"worker"}


def test_what_chatty_libraries_tell_at_each_start_is_left_out_but_no_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("worker")
    for name in ("faiss.loader", "sentence_transformers.SentenceTransformer"):
        logging.getLogger(name).info("Loading faiss with AVX512 support.")
        logging.getLogger(name).warning("kept")
    assert [line["event"] for line in lines(capsys)] == ["kept", "kept"]


def test_the_audit_trail_is_written_whatever_the_level(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("gateway", "CRITICAL")
    log().error("left out")
    logging.getLogger("faiss").error("left out")
    audit_log().info("key_created", key_id="abc")
    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["process"]) == ("key_created", "info", "gateway")


@pytest.mark.parametrize("name", SERVICES)
def test_the_lines_of_the_server_are_events_of_its_service(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path(services.__path__[0]) / name / "logging.json"
    configure_server(LogLevels.info, json.loads(file.read_text()))
    logging.getLogger("_granian").info("Starting granian")
    logging.getLogger("_granian.serve").error("Unexpected exit from worker-1")
    found = [(line["process"], line["level"], line["event"]) for line in lines(capsys)]
    assert found == [
        (name, "info", "Starting granian"),
        (name, "error", "Unexpected exit from worker-1"),
    ]
