"""Bodies of requests: JSON by the contract of the route, strictly, each fault in our words."""

from typing import Any, Final

import msgspec
from litestar import Request

from shared.errors import InvalidBodyError, InvalidRequestError, UnsupportedMediaTypeError
from shared.http.wording import explain

JSON: Final = "application/json"


class StrictRequest(Request[Any, Any, Any]):
    """A request whose body becomes the contract at once, so that no text passes for a number."""

    async def json(self) -> Any:  # noqa: ANN401  # as the base has it
        """Return the body as what the handler takes.

        Raises:
            UnsupportedMediaTypeError: it says that it is something else than JSON.
            InvalidBodyError: it cannot be read.
            InvalidRequestError: it breaks the contract.
        """
        require_json(self.headers.get("content-type", JSON))
        field: Any = self.route_handler.parsed_data_field
        return decode_body(await self.body(), field.annotation if field else Any)


def require_json(content_type: str) -> None:
    """Check the media type of a body.

    Raises:
        UnsupportedMediaTypeError: it is not JSON in UTF-8.
    """
    media_type, *parameters = content_type.split(";")
    named = (each.strip().partition("=") for each in parameters)
    charsets = [value.strip('" ') for name, _, value in named if name.lower() == "charset"]
    is_utf8 = all(each.lower() in {"utf-8", "utf8"} for each in charsets)
    if media_type.strip().lower() != JSON or not is_utf8:
        raise UnsupportedMediaTypeError(
            f"Send the body as {JSON} in UTF-8, not as {content_type[:100]}."
        )


def decode_body(body: bytes, kind: Any) -> Any:  # noqa: ANN401  # any contract
    """Decode JSON as `kind`.

    Raises:
        InvalidBodyError: it is no JSON, no UTF-8, or nested too deeply.
        InvalidRequestError: it breaks the contract; the message names the field.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise InvalidRequestError(explain(error, kind)) from error
    except msgspec.DecodeError as error:
        raise InvalidBodyError(f"The body is not JSON: {error}.") from error
    except UnicodeDecodeError as error:
        raise InvalidBodyError("The body is not UTF-8.") from error
    except RecursionError as error:
        raise InvalidBodyError("The body is nested too deeply.") from error
