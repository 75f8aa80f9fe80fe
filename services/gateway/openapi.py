"""The OpenAPI document: the framework's, completed once with what it leaves out.

It drops bounds of optional parameters and of members of unions; the decoder's own schemas, which
are what is enforced, take their place. What holds for every route (problems, headers, HEAD) is
written here instead of beside each handler.
"""

from collections.abc import Iterator, Mapping
from inspect import cleandoc
from typing import Annotated, Any, Final, NamedTuple, get_args, get_type_hints
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.params import KwargDefinition
from litestar.routes import HTTPRoute
from litestar.typing import FieldDefinition

from services.gateway.documentation import PARAMETERS, TAGS
from services.gateway.forwarding import PassedOn
from services.gateway.openapi_access import close_reads, name_role, refused_anywhere
from services.gateway.openapi_parts import (
    COMPONENTS,
    IF_NONE_MATCH,
    STATUSES,
    header_refs,
    problem,
)
from shared.contracts.filters import Filters
from shared.http.parameters import MAX_TEXT_LENGTH
from shared.http.problems import KINDS

# The forms of a table (`services.queries`), passed on as they come.
_FILES: Final = ("application/vnd.apache.parquet", "text/csv")
Node = dict[str, Any]
Examples = Mapping[str, Mapping[str, Any]]
_REF: Final = "#/components/schemas/{name}"
_BOUNDS: Final = ("gt", "ge", "lt", "le", "min_length", "max_length", "pattern")
_TEXT_BOUNDS: Final = {"minLength": 1, "maxLength": MAX_TEXT_LENGTH}
_FILTERS: Final[dict[str, Any]] = get_type_hints(Filters, include_extras=True)


class Operation(NamedTuple):
    """One method of one path, and the handler behind it."""

    method: str
    path: str
    node: Node
    handler: HTTPRouteHandler

    @property
    def is_of_release(self) -> bool:
        """Whether the answer comes from a release and may be asked about by its tag."""
        is_open = not self.node.get("security")
        return self.method == "get" and is_open and "504" in self.node["responses"]


def complete_document(app: Litestar, examples: Examples, *, reads_open: bool = True) -> Node:
    """Return the whole document of `app`; `examples` are real answers by `GET /path`."""
    document: Node = msgspec.to_builtins(app.openapi_schema.to_schema())
    operations = list(_operations(app, document))
    _complete_schemas(document, operations)
    for operation in operations:
        _name(operation)
        name_role(operation.node, operation.handler)
        _complete_parameters(operation)
        _complete_body(operation)
        _complete_responses(operation)
        _add_example(operation, examples.get(f"{operation.method.upper()} {operation.path}", {}))
    if not reads_open:
        close_reads(document)
    used = {tag for operation in operations for tag in operation.node.get("tags", ())}
    document["tags"] = [tag for tag in document.get("tags", ()) if tag["name"] in used]
    return document


def _operations(app: Litestar, document: Node) -> Iterator[Operation]:
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path_format in document["paths"]:
            for method, (handler, _) in route.route_handler_map.items():
                node = document["paths"][route.path_format].get(str(method).lower())
                if node is not None:
                    yield Operation(str(method).lower(), route.path_format, node, handler)


def _name(operation: Operation) -> None:
    """A stable id and a summary in words."""
    node, handler = operation.node, operation.handler
    if handler.operation_id is None:
        tags = node.get("tags") or ["api"]
        node["operationId"] = f"{tags[0]}_{handler.fn.__name__}"
    if handler.summary is None:
        first, _, rest = cleandoc(handler.fn.__doc__ or "").partition("\n")
        node["summary"] = first.removesuffix(".")
        node.pop("description", None)
        if rest.strip():
            node["description"] = rest.strip()


def _complete_schemas(document: Node, operations: list[Operation]) -> None:
    """Put the decoder's schemas in place of the framework's, and add what is shared."""
    structs = {struct for operation in operations for struct in _structs(operation.handler)}
    ordered = sorted(structs, key=lambda struct: struct.__name__)
    _, schemas = msgspec.json.schema_components(ordered, ref_template=_REF)
    components = document["components"]
    components["schemas"].update(schemas)
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = cleandoc(schema["description"])
    members = components["schemas"]["ProblemDocument"]["properties"]
    members["code"] = {"type": "string", "enum": sorted(KINDS)}
    for kind, parts in COMPONENTS.items():
        components.setdefault(kind, {}).update(parts)


def _structs(handler: HTTPRouteHandler) -> Iterator[type[msgspec.Struct]]:
    """The contracts that a handler reads or answers."""
    data = handler.parsed_data_field
    annotations = [handler.parsed_return_field.annotation, data.annotation if data else None]
    annotations += [spec.data_container for spec in (handler.responses or {}).values()]
    while annotations:
        each = annotations.pop()
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            yield each
        annotations += get_args(each)


def _complete_parameters(operation: Operation) -> None:
    """Give each parameter its words and bounds; none is null: it is left out instead."""
    fields = dict(_fields(operation.handler))
    parameters = operation.node.setdefault("parameters", [])
    for parameter in parameters:
        name = parameter["name"]
        field = fields.get(name)
        for noise in ("deprecated", "allowEmptyValue", "allowReserved"):
            parameter.pop(noise, None)
        if name == operation.handler.opt.get("argument"):
            parameter["schema"] = {"type": "string", **_TEXT_BOUNDS}
        elif field is not None:
            parameter["schema"] = _schema(name, field)
        definition = None if field is None else field.kwarg_definition
        words = getattr(definition, "description", None) or PARAMETERS.get(name)
        if words:
            parameter["description"] = words
    if operation.is_of_release:
        parameters.append(dict(IF_NONE_MATCH))
    if not parameters:
        del operation.node["parameters"]


