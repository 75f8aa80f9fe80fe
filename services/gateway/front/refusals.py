"""Problem documents from outside the framework, the same as those from inside."""

import math
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, cast

import msgspec
from litestar.types import HTTPScope, Receive, Scope, Send

from services.gateway.prepared import NO_STORE
from shared.contracts.recommendations import Lang
from shared.errors import AppError
from shared.http.problems import KINDS, MEDIA_TYPE, problem_document

# Told the code of each refusal.
CountRefusal = Callable[[str], None]
# Where the front leaves what is refused, for the layer that sends it.
REFUSAL_KEY: Final = "butaca_refusal"


class Refusal(NamedTuple):
    """An error, and in how many seconds to come back where that is known."""

    error: AppError
    wait_s: float | None = None


class Languages:
    """The language of a path: Spanish for the seven questions, else English."""

    def __init__(self, spanish: Iterable[str]) -> None:
        """Take the first segments of the Spanish routes, such as `/recomendacion`."""
        self._spanish = frozenset(spanish)

    def of(self, path: str) -> Lang:
        """Return the language in which a request to `path` is refused."""
        head = "/" + path[1:].partition("/")[0]
        return "es" if head in self._spanish else "en"


class RefusalSender:
    """ASGI application that answers with what the front has left in the scope."""

    def __init__(self, languages: Languages) -> None:
        """Answer in these languages."""
        self._languages = languages

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Send the refusal."""
        refusal = cast("dict[str, Any]", scope)[REFUSAL_KEY]
        await send_refusal(send, refusal, self._languages.of(scope["path"]))


def leave_refusal(scope: HTTPScope, refusal: Refusal) -> None:
    """Put a refusal where `RefusalSender` finds it."""
    cast("dict[str, Any]", scope)[REFUSAL_KEY] = refusal


async def send_refusal(send: Send, refusal: Refusal, lang: Lang) -> None:
    """Send the problem document of an error."""
    kind = KINDS[refusal.error.code]
    body = msgspec.json.encode(problem_document(refusal.error, lang))
    wait_s = kind.retry_after_s if refusal.wait_s is None else max(1, math.ceil(refusal.wait_s))
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", NO_STORE.encode()),
    ]
    if wait_s is not None:
        headers.append((b"retry-after", str(wait_s).encode()))
    await send({"type": "http.response.start", "status": kind.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
