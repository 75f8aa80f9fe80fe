"""Compares the client's methods with the operations of an OpenAPI document.

Both sides become shapes: names, types, nullability and what is required. Bounds and words are the
service's own. In arguments null is the same as not given, in answers a choice is a text: a newer
service may have more of them.
"""

import contextlib
import inspect
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import (
    Any,
    Literal,
    NamedTuple,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import msgspec

from butaca_client import Butaca, ButacaError
from clients.python.tests.server import Scripted

Node = dict[str, Any]
Shape = dict[str, Any]
# Beyond the routes: what the client does itself, or with several answers.
OWN = {"close", "iter_movies", "wait_for_job"}
# Headers are set by the transport, for every call.
HEADERS = {"If-None-Match", "Accept-Language"}
# A body or an answer that is a file goes from or to a path, under this name.
FILE = "file"
_BINARY = "application/octet-stream"
_KEPT = ("type", "format", "enum")
_RAW = {str: "str", bytes: "bytes", Path: "bytes", type(None): "nothing"}
_MEDIA = {"text/html": "str", "text/event-stream": "events"}


class Argument(NamedTuple):
    """What a method or an operation takes under a name; `default` is None where not said."""

    shape: Shape
    is_required: bool
    default: object


class Operation(NamedTuple):
    """One method of one path."""

    method: str
    path: str
    node: Node

    def matches(self, method: str, target: str) -> bool:
        """Whether a request is one of these."""
        pattern = re.sub(r"\{[^}]*\}", "[^/]+", self.path)
        return (
            method == self.method and re.fullmatch(pattern, target.partition("?")[0]) is not None
        )


def operations(document: Node) -> list[Operation]:
    """Every operation; those without holes first, as routers have it."""
    found = [
        Operation(method.upper(), path, node)
        for path, item in document["paths"].items()
        for method, node in item.items()
    ]
    return sorted(found, key=lambda each: each.path.count("{"))


def methods() -> dict[str, Callable[..., Any]]:
    """Every public method that asks for one route."""
    found = inspect.getmembers(Butaca, inspect.isfunction)
    return {name: each for name, each in found if not name.startswith("_") and name not in OWN}


def request_of(name: str, server: Scripted, folder: Path) -> tuple[str, str, Node]:
    """Method, target and JSON body that a method sends with every argument given."""
    client = Butaca(server.url, retries=0, keep=0)
    server.asked.clear()
    (folder / FILE).write_bytes(b"release")
    kinds = _annotations(methods()[name])
    given = {key: folder / FILE if key == FILE else _sample(kind) for key, kind in kinds.items()}
    # The server knows no answers; what was asked is what counts.
    with contextlib.suppress(ButacaError):
        answer = getattr(client, name)(**given)
        if isinstance(answer, Iterator):
            list(answer)
    (asked,) = server.asked
    client.close()
    is_json = asked.headers.get("Content-Type") == "application/json"
    return asked.method, asked.target, json.loads(asked.body) if is_json else {}


def operation_of(document: Node, method: str, target: str) -> Operation | None:
    """The operation that a request reaches."""
    found = (each for each in operations(document) if each.matches(method, target))
    return next(found, None)


def differences(name: str, operation: Operation, document: Node) -> list[str]:
    """What a method and its operation do not agree on."""
    function = methods()[name]
    ours, theirs = _method_arguments(function), _operation_arguments(operation, document)
    lines = [f"{each}: only one side has it" for each in sorted(ours.keys() ^ theirs.keys())]
    for each in sorted(ours.keys() & theirs.keys()):
        lines += [f"{each}: {line}" for line in _argument_differences(ours[each], theirs[each])]
    answer, wanted = _method_answer(function), _operation_answer(operation, document)
    if answer != wanted:
        lines.append(f"answer: {_first_difference(answer, wanted)}")
    return lines


def struct_shape(kind: object, *, is_answer: bool) -> Shape:
    """The shape of a type of the client's."""
    (schema,), components = msgspec.json.schema_components([kind], ref_template="#/{name}")
    return shape(schema, lambda ref: components[ref.removeprefix("#/")], is_answer=is_answer)


def document_shape(schema: Node, document: Node, *, is_answer: bool) -> Shape:
    """The shape of a schema of the document."""

    def find(ref: str) -> Node:
        node = document
        for part in ref.removeprefix("#/").split("/"):
            node = node[part]
        return node

    return shape(schema, find, is_answer=is_answer)


def shape(schema: Node, find: Callable[[str], Node], *, is_answer: bool) -> Shape:
    """Names, types, nullability and what is required, with every reference followed."""

    def inner(node: Node) -> Shape:
        return shape(node, find, is_answer=is_answer)

    if "$ref" in schema:
        return inner(find(schema["$ref"]))
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        found = [inner(each) for each in choices]
        if not is_answer:
            found = [each for each in found if each != {"type": "null"}]
        found.sort(key=json.dumps)
        return found[0] if len(found) == 1 else {"any": found}
    made = {name: schema[name] for name in _KEPT if name in schema}
    if "enum" in made:
        made = {"type": "string"} if is_answer else {"enum": sorted(made["enum"])}
    if "items" in schema:
        made["items"] = inner(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict) and schema["additionalProperties"]:
        made["values"] = inner(schema["additionalProperties"])
    if "properties" in schema:
        made["fields"] = {name: inner(each) for name, each in schema["properties"].items()}
        made["required"] = sorted(schema.get("required", ()))
    return made


def _method_arguments(function: Callable[..., Any]) -> dict[str, Argument]:
    parameters = inspect.signature(function).parameters
    found: dict[str, Argument] = {}
    kinds = _annotations(function)
    # A body or an answer, not a parameter.
    kinds.pop(FILE, None)
    for name, kind in kinds.items():
        default = parameters[name].default if name in parameters else None
        is_required = default is inspect.Parameter.empty
        nothing = is_required or default is None or default == ()
        shown = struct_shape(kind, is_answer=False)
        found[name] = Argument(shown, is_required, None if nothing else default)
    return found


def _operation_arguments(operation: Operation, document: Node) -> dict[str, Argument]:
    found = dict(_parameters(operation, document))
    body = operation.node.get("requestBody")
    if body is not None and _BINARY not in body["content"]:
        schema = body["content"]["application/json"]["schema"]
        found |= _properties(schema, document)
        if "filters" in found:
            # Methods take the filters one by one.
            filters = found.pop("filters").shape["fields"]
            found |= {name: Argument(each, False, None) for name, each in filters.items()}  # noqa: FBT003
    return found


def _parameters(operation: Operation, document: Node) -> Iterator[tuple[str, Argument]]:
    for node in operation.node.get("parameters", ()):
        each = (
            document["components"]["parameters"][node["$ref"].split("/")[-1]]
            if "$ref" in node
            else node
        )
        if each["name"] not in HEADERS:
            name = (
                each["name"].lower().replace("-", "_") if each["in"] == "header" else each["name"]
            )
            shown = document_shape(each["schema"], document, is_answer=False)
            yield name, Argument(shown, each["required"], each["schema"].get("default"))


def _properties(schema: Node, document: Node) -> dict[str, Argument]:
    """The properties of a body."""
    choices = schema.get("oneOf") or schema.get("anyOf") or [schema]
    (ref,) = [each["$ref"] for each in choices if "$ref" in each]
    struct = document["components"]["schemas"][ref.split("/")[-1]]
    return {
        name: Argument(
            document_shape(each, document, is_answer=False),
            name in struct["required"],
            each.get("default"),
        )
        for name, each in struct["properties"].items()
    }


def _argument_differences(ours: Argument, theirs: Argument) -> Iterator[str]:
    if ours.shape != theirs.shape:
        yield _first_difference(ours.shape, theirs.shape)
    if ours.is_required != theirs.is_required:
        yield "required on one side only"
    if ours.default != theirs.default:
        yield f"default {ours.default} != {theirs.default}"


def _method_answer(function: Callable[..., Any]) -> Shape:
    kind = get_type_hints(function)["return"]
    if kind in _RAW:
        return {"raw": _RAW[kind]}
    if get_origin(kind) is Iterator:
        return {"raw": "events"}
    return struct_shape(kind, is_answer=True)


def _operation_answer(operation: Operation, document: Node) -> Shape:
    (status,) = [each for each in operation.node["responses"] if each.startswith("2")]
    content = operation.node["responses"][status].get("content", {})
    if "application/json" in content:
        return document_shape(content["application/json"]["schema"], document, is_answer=True)
    (kind,) = {_MEDIA.get(media, "bytes") for media in content} or {"nothing"}
    return {"raw": kind}


def _first_difference(ours: object, theirs: object, place: str = "") -> str:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(ours.keys() | theirs.keys()):
            if ours.get(name) != theirs.get(name):
                return _first_difference(ours.get(name), theirs.get(name), f"{place}.{name}")
    return f"{place}: {ours} != {theirs}"


def _annotations(function: Callable[..., Any]) -> dict[str, Any]:
    """Annotations of the arguments by name, filters one by one."""
    hints = get_type_hints(function)
    hints.pop("return")
    found: dict[str, Any] = {}
    for name, kind in hints.items():
        inner = get_args(kind)[0] if get_origin(kind) is not None and get_args(kind) else None
        if inner is not None and is_typeddict(inner) and name == "filters":
            found |= get_type_hints(inner)
        else:
            found[name] = kind
    return found


def _sample(kind: Any) -> Any:  # noqa: ANN401  # any annotation
    """Some value of a type."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return inner[0]
    if origin in (Union, type(int | str)):
        return _sample(inner[0])
    if origin is Collection:
        return [_sample(inner[0])]
    if origin is Mapping:
        return {_sample(inner[0]): _sample(inner[1])}
    if is_typeddict(kind):
        return {name: _sample(each) for name, each in get_type_hints(kind).items()}
    samples = {int: 1, float: 0.5, str: "x", bool: True}
    return samples[kind] if kind in samples else kind(2000, 1, 2)
