"""Errors to RFC 9457 problem documents: the one table of statuses, and Litestar's handlers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, cast

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from shared.errors import (
    AppError,
    BodyTooLargeError,
    InvalidRequestError,
    MethodNotAllowedError,
    RouteNotFoundError,
)
from shared.http.nearest import nearest_route
from shared.http.request_id import current_request_id
from shared.http.wording import explain_message
from shared.redaction import without_keys, without_secrets
from shared.telemetry import log

MEDIA_TYPE = "application/problem+json"
# Handlers of the Spanish routes carry this in their `opt`.
SPANISH = {"lang": "es"}

Problem = dict[str, object]
# Routes that nobody asks for by hand.
_UNNAMED: Final = frozenset({"/docs/{name}"})
_MISSING: Final = re.compile(r"Missing required \w+ parameter '(?P<name>[^']*)'")
_SHOWN: Final = 100


class Kind(NamedTuple):
    """How a code is shown: status, title in English and Spanish, seconds to wait if any."""

    status: int
    title: str
    titulo: str
    retry_after_s: int | None = None


KINDS: dict[str, Kind] = {
    "internal_error": Kind(500, "Internal error", "Error interno"),
    "invalid_request": Kind(400, "Invalid request", "Petición no válida"),
    "unknown_parameter": Kind(400, "Unknown parameter", "Parámetro desconocido"),
    "route_not_found": Kind(404, "Route not found", "Ruta no encontrada"),
    "method_not_allowed": Kind(405, "Method not allowed", "Método no permitido"),
    "invalid_body": Kind(400, "Invalid body", "Cuerpo no válido"),
    "body_too_large": Kind(413, "Body too large", "Cuerpo demasiado grande"),
    "unsupported_media_type": Kind(415, "Unsupported media type", "Tipo de contenido no admitido"),
    "unknown_month": Kind(400, "Unknown month", "Mes desconocido"),
    "unknown_weekday": Kind(400, "Unknown weekday", "Día desconocido"),
    "title_not_found": Kind(404, "Title not found", "Título no encontrado"),
    "title_ambiguous": Kind(409, "Ambiguous title", "Título ambiguo"),
    "person_not_found": Kind(404, "Person not found", "Persona no encontrada"),
    "invalid_cursor": Kind(400, "Invalid cursor", "Cursor no válido"),
    "movie_not_found": Kind(404, "Movie not found", "Película no encontrada"),
    "release_not_found": Kind(404, "Release not found", "Publicación no encontrada"),
    "artifact_not_found": Kind(404, "Not in this release", "No está en esta publicación"),
    "job_not_found": Kind(404, "Job not found", "Tarea no encontrada"),
    "job_ended": Kind(409, "Job has ended", "La tarea ha terminado"),
    "job_not_ended": Kind(409, "Job has not failed", "La tarea no ha fallado"),
    "job_conflict": Kind(409, "Another job is under way", "Hay otra tarea en curso"),
    "idempotency_conflict": Kind(
        409, "Idempotency key used before", "Clave de idempotencia ya usada"
    ),
    "source_unknown": Kind(400, "Unknown source", "Origen desconocido"),
    "unauthenticated": Kind(401, "Key needed", "Hace falta una clave"),
    "ops_forbidden": Kind(403, "Forbidden", "Prohibido"),
    "key_not_found": Kind(404, "Key not found", "Clave no encontrada"),
    "rate_limited": Kind(429, "Too many requests", "Demasiadas peticiones", 1),
    "overloaded": Kind(503, "Overloaded", "Demasiada carga", 1),
    "host_not_allowed": Kind(400, "Host not allowed", "Servidor no permitido"),
    "uri_too_long": Kind(414, "Address too long", "Dirección demasiado larga"),
    "request_timeout": Kind(408, "Request too slow", "Petición demasiado lenta"),
    "index_not_ready": Kind(503, "No release is loaded yet", "Aún no hay datos publicados", 5),
    "text_search_unavailable": Kind(
        503, "Text search is unavailable", "La búsqueda por texto no está disponible", 5
    ),
    "upstream_unavailable": Kind(503, "Service unavailable", "Servicio no disponible", 2),
    "upstream_timeout": Kind(504, "Service too slow", "El servicio no respondió a tiempo", 2),
    "store_unavailable": Kind(503, "Redis is unavailable", "Redis no está disponible", 5),
    "settings_invalid": Kind(500, "Invalid settings", "Configuración no válida"),
    "release_corrupt": Kind(500, "Corrupt release", "Publicación dañada"),
    "release_schema_unsupported": Kind(500, "Release too new", "Publicación demasiado nueva"),
    "release_refused": Kind(409, "Release refused", "Publicación rechazada"),
    "release_conflict": Kind(409, "Release conflict", "Conflicto de publicaciones"),
    "import_invalid": Kind(422, "Invalid export file", "Archivo exportado no válido"),
    "source_invalid": Kind(422, "Invalid input files", "Archivos de entrada no válidos"),
    "model_invalid": Kind(500, "Invalid model", "Modelo no válido"),
    "job_forbidden": Kind(500, "Forbidden job", "Tarea prohibida"),
}


def problem_document(error: AppError, lang: str = "en") -> Problem:
    """Return the problem document of an error: standard members, `code`, then its details."""
    kind = KINDS[error.code]
    title = kind.titulo if lang == "es" else kind.title
    return {
        "type": f"urn:butaca:problem:{error.code}",
        "title": title,
        "status": kind.status,
        "detail": without_keys(error.message) or _default_detail(error, title),
        "code": error.code,
        "request_id": current_request_id(),
        **error.details,
    }


def answer_app_error(request: Request[Any, Any, Any], error: AppError) -> Response[Problem]:
    """Answer an expected failure with the status of its code."""
    return _respond(error, _lang(request))


def answer_validation(
    request: Request[Any, Any, Any], error: ValidationException
) -> Response[Problem]:
    """Answer parameters that break their bounds, naming each."""
    reasons = list(_reasons(request, error))
    details = {"parameter": reasons[0].partition(":")[0]} if len(reasons) == 1 else {}
    message = "; ".join(reasons) or error.detail
    return _respond(InvalidRequestError(message, **details), _lang(request))


def answer_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """Answer what the framework refuses: unknown route, method, body too large."""
    return _respond(_refusal(request, error), _lang(request), error.headers or {})


def answer_unexpected(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Answer a bare 500; the traceback goes to the log only."""
    log().error("unexpected_error", exc_info=error)
    return _respond(AppError())


