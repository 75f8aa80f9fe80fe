"""Read a frozen settings struct from environment variables, once, at a composition root."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from shared.errors import SettingsError

T = TypeVar("T", bound=msgspec.Struct)


def read_settings(kind: type[T], environ: Mapping[str, str], prefix: str) -> T:
    """Build `kind` from the variables that start with `prefix`.

    A field `deadline_s` of a struct read with `GATEWAY_` comes from `GATEWAY_DEADLINE_S`; an
    absent variable leaves the field's default.

    Raises:
        SettingsError: a variable is unknown, missing, or of the wrong type or range.
    """
    names = {f"{prefix}{field.name.upper()}": field.name for field in msgspec.structs.fields(kind)}
    given = {name: value for name, value in environ.items() if name.startswith(prefix)}
    unknown = sorted(given.keys() - names.keys())
    if unknown:
        raise SettingsError(f"unknown setting {unknown[0]}; known: {', '.join(sorted(names))}")
    values = {names[name]: value for name, value in given.items()}
    try:
        return msgspec.convert(values, kind, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SettingsError(f"bad setting {prefix}*: {error}") from error


def _path(kind: type, value: object) -> Path:
    """Decode a folder or file name, which msgspec does not know."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where Redis is and which deployment's keys are used."""

    url: str = "redis://127.0.0.1:6379/0"
    namespace: str = "butaca"


def read_store_settings(environ: Mapping[str, str]) -> StoreSettings:
    """Read `REDIS_URL` and `BUTACA_NAMESPACE`; other `REDIS_*` variables are not ours."""
    names = {"url": "REDIS_URL", "namespace": "BUTACA_NAMESPACE"}
    given = {field: environ[name] for field, name in names.items() if environ.get(name)}
    return StoreSettings(**given)
