"""What one request may take: a place among those being served, and time."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from services.gateway.front.bounds import Bounds
from services.gateway.front.refusals import Languages
from shared.errors import OverloadedError, RequestTimeoutError
from tests.unit.gateway.answers import Sent, receive, scope


class Inner:
    """An application that reads its body, and answers when it may."""

    def __init__(self, *, reads: bool = False) -> None:
        self.may_answer = asyncio.Event()
        self.body = b""
        self._reads = reads

    async def __call__(self, _: object, take: Any, send: Any) -> None:  # noqa: ANN401
        more = self._reads
        while more:
            message = await take()
            self.body += message["body"]
            more = message["more_body"]
        await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"inner", "more_body": False})


class Body:
    """A body whose pieces come after these pauses."""

    def __init__(self, pauses: Sequence[float]) -> None:
        self._pauses = list(pauses)

    async def __call__(self) -> Any:  # noqa: ANN401
        await asyncio.sleep(self._pauses.pop(0))
        return {"type": "http.request", "body": b"x", "more_body": bool(self._pauses)}


def _bounds(inner: Inner, **bounds: float) -> tuple[Bounds, list[str]]:
    given: dict[str, Any] = {
        "max_concurrent": 2,
        "body_deadline_s": 0.1,
        "answer_deadline_s": 5.0,
        **bounds,
    }
    counted: list[str] = []
    app: Any = inner
    languages = Languages(["/recomendacion"])
    return Bounds(app, languages, count_refusal=counted.append, **given), counted


def _code(sent: Sent) -> str:
    return str(msgspec.json.decode(sent.body)["code"])


async def _ask(
    bounds: Bounds,
    path: str = "/a",
    method: str = "GET",
    take: Any = receive,  # noqa: ANN401  # messages of any kind
) -> Sent:
    sent = Sent()
    await bounds(scope(path=path, method=method), take, sent)
    return sent


async def test_so_many_are_served_at_once_and_more_are_turned_away() -> None:
    inner = Inner()
    bounds, counted = _bounds(inner)
    served = [asyncio.create_task(_ask(bounds)) for _ in range(2)]
    await asyncio.sleep(0)
    refused = await _ask(bounds)
    assert (refused.status, _code(refused)) == (503, "overloaded")
    assert refused.headers["retry-after"] == "1"
    inner.may_answer.set()
    assert [(await each).status for each in served] == [200, 200]
    assert (await _ask(bounds)).status == 200
    assert (bounds.running, counted) == (0, ["overloaded"])


@pytest.mark.parametrize("path", ["/health/live", "/metrics", "/v1/jobs/build-1/events"])
async def test_supervisors_and_streams_take_no_place(path: str) -> None:
    inner = Inner()
    bounds, _ = _bounds(inner, max_concurrent=1)
    served = [asyncio.create_task(_ask(bounds, path)) for _ in range(3)]
    await asyncio.sleep(0)
    assert bounds.running == 0
    inner.may_answer.set()
    assert [(await each).status for each in served] == [200, 200, 200]


async def test_a_place_is_given_back_when_the_caller_leaves() -> None:
    bounds, _ = _bounds(Inner())
    served = asyncio.create_task(_ask(bounds))
    await asyncio.sleep(0)
    assert bounds.running == 1
    served.cancel()
    await asyncio.gather(served, return_exceptions=True)
    assert bounds.running == 0


async def test_those_who_send_slowly_turn_away_nobody_who_sends_nothing() -> None:
    inner = Inner(reads=True)
    bounds, counted = _bounds(inner, body_deadline_s=5.0)
    slow = [asyncio.create_task(_ask(bounds, method="POST", take=Body([3600]))) for _ in range(2)]
    await asyncio.sleep(0)
    assert _code(await _ask(bounds, method="POST")) == "overloaded"
    served = [asyncio.create_task(_ask(bounds, take=Body([0]))) for _ in range(2)]
    await asyncio.sleep(0.01)
    assert bounds.running == 4
    inner.may_answer.set()
    assert [(await each).status for each in served] == [200, 200]
    for each in slow:
        each.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    assert (bounds.running, counted) == (0, ["overloaded"])


async def test_a_body_that_is_whole_when_all_places_are_taken_is_turned_away() -> None:
    inner = Inner(reads=True)
    bounds, counted = _bounds(inner, max_concurrent=1)
    late = asyncio.create_task(_ask(bounds, method="POST", take=Body([0.02])))
    served = asyncio.create_task(_ask(bounds, take=Body([0])))
    with pytest.raises(OverloadedError):
        await late
    inner.may_answer.set()
    assert (await served).status == 200
    assert (bounds.running, counted) == (0, ["overloaded"])


async def test_a_body_must_be_whole_in_time() -> None:
    inner = Inner(reads=True)
    inner.may_answer.set()
    bounds, counted = _bounds(inner)
    assert (await _ask(bounds, method="POST", take=Body([0, 0.01, 0.01]))).status == 200
    with pytest.raises(RequestTimeoutError):
        await _ask(bounds, method="POST", take=Body([0.06, 0.06]))
    assert counted == ["request_timeout"]


async def test_of_a_stream_each_piece_must_come_in_time() -> None:
    inner = Inner(reads=True)
    inner.may_answer.set()
    bounds, _ = _bounds(inner)
    body = Body([0.06, 0.06, 0.06])
    assert (await _ask(bounds, "/v1/releases", "POST", body)).status == 200
    with pytest.raises(RequestTimeoutError):
        await _ask(bounds, "/v1/releases", "POST", Body([0, 0.2]))


async def test_once_the_body_is_whole_it_may_be_waited_for_the_caller_to_leave() -> None:
    class Waiting(Inner):
        async def __call__(self, _: object, take: Any, send: Any) -> None:  # noqa: ANN401
            self.body = (await take())["body"]
            await take()
            self.may_answer.set()
            await super().__call__(_, take, send)

    bounds, counted = _bounds(Waiting())
    body = Body([0, 0.2])
    body._pauses = [0]
    calls = iter([body, Body([0.2])])

    async def take() -> Any:  # noqa: ANN401
        return await next(calls)()

    assert (await _ask(bounds, method="POST", take=take)).status == 200
    assert counted == []


async def test_an_answer_that_takes_too_long_is_a_504_in_the_language_of_the_route() -> None:
    bounds, counted = _bounds(Inner(), answer_deadline_s=0.05)
    sent = await _ask(bounds, "/recomendacion/Heat")
    assert (sent.status, _code(sent)) == (504, "upstream_timeout")
    assert msgspec.json.decode(sent.body)["title"] == "El servicio no respondió a tiempo"
    assert (bounds.running, counted) == (0, ["upstream_timeout"])


async def test_an_answer_that_has_begun_is_broken_off() -> None:
    class Half(Inner):
        async def __call__(self, _: object, __: Any, send: Any) -> None:  # noqa: ANN401
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await self.may_answer.wait()

    bounds, _ = _bounds(Half(), answer_deadline_s=0.05)
    with pytest.raises(TimeoutError):
        await _ask(bounds)
    assert bounds.running == 0
