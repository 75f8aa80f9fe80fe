"""Logging: JSON events on standard output, with the request or job id of the context."""

import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger

from shared.errors import SettingsError

LEVEL: Final = "BUTACA_LOG_LEVEL"
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


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


def _configure(process: str, level: str) -> None:
    shared_steps: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared_steps, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _StdoutHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(),
            foreign_pre_chain=[*shared_steps, structlog.stdlib.add_logger_name],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    structlog.contextvars.bind_contextvars(process=process)


def log() -> FilteringBoundLogger:
    """Return the logger; fields bound in the context come along."""
    return cast("FilteringBoundLogger", structlog.get_logger())
