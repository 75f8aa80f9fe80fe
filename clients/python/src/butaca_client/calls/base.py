"""The base of the families: one question, one decoded answer."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from butaca_client.arguments import encode_body, query_string
from butaca_client.errors import UnexpectedAnswerError, no_answer
from butaca_client.transport import Question, Transport

T = TypeVar("T")


class Calls:
    """Asks through one transport."""

    def __init__(self, transport: Transport) -> None:
        """Use `transport`."""
        self._transport = transport

    def _get(self, kind: type[T], path: str, /, **query: object) -> T:
        return decode(kind, path, self._transport.ask(Question("GET", target_of(path, query))))

    def _post(
        self,
        kind: type[T],
        target: str,
        body: Mapping[str, object],
        /,
        *,
        is_slow: bool = False,
    ) -> T:
        """Ask a question that is put in a body, and changes nothing."""
        question = Question("POST", target, encode_body(body), is_slow=is_slow)
        return decode(kind, target, self._transport.ask(question))


def target_of(path: str, query: Mapping[str, object]) -> str:
    """Path and query, encoded."""
    encoded = query_string(query)
    return f"{path}?{encoded}" if encoded else path


def decode(kind: type[T], path: str, body: bytes) -> T:
    """Decode an answer.

    Raises:
        UnexpectedAnswerError: it is not what this version of the client knows.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise no_answer(UnexpectedAnswerError, "unexpected_answer", f"{path}: {error}") from error
