"""Texts of the typed API that must say something."""

from shared.errors import InvalidRequestError


def require_words(name: str, text: str) -> str:
    """Return `text`, the value of the parameter `name`.

    Raises:
        InvalidRequestError: it is blank.
    """
    if not text.strip():
        raise InvalidRequestError(f"{name}: it is blank.", parameter=name)
    return text
