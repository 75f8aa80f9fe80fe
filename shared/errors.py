"""Every condition the product reports, as an exception with a stable code.

Knows no HTTP: the status of each code lives in `shared.http.problems`.
"""

from typing import ClassVar


class AppError(Exception):
    """Base of all expected failures.

    `message` is fit for the caller of the API; `details` are extra members of the problem
    document (suggestions, places in a file), JSON-encodable.
    """

    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str = "", **details: object) -> None:
        """Keep the caller's message and the extra members."""
        super().__init__(message)
        self.message = message
        self.details = details


class InvalidRequestError(AppError):
    """A parameter or body breaks its declared bounds."""

    code = "invalid_request"


class UnknownParameterError(AppError):
    """A query parameter that the route does not have."""

    code = "unknown_parameter"


class RouteNotFoundError(AppError):
    """No route has this path."""

    code = "route_not_found"


class MethodNotAllowedError(AppError):
    """The route does not know this method."""

    code = "method_not_allowed"


class InvalidBodyError(AppError):
    """The body of a request is no JSON, no UTF-8, or nested too deeply."""

    code = "invalid_body"


class BodyTooLargeError(AppError):
    """The body of a request is larger than its route takes."""

    code = "body_too_large"


class UnsupportedMediaTypeError(AppError):
    """The body of a request says that it is something else than JSON."""

    code = "unsupported_media_type"


class UnknownMonthError(AppError):
    """No month has this name or number."""

    code = "unknown_month"


class UnknownWeekdayError(AppError):
    """No weekday has this name or number."""

    code = "unknown_weekday"


class TitleNotFoundError(AppError):
    """No movie of the catalogue has this title."""

    code = "title_not_found"


class TitleAmbiguousError(AppError):
    """Several movies of the catalogue may be meant by this title."""

    code = "title_ambiguous"


class PersonNotFoundError(AppError):
    """Nobody of this name acts in or directs a movie of the catalogue."""

    code = "person_not_found"


class MovieNotFoundError(AppError):
    """No movie of the catalogue has this id."""

    code = "movie_not_found"


class InvalidCursorError(AppError):
    """The cursor of a page is none of ours, or one of a list in another order."""

    code = "invalid_cursor"


class ReleaseNotFoundError(AppError):
    """No release of this number is stored."""

    code = "release_not_found"


class ArtifactNotFoundError(AppError):
    """The release, made by an older version, does not carry what was asked for."""

    code = "artifact_not_found"


class JobNotFoundError(AppError):
    """No job has this id, or its result has expired."""

    code = "job_not_found"


class JobEndedError(AppError):
    """The job has ended, so it cannot be cancelled."""

    code = "job_ended"


class JobNotEndedError(AppError):
    """The job has not failed or been cancelled, so it cannot be tried again."""

    code = "job_not_ended"


class JobConflictError(AppError):
    """The job under way would not give what is asked for."""

    code = "job_conflict"


class IdempotencyConflictError(AppError):
    """The idempotency key was used for another request."""

    code = "idempotency_conflict"


class SourceUnknownError(AppError):
    """The worker's settings name no source like this."""

    code = "source_unknown"


class UnauthenticatedError(AppError):
    """The route needs a key, and none was sent, or one that is not known."""

    code = "unauthenticated"


class OpsForbiddenError(AppError):
    """The key's role is too low for the route, or the ops routes are closed."""

    code = "ops_forbidden"


class KeyNotFoundError(AppError):
    """No API key has this id."""

    code = "key_not_found"


class RateLimitedError(AppError):
    """The caller asks more often than its limit allows."""

    code = "rate_limited"


class OverloadedError(AppError):
    """More requests are being served than the gateway takes at once."""

    code = "overloaded"


class HostNotAllowedError(AppError):
    """The header Host names none of the allowed hosts."""

    code = "host_not_allowed"


class UriTooLongError(AppError):
    """Path and query are longer than the gateway takes."""

    code = "uri_too_long"


class RequestTimeoutError(AppError):
    """The request did not arrive whole before its deadline."""

    code = "request_timeout"


class IndexNotReadyError(AppError):
    """No release has been loaded yet."""

    code = "index_not_ready"


class TextSearchUnavailableError(AppError):
    """Texts cannot be compared: the encoder is missing, broken or not loaded yet."""

    code = "text_search_unavailable"


class UpstreamUnavailableError(AppError):
    """A service behind the gateway refused the connection or broke it."""

    code = "upstream_unavailable"


class UpstreamTimeoutError(AppError):
    """A service behind the gateway did not answer before the deadline."""

    code = "upstream_timeout"


class StoreUnavailableError(AppError):
    """Redis does not answer."""

    code = "store_unavailable"


class SettingsError(AppError):
    """A setting is missing, unknown or of the wrong type."""

    code = "settings_invalid"


class ReleaseCorruptError(AppError):
    """A manifest, chunk or artifact is missing, truncated or altered."""

    code = "release_corrupt"


class ReleaseSchemaError(AppError):
    """The release was written by a newer version of the product."""

    code = "release_schema_unsupported"


class ReleaseRefusedError(AppError):
    """The release may not go live: fenced, incomplete, or stopped by the gate."""

    code = "release_refused"


class ReleaseConflictError(AppError):
    """Another release of this number is stored, so this one cannot be imported."""

    code = "release_conflict"


class ImportInvalidError(AppError):
    """The file is no exported release, or it is damaged, cut short or not signed by our key."""

    code = "import_invalid"


class SourceError(AppError):
    """The input folder cannot become a catalogue: missing file or column, too many bad rows."""

    code = "source_invalid"


class ModelError(AppError):
    """The embedding model is missing or its weights are not the ones expected."""

    code = "model_invalid"


class JobForbiddenError(AppError):
    """A queue message names a function that is not on the allow-list."""

    code = "job_forbidden"
