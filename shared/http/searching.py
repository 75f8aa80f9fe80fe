"""The text of a search as a query parameter: the same on both hops."""

from typing import Annotated, Final

from litestar.di import Provide
from litestar.params import QueryParameter

from shared.contracts.search import MAX_QUERY
from shared.http.parameters import require_words


def provide_query(*, q: Annotated[str, QueryParameter(min_length=1, max_length=MAX_QUERY)]) -> str:
    """Read what was typed.

    Raises:
        InvalidRequestError: there is no letter or digit in it.
    """
    return require_words("q", q)


QUERY: Final = {"search_text": Provide(provide_query, sync_to_thread=False)}
