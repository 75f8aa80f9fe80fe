"""The first layer: decides with a few look-ups in memory whether a request is let in.

In this order: headers that came twice, the host it names, its length, the browser's own question,
whose it is, how many came before it, and whether it needs a key. What is let in may still find
that its key's role is too low for the route: that is for the guard, which knows the route.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from services.gateway.callers import CALLER_KEY, Caller
from services.gateway.front.callers import Proxies
from services.gateway.front.cors import PREFLIGHT, Cors
from services.gateway.front.headers import Dresser, RawHeaders
from services.gateway.front.hosts import AllowedHosts
from services.gateway.front.limits import Limiter
from services.gateway.front.places import METRICS, is_health, is_public
from services.gateway.front.refusals import (
    CountRefusal,
    Languages,
    Refusal,
    RefusalSender,
    leave_refusal,
)
from services.gateway.keyring import KeyRing
from services.gateway.settings import GatewaySettings
from shared.contracts.recommendations import Lang
from shared.errors import (
    AppError,
    HostNotAllowedError,
    InvalidRequestError,
    RateLimitedError,
    UnauthenticatedError,
    UriTooLongError,
)
from shared.http.metrics import seen_of
from shared.http.request_id import RequestIdMiddleware, RequestIds
from shared.limits import Limit

_WORDS: Final[dict[Lang, dict[str, str]]] = {
    "en": {
        "host": "This server does not answer under this name.",
        "target": "Path and query together may have at most {most} bytes.",
        "rate": "Too many requests: wait {wait} s.",
        "no_key": "Send a key in the header X-API-Key, or as Authorization: Bearer.",
        "bad_key": "The key is not known, was revoked or has expired.",
        "repeated": "The header {name} may be sent only once.",
    },
    "es": {
        "host": "Este servidor no responde con ese nombre.",
        "target": "La ruta y la consulta juntas pueden tener {most} bytes como máximo.",
        "rate": "Demasiadas peticiones: espere {wait} s.",
        "no_key": "Envíe una clave en la cabecera X-API-Key, o como Authorization: Bearer.",
        "bad_key": "La clave no se conoce, se ha revocado o ha caducado.",
        "repeated": "La cabecera {name} solo puede enviarse una vez.",
    },
}
_BEARER: Final = b"bearer "
# Of two, something before us may have looked at the other one.
_ONCE: Final = (b"host", b"x-api-key", b"authorization")


class Checks(NamedTuple):
    """What the front decides by; each is one concern of its own."""

    hosts: AllowedHosts
    proxies: Proxies
    cors: Cors
    limiter: Limiter
    ring: KeyRing
    languages: Languages


def create_checks(
    settings: GatewaySettings, spanish: Iterable[str], ring: KeyRing, limiter: Limiter
) -> Checks:
    """Make the checks of the settings; `spanish` routes are refused in Spanish.

    Raises:
        SettingsError: a list of them has something else in it.
    """
    return Checks(
        hosts=AllowedHosts(settings.allowed_hosts),
        proxies=Proxies(settings.trusted_proxies),
        cors=Cors(settings.cors_origins),
        limiter=limiter,
        ring=ring,
        languages=Languages(spanish),
    )


class Front:
    """Lets a request in or refuses it, and gives every answer the headers that all have."""

    def __init__(
        self,
        app: ASGIApp,
        checks: Checks,
        settings: GatewaySettings,
        ids: RequestIds,
        count_refusal: CountRefusal = lambda _: None,
    ) -> None:
        """Wrap `app`; `count_refusal` is told the code of each refusal."""
        self.app = app
        self._checks = checks
        self._ids = ids
        self._count_refusal = count_refusal
        self._refuse = RequestIdMiddleware(RefusalSender(checks.languages), ids)
        self._dresser = Dresser(is_private=not settings.reads_open)
        self._max_target_bytes = settings.max_target_bytes
        self._is_closed = not settings.reads_open
        self._by_address = _limit(settings.rate_per_s, settings.rate_burst)
        self._by_key = _limit(settings.key_rate_per_s, settings.key_rate_burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass lifespan events on."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        cors = self._checks.cors
        send = self._dresser.dress(send, cors.headers_for(headers.get(b"origin")))
        path = scope["path"]
        if is_health(path):
            await self.app(scope, receive, send)
            return
        refusal = self._judge_form(scope, headers)
        if refusal is None and cors.is_preflight(scope["method"], headers):
            await _answer_preflight(send, (*PREFLIGHT, self._ids.header_of(scope)))
            return
        refusal = refusal or self._judge_caller(scope, headers)
        if refusal is None:
            await self.app(scope, receive, send)
            return
        self._count_refusal(refusal.error.code)
        leave_refusal(scope, refusal)
        await self._refuse(scope, receive, send)

    def _judge_form(self, scope: HTTPScope, headers: Mapping[bytes, bytes]) -> Refusal | None:
        """Look at the host and the length; who scrapes metrics knows the inner address alone."""
        if name := _repeated(scope, headers):
            return Refusal(InvalidRequestError(self._words(scope, "repeated", name=name)))
        is_named = self._checks.hosts.allow(headers.get(b"host", b""))
        if not is_named and scope["path"] != METRICS:
            return Refusal(HostNotAllowedError(self._words(scope, "host")))
        target = scope.get("raw_path") or scope["path"].encode()
        if len(target) + len(scope["query_string"]) > self._max_target_bytes:
            words = self._words(scope, "target", most=self._max_target_bytes)
            return Refusal(UriTooLongError(words))
        return None

    def _judge_caller(self, scope: HTTPScope, headers: Mapping[bytes, bytes]) -> Refusal | None:
        """Look at the key, the number of requests, and whether the path needs a key."""
        text = _key_in(headers)
        caller: Caller | None = None
        if text is not None:
            try:
                caller = self._checks.ring.find(text)
            except AppError as error:
                return Refusal(error)
        wait_s = self._wait_s(scope, caller)
        if wait_s > 0:
            words = self._words(scope, "rate", wait=max(1, math.ceil(wait_s)))
            return Refusal(RateLimitedError(words), wait_s)
        if caller is not None:
            cast("dict[str, Any]", scope)[CALLER_KEY] = caller
            seen = seen_of(scope)
            if seen is not None:
                seen.caller = caller.key_id
        elif text is not None:
            return Refusal(UnauthenticatedError(self._words(scope, "bad_key")))
        elif self._is_closed and not is_public(scope["path"]):
            return Refusal(UnauthenticatedError(self._words(scope, "no_key")))
        return None

    def _wait_s(self, scope: HTTPScope, caller: Caller | None) -> float:
        """Return in how many seconds this caller may ask again, 0 for now."""
        if caller is not None:
            limit, name = self._by_key, caller.key_id
            return 0.0 if limit is None else self._checks.limiter.wait_s(f"key:{name}", limit)
        limit = self._by_address
        if limit is None:
            return 0.0
        client = scope["client"]
        peer = None if client is None else client[0]
        forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        address = self._checks.proxies.caller_of(peer, forwarded)
        return self._checks.limiter.wait_s(f"address:{address}", limit)

    def _words(self, scope: HTTPScope, what: str, **values: object) -> str:
        return _WORDS[self._checks.languages.of(scope["path"])][what].format(**values)


def _repeated(scope: HTTPScope, headers: Mapping[bytes, bytes]) -> str | None:
    """The name of a header that came twice, though it decides who asks for what."""
    names = [name for name, _ in scope["headers"]]
    if len(names) == len(headers):
        return None
    return next((name.decode() for name in _ONCE if names.count(name) > 1), None)


def _key_in(headers: Mapping[bytes, bytes]) -> str | None:
    """The key that came with a request; None where there is none."""
    given = headers.get(b"x-api-key")
    if given is None:
        given = headers.get(b"authorization")
        if given is None or given[: len(_BEARER)].lower() != _BEARER:
            return None
        given = given[len(_BEARER) :].strip()
    return given.decode("latin-1")


def _limit(rate_per_s: float, burst: int) -> Limit | None:
    return Limit(rate_per_s, burst) if rate_per_s > 0 else None


async def _answer_preflight(send: Send, headers: RawHeaders) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": list(headers)})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
