"""Query parameters: unknown, repeated and null ones are refused, and texts have bounds."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from litestar import Request
from litestar._kwargs.parameter_definition import ParameterDefinition
from litestar.handlers import HTTPRouteHandler

from shared.errors import InvalidRequestError, UnknownParameterError
from shared.http.nearest import nearest
from shared.redaction import without_secrets

MAX_TEXT_LENGTH = 500


async def refuse_unusable_parameters(request: Request[Any, Any, Any]) -> None:
    """Run before each request (Litestar's `before_request`).

    Raises:
        UnknownParameterError: the query string has a parameter that the route has not.
        InvalidRequestError: a parameter with one value has several, or one is given as null,
            which the decoder would take for absent.
    """
    if not request.scope["query_string"]:
        return
    handler: Any = request.scope["route_handler"]
    known = _known_parameters(handler, tuple(request.path_params))
    is_spanish = handler.opt.get("lang") == "es"
    for name, values in request.query_params.dict().items():
        parameter = known.get(name)
        if parameter is None:
            raise _unknown(name, known, is_spanish=is_spanish)
        if len(values) > 1 and not parameter.is_sequence:
            raise _repeated(name, is_spanish=is_spanish)
        is_optional = parameter.default is None and not parameter.is_required
        if is_optional and any(each.casefold() == "null" for each in values):
            raise InvalidRequestError(f"{name}: must not be null; leave it out.", parameter=name)


def require_text(name: str, text: str) -> str:
    """Return `text`, the argument of a Spanish route.

    Raises:
        InvalidRequestError: it is blank or longer than 500 characters.
    """
    if not text.strip():
        raise InvalidRequestError(f"Falta el parámetro «{name}» o está vacío.", parameter=name)
    if len(text) > MAX_TEXT_LENGTH:
        raise InvalidRequestError(
            f"El parámetro «{name}» tiene más de {MAX_TEXT_LENGTH} caracteres.", parameter=name
        )
    return text


def require_words(name: str, text: str) -> str:
    """Return `text`, what somebody typed, with one space between its words.

    Raises:
        InvalidRequestError: there is no letter or digit in it.
    """
    if not any(char.isalnum() for char in text):
        raise InvalidRequestError(f"{name}: there is no letter or digit in it.", parameter=name)
    return " ".join(text.split())


@cache
def _known_parameters(
    handler: HTTPRouteHandler, path_names: tuple[str, ...]
) -> Mapping[str, ParameterDefinition]:
    """Query parameters of a handler and of what it depends on, by name."""
    path_parameters: Any = dict.fromkeys(path_names)
    model = handler.create_kwargs_model(path_parameters=path_parameters)
    return {parameter.field_alias: parameter for parameter in model.expected_query_params}


def _repeated(name: str, *, is_spanish: bool) -> InvalidRequestError:
    if is_spanish:
        message = f"El parámetro «{name}» se ha dado más de una vez: dé uno solo."
    else:
        message = f"{name}: is given more than once; it takes one value."
    return InvalidRequestError(message, parameter=name)


def _unknown(name: str, known: Collection[str], *, is_spanish: bool) -> UnknownParameterError:
    """Name the parameter and the nearest one of the route, or else all of them."""
    shown, close = without_secrets(name)[:50], nearest(name, known)
    named = sorted(known) if close is None else [close]
    listed = ", ".join(f"«{each}»" if is_spanish else f"'{each}'" for each in named)
    if is_spanish:
        near, all_known, none = (
            "¿Quiso decir {}?",
            "Los que hay: {}.",
            "Esta ruta no tiene ninguno.",
        )
        message = f"Parámetro desconocido: «{shown}»."
    else:
        near, all_known, none = "Did you mean {}?", "Known: {}.", "This route has none."
        message = f"Unknown parameter '{shown}'."
    hint = none if not named else (all_known if close is None else near).format(listed)
    return UnknownParameterError(f"{message} {hint}", parameter=shown, suggestions=named)
