"""Addresses: which ones are taken, and how an id stands in a path."""

from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from cli.errors import CommandError


def require_address(url: str) -> None:
    """Refuse what is no address of a gateway, without showing a password that stands in it.

    Raises:
        CommandError: it is none.
    """
    if not _is_address(url):
        shown = url.rpartition("@")[2]
        raise CommandError(f"{shown} is no http address such as http://127.0.0.1:8000.")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_reachable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets, or a port out of range
        return False
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    return parts.scheme in {"http", "https"} and is_reachable and is_plain


def is_of_this_machine(url: str) -> bool:
    """Whether what is sent to this address stays on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        address = ip_address(host)
    except ValueError:  # a name
        return host == "localhost"
    return address.is_loopback or address.is_unspecified


def path_part(name: str) -> str:
    """Return an id as one part of a path.

    Raises:
        CommandError: it is empty, and the path would be that of another route.
    """
    if not name:
        raise CommandError("An id is needed: `butaca jobs` and `butaca keys` show them.")
    # A part of dots alone would be taken out of the path, and what stands before it too.
    return quote(name, safe="") if name.strip(".") else name.replace(".", "%2E")
