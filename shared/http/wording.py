"""What the decoder says of a value, in the words of an answer: which field, and what it must be.

The decoder names a place such as `$.filters.year_min` and stops at the first fault.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any, Final

from msgspec import ValidationError, inspect

from shared.http.nearest import nearest

_PLACE: Final = re.compile(r"(?P<key>`key` in )?`\$(?P<path>.*)`", re.DOTALL)
_STEP: Final = re.compile(r"\.(?P<field>[^.\[]+)|\[(?P<item>\d+|\.\.\.)\]")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_MISSING: Final = re.compile(r"Object missing required field `(?P<name>.*)`", re.DOTALL)
_CHOICE: Final = re.compile(r"Invalid enum value (?P<given>.*)", re.DOTALL)
_WRONG_TYPE: Final = re.compile(r"Expected `(?P<wanted>[^`]*)`, got `(?P<given>[^`]*)`")
_BOUND: Final = re.compile(r"Expected `[^`]*` (?P<bound>(?:of|<|>|matching|that).*)", re.DOTALL)
_NAMES: Final = {
    "int": "an integer",
    "float": "a number",
    "str": "a string",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "date": "a date",
}
# What the patterns of our contracts and routes let through.
PATTERNS: Final = {
    r"^[a-z0-9][a-z0-9_-]{0,39}$(?!\n)": "a name of at most 40 small letters, digits, - and _, "
    "with a letter or digit first",
    r"^[!-~]+$": "visible ASCII characters without spaces",
    r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$(?!\n)": "one line without control characters",
}
_PATTERN_BOUNDS: Final = {f"matching regex {each!r}": words for each, words in PATTERNS.items()}
_SHOWN: Final = 50


def explain(error: ValidationError, kind: object, root: str = "body") -> str:
    """Say what is wrong with a value that should be of `kind`; `root` names the whole of it."""
    return explain_message(str(error), kind, root)


def explain_message(message: str, kind: object, root: str = "body") -> str:
    """Say the same of the decoder's message alone."""
    what, _, where = message.rpartition(" - at ")
    found = _PLACE.fullmatch(where)
    if found is None:
        what, path, is_key = message, "", False
    else:
        path, is_key = found["path"], found["key"] is not None
    candidates = _kinds_at(kind, path)
    place = path.removeprefix(".").replace("[...]", "")
    return _say(what, place, candidates, root, is_key=is_key)


def _say(
    what: str, place: str, kinds: Collection[inspect.Type], root: str, *, is_key: bool
) -> str:
    if found := _UNKNOWN.fullmatch(what):
        fields = {field.encode_name for kind in kinds for field in _fields(kind)}
        return f"{_join(place, found['name'])}: unknown field; {_hint(found['name'], fields)}"
    if found := _MISSING.fullmatch(what):
        return f"{_join(place, found['name'])}: missing"
    if found := _CHOICE.fullmatch(what):
        choices = sorted({str(choice) for kind in kinds for choice in _choices(kind)})
        given = found["given"].strip("'")
        if is_key:
            return f"{_join(place, given)}: unknown name; {_hint(given, choices)}"
        return f"{place or root}: must be one of {', '.join(choices)}"
    return f"{place or root}: {_rule(what, is_text=root != 'body')}"


def _rule(what: str, *, is_text: bool) -> str:
    """What the value must be; a text, as in a query, is never called a wrong type itself."""
    if found := _WRONG_TYPE.fullmatch(what):
        wanted = [_NAMES.get(name, name) for name in found["wanted"].split(" | ")]
        if is_text:
            return "must be " + " or ".join(name for name in wanted if name != "null")
        return f"must be {' or '.join(wanted)}, not {_NAMES.get(found['given'], found['given'])}"
    if found := _BOUND.fullmatch(what):
        bound = found["bound"]
        return "must be " + (_PATTERN_BOUNDS.get(bound) or re.sub(r"\.0$", "", bound))
    if what.startswith("Invalid RFC3339") and what.endswith("date"):
        return "must be a date such as 1999-12-31"
    return what[:1].lower() + what[1:]


def _hint(name: str, known: Collection[str]) -> str:
    """The nearest known name, or all of them."""
    close = nearest(name, known)
    return f"did you mean {close}?" if close else f"known: {', '.join(sorted(known))}"


def _join(place: str, name: str) -> str:
    shown = name[:_SHOWN]
    return f"{place}.{shown}" if place else shown


def _kinds_at(kind: object, path: str) -> list[inspect.Type]:
    """What may stand at `path` in a value of `kind`."""
    found = [_type_info(kind)]
    for step in _STEP.finditer(path):
        found = [inner for each in found for inner in _inner(each, step["field"])]
    return [member for each in found for member in _members(each)]


@lru_cache(256)
def _type_info(kind: Any) -> inspect.Type:  # noqa: ANN401  # any annotation
    return inspect.type_info(kind)


def _members(kind: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(kind, inspect.UnionType):
        yield from (inner for each in kind.types for inner in _members(each))
    elif isinstance(kind, inspect.Metadata):
        yield from _members(kind.type)
    else:
        yield kind


def _inner(kind: inspect.Type, field: str | None) -> Iterator[inspect.Type]:
    """What is inside at a field, an item or a value of an object."""
    for each in _members(kind):
        if field is not None:
            yield from (one.type for one in _fields(each) if one.encode_name == field)
        elif isinstance(each, inspect.CollectionType):
            yield each.item_type
        elif isinstance(each, inspect.DictType):
            yield each.value_type


def _fields(kind: inspect.Type) -> tuple[inspect.Field, ...]:
    return kind.fields if isinstance(kind, inspect.StructType) else ()


def _choices(kind: inspect.Type) -> Iterator[object]:
    if isinstance(kind, inspect.LiteralType):
        yield from kind.values
    elif isinstance(kind, inspect.DictType):
        yield from (choice for each in _members(kind.key_type) for choice in _choices(each))
    elif isinstance(kind, inspect.CollectionType):
        yield from (choice for each in _members(kind.item_type) for choice in _choices(each))
