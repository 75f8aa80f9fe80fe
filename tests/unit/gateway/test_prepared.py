"""An answer made ready is sent as the caller wants it."""

import gzip

from services.gateway.prepared import pack_now, prepare, send_prepared
from tests.unit.gateway.answers import Sent, prepared, scope

GZIP = (b"accept-encoding", b"gzip")


async def test_headers_are_made_once_and_in_one_place() -> None:
    sent = Sent()
    answer = prepare(b"{}", "application/json", {"X-Butaca-Movie-Id": "862"}, release="1", tag="t")
    await send_prepared(answer, scope(), sent, [(b"x-butaca-cache", b"hit")])
    assert (sent.status, sent.body) == (200, b"{}")
    assert sent.headers == {
        "content-type": "application/json",
        "content-length": "2",
        "x-butaca-movie-id": "862",
        "cache-control": "public, max-age=5, must-revalidate",
        "etag": '"t"',
        "x-butaca-cache": "hit",
    }


async def test_an_answer_without_a_tag_may_not_be_stored() -> None:
    sent = Sent()
    await send_prepared(prepared(None), scope((b"if-none-match", b"*")), sent)
    assert sent.status == 200
    assert sent.headers["cache-control"] == "no-store"
    assert "etag" not in sent.headers


async def test_a_page_is_declared_as_utf8() -> None:
    sent = Sent()
    await send_prepared(prepare("ñ".encode(), "text/html", {}), scope(), sent)
    assert sent.headers["content-type"] == "text/html; charset=utf-8"


async def test_the_compressed_form_has_its_own_tag_length_and_vary() -> None:
    answer, plain, packed = pack_now(prepared(size=5000)), Sent(), Sent()
    await send_prepared(answer, scope(), plain)
    await send_prepared(answer, scope(GZIP), packed)
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-length"] == str(len(packed.body))
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in plain.headers


async def test_languages_and_encodings_vary_together() -> None:
    answer, sent = prepare(b"x" * 2000, "text/html", {"Vary": "Accept-Language"}), Sent()
    await send_prepared(answer, scope(), sent)
    assert sent.headers["vary"] == "Accept-Language, Accept-Encoding"


async def test_whoever_has_it_gets_a_304_without_what_describes_a_body() -> None:
    answer = pack_now(prepared(size=5000))
    for accepted in ([], [GZIP]):
        first, again = Sent(), Sent()
        await send_prepared(answer, scope(*accepted), first)
        tag = (b"if-none-match", first.headers["etag"].encode())
        await send_prepared(answer, scope(*accepted, tag), again)
        assert (again.status, again.body) == (304, b"")
        described = {"content-type", "content-length", "content-encoding"}
        assert again.headers == {k: v for k, v in first.headers.items() if k not in described}


async def test_another_tag_gets_the_whole_answer() -> None:
    sent = Sent()
    await send_prepared(prepared(), scope((b"if-none-match", b'"other"')), sent)
    assert (sent.status, sent.body) == (200, b"xx")


async def test_tags_on_several_lines_are_one_list() -> None:
    sent, tag = Sent(), f'"{prepared().tag}"'.encode()
    lines = [(b"if-none-match", b'"other"'), (b"if-none-match", tag)]
    await send_prepared(prepared(), scope(*lines), sent)
    assert sent.status == 304
