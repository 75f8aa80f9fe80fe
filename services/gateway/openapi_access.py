"""What the OpenAPI document says of keys: who needs one, and of which role."""

from typing import Any, Final

from litestar.handlers import HTTPRouteHandler

from services.gateway.auth import role_of
from services.gateway.documentation import ADMIN_SECURITY
from services.gateway.front.places import is_health, is_public

Node = dict[str, Any]
ROLE_MEMBER: Final = "x-role"


def name_role(node: Node, handler: HTTPRouteHandler) -> None:
    """Say which role an operation needs, for machines and for people."""
    if node.get("security"):
        role = node[ROLE_MEMBER] = role_of(handler)
        words = f"Needs a key of the role `{role}`."
        node["description"] = "\n\n".join(filter(None, [node.get("description"), words]))


def close_reads(document: Node) -> None:
    """Say of a gateway whose reads need a key that they do."""
    for path, item in document["paths"].items():
        for node in item.values():
            if not is_public(path) and not node.get("security"):
                node["security"] = ADMIN_SECURITY
                node[ROLE_MEMBER] = "read"


def refused_anywhere(path: str, *, has_body: bool) -> set[int]:
    """Return the statuses of what is refused before the route is looked at."""
    if is_health(path):
        return set()
    return {401, 414, 429, 503} | ({408} if has_body else set[int]())
