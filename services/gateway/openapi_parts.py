"""Parts of the OpenAPI document that many routes share: headers, problems, the 304."""

from typing import Any, Final

from shared.http.degraded import WORDS
from shared.http.problems import KINDS, MEDIA_TYPE

Node = dict[str, Any]
STATUSES: Final[dict[int, str]] = {
    200: "Answer",
    201: "Created",
    202: "Accepted: the job is on the queue",
    304: "The caller has the answer already",
    400: "A parameter, the path or the body is not valid",
    401: "The route needs a key, and none was sent, or one that is not known",
    403: "The key's role is too low, or the ops routes are closed",
    404: "There is no such thing, or no such route",
    405: "Another method was used; `Allow` names those there are",
    408: "The request did not arrive whole in time",
    409: "The request fits more than one thing, or may not be done now",
    413: "The body is larger than the route takes",
    414: "Path and query are too long",
    415: "The body is not declared as JSON",
    422: "The input cannot be used",
    429: "The caller asks more often than its limit allows",
    500: "A fault of ours; the log names it by the request id",
    503: "Something behind the gateway is away or has no release yet",
    504: "A service behind the gateway did not answer in time",
}


def _header(words: str, example: str, **more: object) -> Node:
    schema: Node = {"type": "string", **more}
    return {"description": words, "schema": schema, "example": example}


_WORD: Final = "|".join(WORDS)
_HEADERS: Final[Node] = {
    "X-Request-Id": _header(
        "Id of the request: the caller's, or one that was made.",
        "5f0d2a8c4b8e4a0f9a6b1c2d3e4f5a6b",
    ),
    "Cache-Control": _header(
        "How long the answer may be used without asking again.",
        "public, max-age=5, must-revalidate",
    ),
    "Vary": _header("Headers of the request that the answer depends on.", "Accept-Encoding"),
    "ETag": _header(
        "Names the answer: question, release and encoding.", '"7-0a1b2c3d4e5f-0123456789abcdef"'
    ),
    "X-Butaca-Release": _header("The release that the answer comes from.", "7-0a1b2c3d4e5f"),
    "X-Butaca-Cache": _header(
        "Whether the gateway had the answer already.", "hit", enum=["hit", "miss"]
    ),
    "X-Butaca-Degraded": _header(
        "What the answers of the moment lack, in words; absent while all is well.",
        "store",
        pattern=f"^({_WORD})(, ({_WORD}))*$",
    ),
    "Retry-After": _header("Seconds to wait before trying again.", "2", pattern="^[0-9]+$"),
    "WWW-Authenticate": _header("How to send a key.", "Bearer"),
    "Allow": _header("Methods of the route.", "GET, HEAD, OPTIONS"),
    "Content-Language": _header("Language of the answer.", "es", enum=["es", "en"]),
    "Content-Disposition": _header("Name to save the file as.", 'attachment; filename="cast.csv"'),
    "Location": _header("Where the job is shown.", "/v1/jobs/build-7"),
    "X-Butaca-Movie-Id": _header("The film that the title was taken for.", "862"),
    "X-Butaca-Missing": _header("The half of a search that did not take part.", "semantic"),
}
_OF_EVERY: Final = ("X-Request-Id", "Cache-Control", "X-Butaca-Degraded")
# A header that not every such answer carries is described without being promised.
_OF_SERVICE: Final = (*_OF_EVERY, "Vary", "X-Butaca-Release", "X-Butaca-Cache")
_OF_RELEASE: Final = (*_OF_SERVICE, "ETag")
# By path: what else an answer carries.
_OWN: Final[dict[str, tuple[str, ...]]] = {
    "/v1/jobs": ("Location",),
    "/v1/movies/{movie_id}/similar": ("Content-Language",),
    "/v1/recommendations": ("Content-Language",),
    "/v1/stats/releases": ("Content-Language",),
    "/recomendacion": ("X-Butaca-Movie-Id",),
    "/recomendacion/{titulo}": ("X-Butaca-Movie-Id",),
    "/v1/search": ("X-Butaca-Missing",),
    "/v1/releases/{number}/tables/{table}": ("Content-Disposition",),
    "/v1/releases/{number}/export": ("Content-Disposition",),
}


def header_refs(path: str, *, is_of_release: bool, is_of_service: bool) -> Node:
    """The headers of an answer."""
    if is_of_release:
        return _refs((*_OF_RELEASE, *_OWN.get(path, ())))
    return _refs((*(_OF_SERVICE if is_of_service else _OF_EVERY), *_OWN.get(path, ())))


def problem(status: int) -> Node:
    """A reference to the problem documents of a status."""
    return {"$ref": f"#/components/responses/Problem{status}"}


def _refs(names: tuple[str, ...]) -> Node:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _problem(status: int) -> Node:
    codes = sorted(code for code, kind in KINDS.items() if kind.status == status)
    more = {
        401: ("WWW-Authenticate",),
        405: ("Allow",),
        **dict.fromkeys((429, 503, 504), ("Retry-After",)),
    }.get(status, ())
    return {
        "description": f"{STATUSES[status]}. Codes: {', '.join(codes)}.",
        "headers": _refs((*_OF_EVERY, *more)),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    }


IF_NONE_MATCH: Final[Node] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "Tags of answers that the caller has: a 304 says that one still holds.",
    "schema": {"type": "string"},
}
COMPONENTS: Final[dict[str, Node]] = {
    "headers": _HEADERS,
    "responses": {
        **{f"Problem{status}": _problem(status) for status in {k.status for k in KINDS.values()}},
        "NotModified": {"description": STATUSES[304], "headers": _refs(_OF_RELEASE)},
    },
}
