"""The first layer: what it lets in, what it refuses, and what every answer carries."""

from typing import Any

import msgspec
import pytest
from litestar.types import HTTPScope, Message

from services.gateway.callers import CALLER_KEY
from services.gateway.front.front import Front, create_checks
from services.gateway.front.limits import Limiter
from services.gateway.keyring import KeyRing
from services.gateway.settings import GatewaySettings
from shared.errors import SettingsError
from shared.http.request_id import RequestIds
from tests.unit.gateway.answers import Sent, receive, scope

ROOT = "the-admin-key"
POLICY = "default-src 'none'; frame-ancestors 'none'"


class Inner:
    """An application that remembers whom it was asked by."""

    def __init__(self, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
        self.callers: list[Any] = []
        self._status = status
        self._headers = headers

    async def __call__(self, asked: dict[str, Any], _: object, send: Any) -> None:  # noqa: ANN401
        self.callers.append(asked.get(CALLER_KEY))
        start = {"type": "http.response.start", "status": self._status, "headers": self._headers}
        await send(start)
        await send({"type": "http.response.body", "body": b"inner", "more_body": False})


class Case:
    """A front before an inner application, and what it counted."""

    def __init__(self, inner: Inner | None = None, **settings: Any) -> None:  # noqa: ANN401
        made = GatewaySettings(**settings)
        ring = KeyRing(ROOT.encode(), None, poll_s=1, deadline_s=1)
        limiter = Limiter(None, clock=lambda: 0.0)
        self.inner = inner or Inner()
        self.counted: list[str] = []
        checks = create_checks(made, ["/recomendacion"], ring, limiter)
        app: Any = self.inner
        self.front = Front(app, checks, made, RequestIds(), self.counted.append)

    async def ask(
        self, *headers: tuple[bytes, bytes], method: str = "GET", path: str = "/v1/movies"
    ) -> Sent:
        sent = Sent()
        await self.front(_scope(*headers, method=method, path=path), receive, sent)
        return sent


def _scope(*headers: tuple[bytes, bytes], method: str, path: str) -> HTTPScope:
    made: Any = {**scope(*headers, method=method, path=path), "client": ("192.0.2.1", 4711)}
    return made  # type: ignore[no-any-return]


def _code(sent: Sent) -> str:
    problem: dict[str, Any] = msgspec.json.decode(sent.body)
    assert problem["request_id"] == sent.headers["x-request-id"]
    assert problem["status"] == sent.status
    return str(problem["code"])


async def test_an_ordinary_request_passes_without_a_caller() -> None:
    case = Case()
    sent = await case.ask()
    assert (sent.status, sent.body, case.inner.callers) == (200, b"inner", [None])


async def test_other_events_than_requests_pass_untouched() -> None:
    case = Case()
    seen: list[Any] = []

    async def send(message: Message) -> None:
        seen.append(message)

    lifespan: Any = {"type": "lifespan"}
    await case.front(lifespan, receive, send)
    assert seen[0]["headers"] == ()


@pytest.mark.parametrize("status", [200, 304, 404, 500])
async def test_every_answer_tells_browsers_what_they_may_do(status: int) -> None:
    sent = await Case(Inner(status)).ask()
    assert sent.headers["content-security-policy"] == POLICY
    assert sent.headers["x-content-type-options"] == "nosniff"
    assert sent.headers["referrer-policy"] == "no-referrer"
    assert sent.headers["x-frame-options"] == "DENY"
    assert sent.headers["cross-origin-resource-policy"] == "same-origin"
    assert not any(name.startswith("access-control") for name in sent.headers)


async def test_a_refusal_and_health_carry_them_too() -> None:
    case = Case(allowed_hosts=("a",))
    assert (await case.ask()).headers["content-security-policy"] == POLICY
    assert (await case.ask(path="/health/live")).headers["x-frame-options"] == "DENY"


async def test_a_page_keeps_its_own_policy() -> None:
    sent = await Case(Inner(200, (b"content-security-policy", b"img-src data:"))).ask()
    assert sent.headers["content-security-policy"] == "img-src data:"
    assert sent.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("status", "name", "value"),
    [(401, "www-authenticate", "Bearer"), (408, "connection", "close")],
)
async def test_some_statuses_say_more(status: int, name: str, value: str) -> None:
    assert (await Case(Inner(status)).ask()).headers[name] == value
    assert name not in (await Case(Inner(403)).ask()).headers