EXCEPTION_HANDLERS: dict[type[Exception] | int, Any] = {
    AppError: answer_app_error,
    ValidationException: answer_validation,
    HTTPException: answer_http,
    Exception: answer_unexpected,
}


def _respond(
    error: AppError, lang: str = "en", headers: Mapping[str, str] | None = None
) -> Response[Problem]:
    kind = KINDS[error.code]
    wait = {} if kind.retry_after_s is None else {"Retry-After": str(kind.retry_after_s)}
    return Response(
        problem_document(error, lang),
        status_code=kind.status,
        media_type=MEDIA_TYPE,
        headers={**(headers or {}), **wait},
    )


def _default_detail(error: AppError, title: str) -> str:
    """The title, and the service that is to blame where there is one."""
    service = error.details.get("service")
    return title if service is None else f"{title}: {service}"


def _refusal(request: Request[Any, Any, Any], error: HTTPException) -> AppError:
    """Our error for one of the framework."""
    path = request.scope["path"]
    match error.status_code:
        case 404:
            templates = [route.path_format for route in request.app.routes]
            near = nearest_route(path, [each for each in templates if each not in _UNNAMED])
            hint = f" Did you mean {near}?" if near else " GET / lists the routes."
            shown = without_secrets(path)[:_SHOWN]
            return RouteNotFoundError(f"There is no route {shown}.{hint}")
        case 405:
            return MethodNotAllowedError(
                f"{request.scope['method'][:_SHOWN]} is not allowed here; "
                "the header Allow names the methods that are."
            )
        case 413:
            return BodyTooLargeError("The body is larger than this route takes.")
        case status if status < 500:  # noqa: PLR2004  # the caller's fault
            return InvalidRequestError(error.detail)
        case _:
            return AppError()


def _reasons(request: Request[Any, Any, Any], error: ValidationException) -> Iterator[str]:
    """Each fault that the framework found, in our words."""
    if found := _MISSING.match(error.detail):
        yield f"{found['name']}: missing"
    items = error.extra if isinstance(error.extra, list) else []
    for item in cast("list[dict[str, object]]", items):
        name = str(item.get("key", "body"))
        if name == "data":
            yield "body: missing"
        else:
            yield explain_message(str(item.get("message", "")), _annotation(request, name), name)


def _annotation(request: Request[Any, Any, Any], name: str) -> Any:  # noqa: ANN401  # as it says
    """What a parameter of the handler, or of what it depends on, is declared as."""
    handler: Any = request.scope["route_handler"]
    pending, seen = [handler.parsed_fn_signature], set[str]()
    providers = handler.resolve_dependencies()
    while pending:
        for key, field in pending.pop().parameters.items():
            if name in {key, getattr(field.kwarg_definition, "name", None)}:
                return field.annotation
            if key in providers and key not in seen:
                seen.add(key)
                pending.append(providers[key].parsed_fn_signature)
    return Any


def _lang(request: Request[Any, Any, Any]) -> str:
    # An unknown path has no handler, though the type says otherwise.
    opt = getattr(request.scope.get("route_handler"), "opt", {})
    return str(opt.get("lang", "en"))
