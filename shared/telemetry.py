"""Logging: JSON events on standard output, with the request or job id of the context."""

import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, TextIO, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from shared.errors import SettingsError

LEVEL: Final = "BUTACA_LOG_LEVEL"
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# Libraries that tell at each start which processor they found and which file they read.
_CHATTY: Final = ("faiss", "sentence_transformers")


def configure_logging(process: str, level: str = "INFO") -> None:
    """Set structlog and the standard library's loggers to write one JSON event a line.

    Raises:
        SettingsError: there is no such level; events from INFO on are written then.
    """
    given, level = level, level.upper()
    is_level = level in LEVELS
    _configure(process, level if is_level else "INFO")
    if not is_level:
        raise SettingsError(f"{LEVEL}: there is no level {given!r}; known: {', '.join(LEVELS)}")


class _StdoutHandler(logging.StreamHandler[TextIO]):
    """Writes to what standard output is at the time, as structlog's loggers do."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stdout
        super().emit(record)


@contextmanager
def ending_on_bad_settings() -> Generator[None]:
    """End the process with one event instead of a traceback when a setting is wrong."""
    try:
        yield
    except SettingsError as error:
        log().critical("settings_invalid", reason=error.message)
        sys.exit(2)


def server_formatter(process: str) -> logging.Formatter:
    """Return the formatter of the server's own lines, which `logging.json` of a service names."""
    return _formatter(_steps(process))


def _steps(process: str) -> list[Processor]:
    """What every event gets, in whichever thread and by whoever's logger it comes."""

    def name_process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return [
        structlog.contextvars.merge_contextvars,
        name_process,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]


def _formatter(steps: list[Processor]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        processor=structlog.processors.JSONRenderer(),
        foreign_pre_chain=[*steps, structlog.stdlib.add_logger_name],
    )


def _configure(process: str, level: str) -> None:
    steps = _steps(process)
    structlog.configure(
        processors=[*steps, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _StdoutHandler()
    handler.setFormatter(_formatter(steps))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


def audit_log() -> FilteringBoundLogger:
    """Return the logger of what is told whatever `BUTACA_LOG_LEVEL` is."""
    told = structlog.make_filtering_bound_logger(logging.INFO)
    return cast("FilteringBoundLogger", structlog.wrap_logger(None, wrapper_class=told))


def log() -> FilteringBoundLogger:
    """Return the logger; fields bound in the context come along."""
    return cast("FilteringBoundLogger", structlog.get_logger())
