"""Errors to RFC 9457 problem documents: the one table of statuses, and Litestar's handlers."""

from http import HTTPStatus
from typing import Any, NamedTuple

from litestar import Request, Response
from litestar.exceptions import ClientException, HTTPException, ValidationException

from shared.errors import AppError
from shared.http.request_id import current_request_id
from shared.telemetry import log

MEDIA_TYPE = "application/problem+json"
# Handlers of the Spanish routes carry this in their `opt`.
SPANISH = {"lang": "es"}

Problem = dict[str, object]


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
    "unknown_month": Kind(400, "Unknown month", "Mes desconocido"),
    "unknown_weekday": Kind(400, "Unknown weekday", "Día desconocido"),
    "title_not_found": Kind(404, "Title not found", "Título no encontrado"),
    "person_not_found": Kind(404, "Person not found", "Persona no encontrada"),
    "movie_not_found": Kind(404, "Movie not found", "Película no encontrada"),
    "release_not_found": Kind(404, "Release not found", "Publicación no encontrada"),
    "artifact_not_found": Kind(404, "Not in this release", "No está en esta publicación"),
    "job_not_found": Kind(404, "Job not found", "Tarea no encontrada"),
    "ops_forbidden": Kind(403, "Forbidden", "Prohibido"),
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
        "detail": error.message or title,
        "code": error.code,
        "request_id": current_request_id(),
        **error.details,
    }


def answer_app_error(request: Request[Any, Any, Any], error: AppError) -> Response[Problem]:
    """Answer an expected failure with the status of its code."""
    kind = KINDS[error.code]
    headers = {} if kind.retry_after_s is None else {"Retry-After": str(kind.retry_after_s)}
    return _respond(problem_document(error, _lang(request)), headers)


def answer_validation(
    request: Request[Any, Any, Any], error: ValidationException
) -> Response[Problem]:
    """Answer a parameter or body that breaks its bounds, naming each."""
    lang, kind = _lang(request), KINDS["invalid_request"]
    found = error.extra if isinstance(error.extra, list) else []
    reasons = [
        f"{item.get('key', 'body')}: {item.get('message', '')}"
        for item in found
        if isinstance(item, dict)
    ]
    return _respond(
        {
            "type": "urn:butaca:problem:invalid_request",
            "title": kind.titulo if lang == "es" else kind.title,
            "status": error.status_code,
            "detail": "; ".join(reasons) or error.detail,
            "code": "invalid_request",
            "request_id": current_request_id(),
        }
    )


def answer_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """Answer what the framework refuses: unknown route, method, body too large."""
    status = HTTPStatus(error.status_code)
    return _respond(
        {
            "type": "about:blank",
            "title": status.phrase,
            "status": int(status),
            "detail": error.detail,
            "code": status.name.lower(),
            "request_id": current_request_id(),
        },
        dict(error.headers or {}),
    )


def answer_unreadable(request: Request[Any, Any, Any], _: Exception) -> Response[Problem]:
    """Answer a body that the decoder gives up on with an error of its own."""
    detail = "The body is not JSON in UTF-8, or is nested too deeply."
    return answer_http(request, ClientException(detail))


def answer_unexpected(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Answer a bare 500; the traceback goes to the log only."""
    log().error("unexpected_error", exc_info=error)
    return _respond(problem_document(AppError()))


# For routes that read a body and do nothing else that could raise these.
BODY_HANDLERS: dict[type[Exception] | int, Any] = {
    UnicodeDecodeError: answer_unreadable,
    RecursionError: answer_unreadable,
}
EXCEPTION_HANDLERS: dict[type[Exception] | int, Any] = {
    AppError: answer_app_error,
    ValidationException: answer_validation,
    HTTPException: answer_http,
    Exception: answer_unexpected,
}


def _respond(body: Problem, headers: dict[str, str] | None = None) -> Response[Problem]:
    return Response(
        body, status_code=int(str(body["status"])), media_type=MEDIA_TYPE, headers=headers
    )


def _lang(request: Request[Any, Any, Any]) -> str:
    # An unknown path has no handler, though the type says otherwise.
    opt = getattr(request.scope.get("route_handler"), "opt", {})
    return str(opt.get("lang", "en"))
