"""Read a frozen settings struct from environment variables, once, at a composition root."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, get_origin

import msgspec

from shared.errors import SettingsError

SIGNING_KEY_FILE: Final = "BUTACA_SIGNING_KEY_FILE"
MIN_SIGNING_KEY_BYTES: Final = 16
KEEP_RELEASES: Final = 3
MAX_KEEP_RELEASES: Final = 50

T = TypeVar("T", bound=msgspec.Struct)


def read_settings(kind: type[T], environ: Mapping[str, str], prefix: str) -> T:
    """Build `kind` from the variables that start with `prefix`.

    A field `deadline_s` of a struct read with `GATEWAY_` comes from `GATEWAY_DEADLINE_S`; an
    absent variable leaves the field's default. A tuple is a list with commas. Messages name
    variables, never their values.

    Raises:
        SettingsError: a variable is unknown, missing, or of the wrong type or range.
    """
    fields = msgspec.structs.fields(kind)
    names = {f"{prefix}{field.name.upper()}": field.name for field in fields}
    given = {name: value for name, value in environ.items() if name.startswith(prefix)}
    unknown = sorted(given.keys() - names.keys())
    if unknown:
        raise SettingsError(f"unknown setting {unknown[0]}; known: {', '.join(sorted(names))}")
    lists = {field.name for field in fields if get_origin(field.type) is tuple}
    values: dict[str, Any] = {names[name]: value for name, value in given.items()}
    values |= {name: _split(values[name]) for name in lists & values.keys()}
    try:
        return msgspec.convert(values, kind, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        name = f"{prefix}{re.split(r'[`.[]', where)[0].upper()}" if where else f"{prefix}*"
        raise SettingsError(f"bad setting {name}: {what}") from error


def _split(value: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in value.split(",") if each.strip())


def _path(kind: type, value: object) -> Path:
    """Decode a folder or file name, which msgspec does not know."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where Redis is, which deployment's keys are used, and what holds for stored releases.

    `keep_releases` is how many of the newest stay stored, `signing_key` what they are signed
    by, if anything.
    """

    url: str = "redis://127.0.0.1:6379/0"
    namespace: str = "butaca"
    keep_releases: Annotated[int, msgspec.Meta(ge=1, le=MAX_KEEP_RELEASES)] = KEEP_RELEASES
    signing_key: bytes | None = None

    def __repr__(self) -> str:
        """Name the deployment alone: the address may hold a password, the key is a secret."""
        return f"StoreSettings(namespace={self.namespace!r})"


def read_store_settings(environ: Mapping[str, str]) -> StoreSettings:
    """Read `REDIS_URL` and some of `BUTACA_*`; other `REDIS_*` variables are not ours.

    Raises:
        SettingsError: a number is out of range, or the key file cannot be used.
    """
    names = {
        "url": "REDIS_URL",
        "namespace": "BUTACA_NAMESPACE",
        "keep_releases": "BUTACA_KEEP_RELEASES",
    }
    given: dict[str, Any] = {
        field: environ[name] for field, name in names.items() if environ.get(name)
    }
    try:
        settings = msgspec.convert(given, StoreSettings, strict=False)
    except msgspec.ValidationError as error:
        what = str(error).partition(" - at `$.")[0]
        raise SettingsError(f"bad setting {names['keep_releases']}: {what}") from error
    file = environ.get(SIGNING_KEY_FILE)
    key = _read_signing_key(Path(file)) if file else None
    return msgspec.structs.replace(settings, signing_key=key)


def _read_signing_key(file: Path) -> bytes | None:
    """The key in `file`; an empty file, such as /dev/null, is no key."""
    try:
        key = file.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"{SIGNING_KEY_FILE}: {error}") from error
    if 0 < len(key) < MIN_SIGNING_KEY_BYTES:
        raise SettingsError(
            f"{SIGNING_KEY_FILE}: {file} holds {len(key)} bytes, a key has at least "
            f"{MIN_SIGNING_KEY_BYTES}"
        )
    return key or None
