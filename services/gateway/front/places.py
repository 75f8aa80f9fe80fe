"""Kinds of paths that the layers before the router treat apart."""

from typing import Final

_HEALTH: Final = frozenset({"/health/live", "/health/ready"})
METRICS: Final = "/metrics"
# The guard of the metrics asks for a key of its own, unless a setting opens them.
_PUBLIC: Final = _HEALTH | {"/", "/docs", "/schema", METRICS}
_BELOW_PUBLIC: Final = ("/docs/", "/schema/")
_VERSION: Final = "/v1/"
_IMPORT: Final = "/v1/releases"
_STREAMED: Final = ("/events", "/export")
_TABLES: Final = "/tables/"


def is_health(path: str) -> bool:
    """Whether a supervisor or a balancer asks: it must be answered whoever asks, and always."""
    return path in _HEALTH


def is_public(path: str) -> bool:
    """Whether a path needs no key, even where reading needs one."""
    return path in _PUBLIC or path.startswith(_BELOW_PUBLIC)


def is_stream(method: str, path: str) -> bool:
    """Whether an answer, or a body, may take as long as it takes."""
    if not path.startswith(_VERSION):
        return False
    if method == "POST":
        return path == _IMPORT
    return path.endswith(_STREAMED) or (path.startswith(_IMPORT) and _TABLES in path)