def _fields(handler: HTTPRouteHandler) -> Iterator[tuple[str, FieldDefinition]]:
    """Parameters of a handler and of what it depends on, by the name they have for the caller."""
    providers = handler.resolve_dependencies()
    pending = [handler.parsed_fn_signature]
    while pending:
        for name, field in pending.pop().parameters.items():
            if name in providers:
                pending.append(providers[name].parsed_fn_signature)
            else:
                yield getattr(field.kwarg_definition, "name", None) or name, field


def _schema(name: str, field: FieldDefinition) -> Node:
    """What the decoder enforces of one parameter."""
    if name in _FILTERS:
        schema = msgspec.json.schema(_FILTERS[name])
    else:
        schema = msgspec.json.schema(_bounded(field))
    choices = [each for each in schema.pop("anyOf", []) if each.get("type") != "null"]
    if len(choices) == 1:
        schema.update(choices[0])
    elif choices:
        schema["anyOf"] = choices
    if None in schema.get("enum", ()):
        schema["enum"] = [each for each in schema["enum"] if each is not None]
    if field.has_default and field.default is not None:
        schema["default"] = msgspec.to_builtins(field.default)
    return schema


def _bounded(field: FieldDefinition) -> Any:  # noqa: ANN401  # any annotation
    """The annotation with the bounds that are given beside it."""
    kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)]
    annotation: Any = kinds[0] if field.is_optional and len(kinds) == 1 else field.annotation
    definition = field.kwarg_definition
    if not isinstance(definition, KwargDefinition):
        return annotation
    bounds = {bound: getattr(definition, bound) for bound in _BOUNDS}
    bounds["min_length"] = definition.min_items or bounds["min_length"]
    bounds["max_length"] = definition.max_items or bounds["max_length"]
    given = {bound: value for bound, value in bounds.items() if value is not None}
    return Annotated[annotation, msgspec.Meta(**given)] if given else annotation


def _complete_body(operation: Operation) -> None:
    """Say whether a body may be left out, and of one that is read as it comes what it is."""
    data = operation.handler.parsed_data_field
    if data is not None:
        operation.node["requestBody"]["required"] = not data.has_default
    file = operation.handler.opt.get("body")
    if file is not None:
        content = {file: {"schema": {"type": "string", "format": "binary"}}}
        operation.node["requestBody"] = {"content": content, "required": True}


def _complete_responses(operation: Operation) -> None:
    """Add what any route of the kind may answer, and the headers of every answer."""
    responses: Node = operation.node["responses"]
    statuses = {int(status) for status in responses if status >= "4"}
    statuses |= {400, 405, 500}
    if "{" in operation.path:
        statuses.add(404)
    has_body = "requestBody" in operation.node
    if has_body:
        statuses |= {413, 415}
    statuses |= refused_anywhere(operation.path, has_body=has_body)
    responses.update({str(status): problem(status) for status in statuses})
    if operation.path == "/health/ready":
        responses["503"] = {**responses["200"], "description": "Nothing is answered: the reasons"}
    if operation.handler.parsed_return_field.annotation is PassedOn:
        file = operation.handler.opt.get("file")
        kinds = _FILES if file is None else (file,)
        responses["200"]["content"] = {kind: {"schema": {}} for kind in kinds}
    for status, response in responses.items():
        if status.startswith("2"):
            response["description"] = STATUSES.get(int(status), "Answer")
            response["headers"] = header_refs(
                operation.path,
                is_of_release=operation.is_of_release,
                is_of_service="504" in operation.node["responses"],
            )
    if operation.is_of_release:
        responses["304"] = {"$ref": "#/components/responses/NotModified"}
    operation.node["responses"] = dict(sorted(responses.items()))


def _add_example(operation: Operation, example: Mapping[str, Any]) -> None:
    """Show a real request and its answer."""
    if not example:
        return
    node, url = operation.node, urlsplit(str(example.get("url", "")))
    given = {**parse_qs(url.query), **dict(_path_values(operation.path, url.path))}
    for parameter in node.get("parameters", ()):
        values = given.get(parameter.get("name"))
        if values:
            parameter["example"] = _typed(values, parameter["schema"])
    if "body" in example and "requestBody" in node:
        for media in node["requestBody"]["content"].values():
            media["examples"] = {"real": {"value": example["body"]}}
    for status, response in node["responses"].items():
        if status.startswith("2") and "answer" in example:
            for media in response.get("content", {}).values():
                media["examples"] = {"real": {"value": example["answer"]}}


def _path_values(template: str, path: str) -> Iterator[tuple[str, list[str]]]:
    for hole, value in zip(template.split("/"), path.split("/"), strict=False):
        if hole.startswith("{"):
            yield hole.strip("{}"), [unquote(value)]


def _typed(texts: list[str], schema: Node) -> object:
    """An example as its schema has it: texts of a query are read as what they stand for."""
    match schema.get("type"):
        case "array":
            return [_typed([text], schema["items"]) for text in texts]
        case "integer":
            return int(texts[0])
        case "number":
            return float(texts[0])
        case _:
            return texts[0]


def undescribed(document: Node) -> list[str]:
    """Name the parameters and tags that have no words yet."""
    nameless = {
        f"{method.upper()} {path} {parameter['name']}"
        for path, item in document["paths"].items()
        for method, node in item.items()
        for parameter in node.get("parameters", ())
        if "description" not in parameter
    }
    tags = {
        tag
        for item in document["paths"].values()
        for node in item.values()
        for tag in node.get("tags", ())
    }
    return sorted(nameless | (tags - TAGS.keys()))
