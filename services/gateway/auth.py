"""The admin key: who may use the ops routes. Without a key nobody may."""

import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from shared.errors import OpsForbiddenError
from shared.telemetry import log

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]
KEY_HEADER = "X-API-Key"


def read_admin_key(file: Path | None) -> bytes | None:
    """Return the key in `file`, or None where there is none: ops routes are closed then."""
    if file is None:
        return None
    try:
        key = file.read_bytes().strip()
    except OSError as error:
        log().warning("admin_key_unreadable", file=str(file), reason=error.strerror)
        return None
    return key or None


def admin_guard(key: bytes | None) -> Guard:
    """Make the guard that lets only callers with `key` pass."""

    def require_admin(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if key is None:
            raise OpsForbiddenError(
                "The ops routes are closed: set BUTACA_GATEWAY_ADMIN_KEY_FILE to a file that "
                "holds an admin key and restart the gateway."
            )
        given = connection.headers.get(KEY_HEADER)
        if given is None:
            raise OpsForbiddenError(f"Send the admin key in the header {KEY_HEADER}.")
        if not hmac.compare_digest(given.encode("latin-1", "replace"), key):
            raise OpsForbiddenError(
                f"The key in {KEY_HEADER} is not the admin key; compare it with the key file."
            )

    return require_admin
