"""The OpenAPI document and a page that shows it; every file of both is served from here.

The page is Swagger UI, read as plain files from the package that carries it: nothing of that
package is imported, and the page may load nothing from elsewhere.
"""

import asyncio
import threading
from collections.abc import Callable
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Litestar, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.gateway.conditional import content_tag
from services.gateway.openapi import complete_document
from services.gateway.prepared import Prepared, pack_now, prepare
from services.gateway.responses import PreparedResponse

# Changes with the product alone.
CACHE_CONTROL: Final = "public, max-age=300, must-revalidate"
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
}
EXAMPLES: Final = "examples.json"
_HERE: Final = Path(__file__).parent
_DOCUMENT: Final = "openapi.json"
_PAGE: Final = "docs.html"
_BUNDLE: Final = "flask-swagger-ui"
_BUNDLED: Final = ("swagger-ui.css", "swagger-ui-bundle.js")
_PARTS: Final = (*_BUNDLED, "start.js")
_MEDIA_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
}


def docs_routes(
    described: Callable[[], Litestar], *, reads_open: bool = True
) -> list[HTTPRouteHandler]:
    """Make the routes; `described` builds an app of the routes to document, once it is asked."""
    making = threading.Lock()

    @cache
    def make(name: str) -> Prepared:
        if name == _DOCUMENT:
            document = complete_document(described(), read_examples(), reads_open=reads_open)
            return _prepare(msgspec.json.encode(document), name)
        return _prepare(_place(name).read_bytes(), name)

    def file(name: str) -> Prepared:
        # Many first callers at once must not each make the document.
        with making:
            return make(name)

    @get(["/schema", f"/schema/{_DOCUMENT}"], include_in_schema=False)
    async def schema() -> Response[bytes]:
        return PreparedResponse(await asyncio.to_thread(file, _DOCUMENT))

    @get("/docs", include_in_schema=False)
    async def page() -> Response[bytes]:
        return PreparedResponse(await asyncio.to_thread(file, _PAGE))

    @get("/docs/{name:str}", include_in_schema=False)
    async def part(name: FromPath[str]) -> Response[bytes]:
        if name not in _PARTS:
            raise NotFoundException
        return PreparedResponse(await asyncio.to_thread(file, name))

    return [schema, page, part]


def read_examples() -> dict[str, dict[str, Any]]:
    """Return the real answers that are shown, by method and path; routes may have none."""
    return msgspec.json.decode((_HERE / EXAMPLES).read_bytes(), type=dict[str, dict[str, Any]])


def _prepare(body: bytes, name: str) -> Prepared:
    """Make a file ready, compressed beside: it does not change as long as the process runs."""
    return pack_now(
        prepare(
            body,
            _MEDIA_TYPES[Path(name).suffix],
            HEADERS,
            tag=content_tag(body),
            cache_control=CACHE_CONTROL,
        )
    )


def _place(name: str) -> Path:
    if name in _BUNDLED:
        return Path(str(distribution(_BUNDLE).locate_file(f"flask_swagger_ui/dist/{name}")))
    return _HERE / "static" / name