async def test_another_host_is_refused_but_for_health() -> None:
    case = Case(allowed_hosts=("films.example",))
    sent = await case.ask((b"host", b"evil.example"))
    assert (sent.status, _code(sent)) == (400, "host_not_allowed")
    assert (await case.ask((b"host", b"evil.example"), path="/health/ready")).status == 200
    assert (await case.ask((b"host", b"10.0.0.1"), path="/metrics")).status == 200
    assert (await case.ask((b"host", b"films.example:80"))).status == 200
    assert case.counted == ["host_not_allowed"]


@pytest.mark.parametrize("name", [b"host", b"x-api-key", b"authorization"])
async def test_a_header_that_decides_comes_once(name: bytes) -> None:
    case = Case()
    sent = await case.ask((name, b"Basic x"), (b"accept", b"*/*"), (name, b"Basic x"))
    assert (sent.status, _code(sent)) == (400, "invalid_request")
    assert name in sent.body
    assert (case.inner.callers, case.counted) == ([], ["invalid_request"])


async def test_other_headers_may_come_twice() -> None:
    accept = (b"accept", b"*/*")
    assert (await Case().ask((b"host", b"x"), accept, accept)).status == 200


@pytest.mark.parametrize(("length", "status"), [(256, 200), (257, 414)])
async def test_path_and_query_have_a_largest_size(length: int, status: int) -> None:
    case = Case(max_target_bytes=256)
    sent = await case.ask(path="/" + "x" * (length - 1))
    assert sent.status == status
    if status == 414:
        assert _code(sent) == "uri_too_long"
        assert b"xxx" not in sent.body


@pytest.mark.parametrize(
    "header",
    [
        (b"x-api-key", ROOT.encode()),
        (b"authorization", f"Bearer {ROOT}".encode()),
        (b"authorization", f"bearer  {ROOT} ".encode()),
    ],
)
async def test_a_key_comes_in_either_header(header: tuple[bytes, bytes]) -> None:
    case = Case()
    assert (await case.ask(header)).status == 200
    assert [caller.role for caller in case.inner.callers] == ["admin"]


@pytest.mark.parametrize(
    "header",
    [
        (b"x-api-key", b""),
        (b"x-api-key", b"x"),
        (b"x-api-key", b"\xff\xfe"),
        (b"x-api-key", b"butaca_0123456789ab_secret"),
        (b"authorization", b"Bearer x"),
        (b"authorization", b"Bearer "),
    ],
)
async def test_a_wrong_key_is_refused_on_an_open_route_too(header: tuple[bytes, bytes]) -> None:
    case = Case()
    sent = await case.ask(header)
    assert (sent.status, _code(sent)) == (401, "unauthenticated")
    assert sent.headers["www-authenticate"] == "Bearer"
    assert sent.headers["cache-control"] == "no-store"
    assert case.inner.callers == []
    assert (await case.ask(header, path="/health/live")).status == 200


async def test_other_kinds_of_authorization_are_not_ours() -> None:
    assert (await Case().ask((b"authorization", b"Basic abc"))).status == 200


@pytest.mark.parametrize("path", ["/", "/docs", "/schema/openapi.json", "/health/live"])
async def test_closed_reads_leave_some_paths_open(path: str) -> None:
    assert (await Case(reads_open=False).ask(path=path)).status == 200


@pytest.mark.parametrize("path", ["/v1/movies", "/recomendacion/Heat", "/eda", "/nowhere"])
async def test_closed_reads_need_a_key_for_the_rest(path: str) -> None:
    case = Case(reads_open=False)
    for method in ("GET", "POST", "OPTIONS"):
        sent = await case.ask(method=method, path=path)
        assert (sent.status, _code(sent)) == (401, "unauthenticated")
    assert (await case.ask((b"x-api-key", ROOT.encode()), path=path)).status == 200


async def test_closed_reads_are_kept_by_no_shared_cache() -> None:
    inner = Inner(200, (b"cache-control", b"public, max-age=5, must-revalidate"))
    key = (b"x-api-key", ROOT.encode())
    sent = await Case(inner, reads_open=False).ask(key)
    assert sent.headers["cache-control"] == "private, max-age=5, must-revalidate"
    assert (await Case(inner).ask(key)).headers["cache-control"].startswith("public,")


