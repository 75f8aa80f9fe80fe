"""The configured sources: a name for each folder or `https://` address a build may take."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from shared.errors import SettingsError, SourceUnknownError

SETTING: Final = "BUTACA_WORKER_SOURCES"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_REMOTE: Final = "https://"


def parse_places(text: str) -> dict[str, str]:
    """Read a comma list of `name=folder` or `name=https://address/of/a/folder/`.

    Raises:
        SettingsError: a name is none or is given twice, or an address is neither. The message
            never shows an address, which may hold a password.
    """
    places: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, place = (each.strip() for each in part.partition("="))
        if not _NAME.fullmatch(name) or not place:
            raise SettingsError(
                f"{SETTING}: write name=folder or name=https://…, with a name of small letters, "
                "digits, - and _"
            )
        if name in places:
            raise SettingsError(f"{SETTING}: the name {name} is given twice")
        _require_usable(name, place)
        places[name] = place
    return places


def is_remote(place: str) -> bool:
    """Tell whether a place is an address and not a folder."""
    return place.startswith(_REMOTE)


def require_place(places: Mapping[str, str], name: str) -> str:
    """Return the place of a name.

    Raises:
        SourceUnknownError: there is none.
    """
    if name not in places:
        known = ", ".join(places) or "none"
        raise SourceUnknownError(f"{SETTING} names no source {name}; known: {known}.")
    return places[name]


def local_folder(place: str) -> Path | None:
    """Return the folder of a place, None for an address."""
    return None if is_remote(place) else Path(place)


def _require_usable(name: str, place: str) -> None:
    if not is_remote(place):
        if _SCHEME.match(place):
            raise SettingsError(f"{SETTING}: {name} must be a folder or an https:// address")
        return
    try:
        address = urlsplit(place)
        is_usable = bool(address.hostname) and (address.port is None or address.port > 0)
    except ValueError as error:
        raise SettingsError(f"{SETTING}: the address of {name} is not valid") from error
    if not is_usable or address.query or address.fragment:
        raise SettingsError(f"{SETTING}: the address of {name} must be https://host/folder/")
