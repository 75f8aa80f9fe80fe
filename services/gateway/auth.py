"""What a caller's role lets it do: the guard of the ops routes, and the admin key's file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from services.gateway.callers import CALLER_KEY, Caller
from services.gateway.keyring import KeyRing
from shared.contracts.keys import Role
from shared.errors import AppError, OpsForbiddenError, UnauthenticatedError
from shared.telemetry import log

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]
KEY_HEADER: Final = "X-API-Key"
# Handlers say in their `opt` which role they need.
ROLE: Final = "role"
# People choose this key, and a short one can be guessed.
MIN_ADMIN_KEY_BYTES: Final = 16
_DEFAULT_ROLE: Final[Role] = "operator"


def read_admin_key(file: Path | None) -> bytes | None:
    """Return the key in `file`, or None where there is none."""
    if file is None:
        return None
    try:
        key = file.read_bytes().strip()
    except OSError as error:
        log().warning("admin_key_unreadable", file=str(file), reason=error.strerror)
        return None
    if 0 < len(key) < MIN_ADMIN_KEY_BYTES:
        log().warning("admin_key_short", file=str(file), least_bytes=MIN_ADMIN_KEY_BYTES)
    return key or None


def role_guard(ring: KeyRing, count_refusal: Callable[[str], None] = lambda _: None) -> Guard:
    """Make the guard that lets pass whose key has the role of the route, or a higher one."""

    def require_role(
        connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
    ) -> None:
        scope = cast("dict[str, Any]", connection.scope)
        error = _objection(ring, scope.get(CALLER_KEY), role_of(handler))
        if error is not None:
            count_refusal(error.code)
            raise error

    return require_role


def provide_caller(request: Request[Any, Any, Any]) -> Caller:
    """Return whose key a request came with; only behind the guard is there always one."""
    caller: Caller = cast("dict[str, Any]", request.scope)[CALLER_KEY]
    return caller


def _objection(ring: KeyRing, caller: Caller | None, needed: Role) -> AppError | None:
    """Say what speaks against letting a caller in."""
    if caller is None and not ring.is_open:
        return OpsForbiddenError(
            "The ops routes are closed: set BUTACA_GATEWAY_ADMIN_KEY_FILE to a file that "
            "holds an admin key and restart the gateway."
        )
    if caller is None:
        return UnauthenticatedError(
            f"Send a key with the role {needed} in the header {KEY_HEADER}."
        )
    if not caller.may(needed):
        return OpsForbiddenError(
            f"This route needs the role {needed}; the key's role is {caller.role}."
        )
    return None


def role_of(handler: BaseRouteHandler) -> Role:
    """Return the role that a guarded handler needs."""
    return cast("Role", handler.opt.get(ROLE, _DEFAULT_ROLE))
