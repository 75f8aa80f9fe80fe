"""The client: one object with a method for each route."""

from importlib.metadata import version
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from butaca_client.arguments import Lang
from butaca_client.calls.finding import FindingCalls
from butaca_client.calls.jobs import JobCalls
from butaca_client.calls.keys import KeyCalls
from butaca_client.calls.movies import MovieCalls
from butaca_client.calls.people import PeopleCalls
from butaca_client.calls.questions import QuestionCalls
from butaca_client.calls.recommendations import RecommendationCalls
from butaca_client.calls.releases import ReleaseCalls
from butaca_client.calls.stored import StoredCalls
from butaca_client.transport import Transport

USER_AGENT: Final = f"butaca-client/{version('butaca-client')}"


class Butaca(
    MovieCalls,
    FindingCalls,
    PeopleCalls,
    RecommendationCalls,
    QuestionCalls,
    ReleaseCalls,
    StoredCalls,
    JobCalls,
    KeyCalls,
):
    """A Butaca service; may be used from several threads, and as a context manager.

    Every method raises `ButacaError`, or a kind of it, where there is no answer.
    """

    def __init__(  # noqa: PLR0913  # all but the first by name
        self,
        url: str,
        *,
        api_key: str | None = None,
        lang: Lang | None = None,
        timeout_s: float | None = None,
        retries: int = 2,
        keep: int = 64,
    ) -> None:
        """Use the service at `url`; nothing is sent yet.

        `api_key` is a key of the role (read, operator, admin) that the calls need. `lang` is the
        language of reasons and labels, unless a call says otherwise. `timeout_s` bounds one
        attempt; without it, each call waits a little longer than the service itself would.
        `retries` is how often to try again where the service is away or the limit is reached,
        `keep` how many answers to keep with their tags.

        Raises:
            ValueError: `url` is no address, or a number is out of its bounds.
        """
        _check_address(url)
        if retries < 0 or keep < 0 or (timeout_s is not None and timeout_s <= 0):
            raise ValueError("retries and keep are 0 or more, timeout_s is above 0")
        headers = {"Accept-Encoding": "gzip", "User-Agent": USER_AGENT}
        if api_key is not None:
            if not api_key.isascii() or not api_key.isprintable():
                raise ValueError("api_key is no key: it goes into a header as it is")
            headers["X-API-Key"] = api_key
        if lang is not None:
            headers["Accept-Language"] = lang
        transport = Transport(
            url, headers=headers, timeout_s=timeout_s, retries=retries, keep=keep
        )
        super().__init__(transport)

    def __repr__(self) -> str:
        """Name the service, and never the key."""
        return f"Butaca({self._transport.url!r})"

    def __enter__(self) -> Self:
        """Use the client until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections; the client can still be used, and opens new ones."""
        self._transport.close()


def _check_address(url: str) -> None:
    """Refuse what is no address, and one with a password: addresses are shown."""
    parts = urlsplit(url)
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_plain:
        raise ValueError(
            f"no address of a service such as http://localhost:8000: {parts.scheme}://"
            f"{parts.netloc.rpartition('@')[2]}"
        )
