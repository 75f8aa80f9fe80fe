"""What can go wrong: a problem that the service names, or no answer at all."""

from typing import Final

import msgspec

from butaca_client.answers.titles import TitleCandidate


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem document (RFC 9457), as far as the service's has it."""

    status: int
    code: str
    title: str
    detail: str
    type: str = "about:blank"
    request_id: str | None = None
    suggestions: list[str] | None = None
    service: str | None = None
    parameter: str | None = None
    candidates: list[TitleCandidate] | None = None


class ButacaError(Exception):
    """Base of everything that the client raises.

    `status` is None where no answer came. `code` is stable, `detail` is fit to be read;
    `suggestions` are near titles or names, `candidates` the films that a title may mean.
    `retry_after_s` is how long the service asks to wait, where it does.
    """

    def __init__(self, problem: Problem, retry_after_s: float | None = None) -> None:
        """Keep what the problem says."""
        super().__init__(_sentence(problem))
        self.problem = problem
        self.retry_after_s = retry_after_s
        self.status = problem.status or None
        self.code = problem.code
        self.title = problem.title
        self.detail = problem.detail
        self.suggestions = problem.suggestions or []
        self.candidates = problem.candidates or []
        self.request_id = problem.request_id

    def __reduce__(self) -> tuple[type["ButacaError"], tuple[Problem, float | None]]:
        """Let it cross to another process."""
        return type(self), (self.problem, self.retry_after_s)


class InvalidRequestError(ButacaError):
    """An argument breaks its bounds, or is not known."""


class ForbiddenError(ButacaError):
    """The role of the key is too low, or there are no keys."""


class UnauthenticatedError(ForbiddenError):
    """The key is missing, unknown, revoked or has expired."""


class NotFoundError(ButacaError):
    """There is no such movie, person, title, release or job; see `suggestions`."""


class ConflictError(ButacaError):
    """What was asked for cannot be done as things stand."""


class AmbiguousError(ConflictError):
    """A title that several films share; see `candidates`."""


class RateLimitedError(ButacaError):
    """The limit of requests is reached: see `retry_after_s`."""


class UnavailableError(ButacaError):
    """The service, or something behind it, is away or has no release yet: try again later."""


class TimedOutError(UnavailableError):
    """No answer came in time."""


class UnexpectedAnswerError(ButacaError):
    """What came is no answer of the service: another server, or an older client."""


_KINDS: Final[dict[int, type[ButacaError]]] = {
    400: InvalidRequestError,
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    405: InvalidRequestError,
    408: TimedOutError,
    409: ConflictError,
    413: InvalidRequestError,
    414: InvalidRequestError,
    415: InvalidRequestError,
    422: InvalidRequestError,
    429: RateLimitedError,
    431: InvalidRequestError,
    502: UnavailableError,
    503: UnavailableError,
    504: TimedOutError,
}
_SHOWN: Final = 5
AMBIGUOUS: Final = "title_ambiguous"


def error_of(
    status: int, body: bytes, request_id: str | None, retry_after_s: float | None
) -> ButacaError:
    """Return the error that an answer with this status means."""
    try:
        problem = msgspec.json.decode(body, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = body[:200].decode("utf-8", "replace")
        problem = Problem(status=status, code="unknown", title=f"HTTP {status}", detail=text)
    if problem.request_id is None:
        problem = msgspec.structs.replace(problem, request_id=request_id)
    kind = AmbiguousError if problem.code == AMBIGUOUS else _KINDS.get(status, ButacaError)
    return kind(problem, retry_after_s)


def problem_error(body: bytes) -> ButacaError:
    """Return the error of a problem document that came within an answer."""
    try:
        status = msgspec.json.decode(body, type=Problem).status
    except (msgspec.DecodeError, UnicodeDecodeError):
        status = 0
    return error_of(status, body, None, None)


def no_answer(kind: type[ButacaError], code: str, detail: str) -> ButacaError:
    """Return the error of a request that got no answer, or none that makes sense."""
    return kind(Problem(status=0, code=code, title="No answer", detail=detail))


def _sentence(problem: Problem) -> str:
    """Code, detail, and the nearest names or films."""
    names = problem.suggestions or []
    if problem.candidates:
        names = [f"{each.title} ({each.year}, id {each.id})" for each in problem.candidates]
    sentence = f"{problem.code}: {problem.detail or problem.title}"
    return f"{sentence} Perhaps: {', '.join(names[:_SHOWN])}" if names else sentence