async def test_the_seven_questions_are_refused_in_spanish() -> None:
    case = Case(reads_open=False)
    sent = await case.ask(path="/recomendacion/Heat")
    assert msgspec.json.decode(sent.body)["title"] == "Hace falta una clave"
    assert msgspec.json.decode((await case.ask()).body)["title"] == "Key needed"


async def test_an_address_is_limited_and_told_when_to_come_back() -> None:
    case = Case(rate_per_s=0.5, rate_burst=2)
    assert [(await case.ask()).status for _ in range(3)] == [200, 200, 429]
    sent = await case.ask()
    assert (_code(sent), sent.headers["retry-after"]) == ("rate_limited", "2")
    assert (await case.ask(path="/health/live")).status == 200
    assert case.counted == ["rate_limited", "rate_limited"]


async def test_a_wrong_key_is_counted_against_the_address_and_a_known_one_is_not() -> None:
    case = Case(rate_per_s=0.5, rate_burst=2)
    wrong, known = (b"x-api-key", b"x"), (b"x-api-key", ROOT.encode())
    assert [(await case.ask(wrong)).status for _ in range(3)] == [401, 401, 429]
    assert [(await case.ask(known)).status for _ in range(5)] == [200] * 5


async def test_a_key_has_a_limit_of_its_own() -> None:
    case = Case(key_rate_per_s=0.5, key_rate_burst=1)
    known = (b"x-api-key", ROOT.encode())
    assert [(await case.ask(known)).status for _ in range(2)] == [200, 429]
    assert [(await case.ask()).status for _ in range(3)] == [200] * 3


PAGE = (b"origin", b"https://page.example")
ASKS = (b"access-control-request-method", b"GET")


@pytest.mark.parametrize("origins", [("https://page.example",), ("*",)])
async def test_a_page_of_an_allowed_origin_may_read(origins: tuple[str, ...]) -> None:
    case = Case(cors_origins=origins)
    sent = await case.ask(PAGE)
    allowed = origins[0]
    assert sent.headers["access-control-allow-origin"] == allowed
    assert "X-Butaca-Release" in sent.headers["access-control-expose-headers"]
    assert sent.headers.get("vary") == (None if allowed == "*" else "Origin")
    assert "access-control-allow-credentials" not in sent.headers


async def test_a_page_of_another_origin_may_not() -> None:
    case = Case(cors_origins=("https://page.example",))
    for headers in ([(b"origin", b"https://evil.example")], [], [(b"origin", b"null")]):
        sent = await case.ask(*headers)
        assert "access-control-allow-origin" not in sent.headers
        assert sent.headers["vary"] == "Origin"


async def test_a_page_may_read_refusals_too() -> None:
    sent = await Case(cors_origins=("*",)).ask(PAGE, (b"x-api-key", b"x"))
    assert (sent.status, sent.headers["access-control-allow-origin"]) == (401, "*")


async def test_a_preflight_needs_no_key_and_reaches_nothing() -> None:
    case = Case(cors_origins=("https://page.example",), reads_open=False)
    sent = await case.ask(PAGE, ASKS, method="OPTIONS")
    assert (sent.status, sent.body, case.inner.callers) == (204, b"", [])
    assert sent.headers["access-control-allow-origin"] == "https://page.example"
    assert "X-API-Key" in sent.headers["access-control-allow-headers"]
    assert "POST" in sent.headers["access-control-allow-methods"]
    assert sent.headers["x-request-id"]


@pytest.mark.parametrize("headers", [[PAGE], [ASKS], [(b"origin", b"https://evil.example"), ASKS]])
async def test_other_options_are_no_preflight(headers: list[tuple[bytes, bytes]]) -> None:
    case = Case(cors_origins=("https://page.example",))
    assert (await case.ask(*headers, method="OPTIONS")).status == 200
    assert len(case.inner.callers) == 1


@pytest.mark.parametrize("origin", ["page.example", "https://page.example/", "ftp://x"])
async def test_an_origin_that_is_none_stops_the_start(origin: str) -> None:
    with pytest.raises(SettingsError, match="BUTACA_GATEWAY_CORS_ORIGINS"):
        Case(cors_origins=(origin,))
