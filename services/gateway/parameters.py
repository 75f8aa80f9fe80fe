"""Query parameters, checked before a handler runs: unknown, repeated, missing or unusable ones."""

from typing import Any

from litestar import Request

from shared.http.parameters import refuse_unusable_parameters, require_text
from shared.http.problems import SPANISH


def question_opt(argument: str) -> dict[str, Any]:
    """Return the `opt` of a Spanish question with one argument."""
    return {**SPANISH, "argument": argument}


async def check_parameters(request: Request[Any, Any, Any]) -> None:
    """Run before each request (Litestar's `before_request`).

    Raises:
        UnknownParameterError: with the nearest known name.
        InvalidRequestError: the argument is missing, blank, overlong or given twice.
    """
    await refuse_unusable_parameters(request)
    argument: str | None = request.route_handler.opt.get("argument")
    if argument is not None:
        require_text(argument, request.query_params.get(argument, ""))
