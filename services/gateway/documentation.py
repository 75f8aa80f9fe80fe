"""What the OpenAPI document says besides the signatures."""

from importlib.metadata import version

from litestar.openapi import ResponseSpec
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from services.gateway.auth import KEY_HEADER
from shared.contracts.base import Wire
from shared.http.problems import MEDIA_TYPE

ADMIN_SECURITY = [{"admin_key": list[str]()}]


class ProblemDocument(Wire, frozen=True):
    """An RFC 9457 problem; `code` is stable, more members depend on it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    suggestions: list[str] | None = None


def openapi_config() -> OpenAPIConfig:
    """Serve the document as JSON and YAML; no page, so nothing loads from elsewhere."""
    key = SecurityScheme(type="apiKey", name=KEY_HEADER, security_scheme_in="header")
    return OpenAPIConfig(
        title="Butaca",
        version=version("butaca"),
        path="/schema",
        components=Components(security_schemes={"admin_key": key}),
        render_plugins=[JsonRenderPlugin(), YamlRenderPlugin()],
    )


def answers(body: object, *problems: int) -> dict[int, ResponseSpec]:
    """Declare the 200 of a route whose body is passed on as bytes, and its problems."""
    success = ResponseSpec(data_container=body, generate_examples=False, description="Answer")  # type: ignore[arg-type]  # any annotation
    return {200: success, **refusals(*problems)}


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """Declare problem documents."""
    return {
        status: ResponseSpec(
            data_container=ProblemDocument,
            generate_examples=False,
            description="Problem",
            media_type=MEDIA_TYPE,
        )
        for status in statuses
    }
