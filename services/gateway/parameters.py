"""Query parameters, checked before a handler runs: unknown, repeated, missing or unusable ones."""

from typing import Any

from litestar import Request

from shared.errors import InvalidRequestError
from shared.http.parameters import refuse_unknown_parameters, require_text
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
    await refuse_unknown_parameters(request)
    argument: str | None = request.route_handler.opt.get("argument")
    if argument is not None:
        given: list[str] = request.query_params.getall(argument, [])
        if len(given) > 1:
            raise InvalidRequestError(
                f"El parámetro «{argument}» se ha dado más de una vez: "
                f"póngalo en la ruta o en «?{argument}=», no en ambas.",
                parameter=argument,
            )
        require_text(argument, given[0] if given else "")
