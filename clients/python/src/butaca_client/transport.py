"""Requests to one service: pooled connections, retries, tags, and problems as errors."""

import datetime as dt
import os
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import BinaryIO, Final, NamedTuple

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from butaca_client.errors import (
    TimedOutError,
    UnavailableError,
    UnexpectedAnswerError,
    error_of,
    no_answer,
)
from butaca_client.kept import KeptAnswer, KeptAnswers
from butaca_client.waiting import LONGEST_WAIT_S, backoff_s, retry_after_s

# Longer than the service itself gives an answer, so that its own words arrive.
USUAL_TIMEOUT_S: Final = 15.0
SLOW_TIMEOUT_S: Final = 90.0
CONNECT_TIMEOUT_S: Final = 5.0
MOST_CONNECTIONS: Final = 16
RETRIED: Final = frozenset({429, 502, 503, 504})
_OK: Final = frozenset({200, 201, 202, 204})


class Question(NamedTuple):
    """A request; `is_repeatable` where asking twice is as good as once.

    A body is JSON, or a file that is sent as it is. `least_s` is for how long nothing may come.
    """

    method: str
    target: str
    body: bytes | BinaryIO | None = None
    is_repeatable: bool = True
    is_slow: bool = False
    accepted: frozenset[int] = _OK
    headers: Mapping[str, str] = MappingProxyType({})
    least_s: float = 0.0


class Transport:
    """Sends questions; may be used from several threads."""

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        timeout_s: float | None,
        retries: int,
        keep: int,
    ) -> None:
        """Use the service at `url`."""
        self.url = url.rstrip("/")
        self._headers = dict(headers)
        self._timeout_s = timeout_s
        self._retries = retries
        self._kept = KeptAnswers(keep)
        self._pool = urllib3.PoolManager(maxsize=MOST_CONNECTIONS, retries=False)

    def close(self) -> None:
        """Close the connections; a later question opens new ones."""
        self._pool.clear()

    def ask(self, question: Question) -> bytes:
        """Return the body of the answer.

        Raises:
            ButacaError: the service names a problem, or does not answer.
        """
        kept = self._kept.find(question.target) if question.method == "GET" else None
        response = self._persist(question, kept)
        if response.status == 304 and kept is not None:  # noqa: PLR2004  # HTTP
            return kept.body
        _check(question, response)
        tag = response.headers.get("ETag")
        if tag is not None and question.method == "GET":
            self._kept.keep(question.target, KeptAnswer(tag, response.data))
        return response.data

    @contextmanager
    def open(self, question: Question) -> Generator[urllib3.BaseHTTPResponse]:
        """Give an answer whose body is still to come, within the block.

        Raises:
            ButacaError: the service names a problem, does not answer, or breaks off.
        """
        response = self._persist(question, None, is_streamed=True)
        try:
            _check(question, response)
            yield response
        except HTTPError as error:
            raise self._no_answer(question, error) from error
        finally:
            # The rest may be long: the connection is not used again.
            response.close()

    def _persist(
        self, question: Question, kept: KeptAnswer | None, *, is_streamed: bool = False
    ) -> urllib3.BaseHTTPResponse:
        """Try until there is an answer worth having, as often as is allowed and sensible."""
        attempt = 0
        while True:
            is_last = attempt == self._retries
            wait_s = backoff_s(attempt)
            try:
                response = self._send(question, kept, is_streamed=is_streamed)
            except HTTPError as error:
                if is_last or not _may_repeat(question, error):
                    raise self._no_answer(question, error) from error
            else:
                wait_s = _wanted_wait_s(response) or wait_s
                is_away = response.status in RETRIED - question.accepted
                is_worth_it = question.is_repeatable and wait_s <= LONGEST_WAIT_S
                if is_last or not is_away or not is_worth_it:
                    return response
                response.close()
            time.sleep(wait_s)
            attempt += 1

    def _send(
        self, question: Question, kept: KeptAnswer | None, *, is_streamed: bool
    ) -> urllib3.BaseHTTPResponse:
        headers = {**self._headers, **_content_headers(question.body), **question.headers}
        if kept is not None:
            headers["If-None-Match"] = kept.tag
        if is_streamed:
            # Packed, it would come in other pieces than it is sent in.
            headers["Accept-Encoding"] = "identity"
        usual_s = SLOW_TIMEOUT_S if question.is_slow else USUAL_TIMEOUT_S
        timeout_s = usual_s if self._timeout_s is None else self._timeout_s
        timeout_s = max(timeout_s, question.least_s)
        # A service that is busy storing a file may not read on for a while.
        is_file = not isinstance(question.body, bytes | None)
        connect_s = timeout_s if is_file else min(timeout_s, CONNECT_TIMEOUT_S)
        return self._pool.request(
            question.method,
            self.url + question.target,
            body=question.body,
            headers=headers,
            redirect=False,
            preload_content=not is_streamed,
            timeout=urllib3.Timeout(connect=connect_s, read=timeout_s),
        )

    def _no_answer(self, question: Question, error: HTTPError) -> Exception:
        what = f"{question.method} {question.target.partition('?')[0]}"
        is_timeout = isinstance(error, urllib3.exceptions.TimeoutError)
        if is_timeout and not isinstance(error, NewConnectionError):
            return no_answer(TimedOutError, "timeout", f"{what}: {self.url} is too slow.")
        if isinstance(error, urllib3.exceptions.DecodeError):
            return no_answer(UnexpectedAnswerError, "unexpected_answer", f"{what}: {error}")
        return no_answer(UnavailableError, "unreachable", f"{what}: {self.url}: {error}")


def _check(question: Question, response: urllib3.BaseHTTPResponse) -> None:
    """Refuse an answer that is none of those wanted."""
    if response.status not in question.accepted:
        raise error_of(
            response.status,
            response.data,
            response.headers.get("X-Request-Id"),
            _wanted_wait_s(response),
        )


def _content_headers(body: bytes | BinaryIO | None) -> dict[str, str]:
    """What a body says of itself; of a file also how long it is, so that it is sent as one."""
    if body is None:
        return {}
    if isinstance(body, bytes):
        return {"Content-Type": "application/json"}
    size_bytes = os.fstat(body.fileno()).st_size
    return {"Content-Type": "application/octet-stream", "Content-Length": str(size_bytes)}


def _may_repeat(question: Question, error: HTTPError) -> bool:
    """Whether to try again: nothing was sent yet, or a connection broke and twice is as good."""
    if isinstance(error, ConnectTimeoutError):
        return True
    return question.is_repeatable and isinstance(error, urllib3.exceptions.ProtocolError)


def _wanted_wait_s(response: urllib3.BaseHTTPResponse) -> float | None:
    return retry_after_s(response.headers.get("Retry-After"), dt.datetime.now(dt.UTC))
