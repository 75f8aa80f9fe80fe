"""The cache holds one release's answers within its bound."""

from services.gateway.cache import ENTRY_BYTES, ResponseCache
from services.gateway.clients import Answer


def _answer(release: str | None = "1-a", size: int = 2) -> Answer:
    return Answer(b"x" * size, "application/json", release, {})


def test_before_the_pointer_is_known_nothing_is_kept() -> None:
    cache = ResponseCache(10_000)
    cache.keep("/a", _answer(None))
    cache.keep("/b", _answer())
    assert cache.find("/a") is None
    assert cache.find("/b") is None


def test_an_answer_of_the_live_release_is_found_until_the_release_changes() -> None:
    cache = ResponseCache(10_000)
    cache.follow("1-a")
    cache.keep("/a", _answer())
    assert cache.find("/a") == _answer()
    cache.follow("2-b")
    assert cache.find("/a") is None
    cache.keep("/a", _answer())
    assert cache.find("/a") is None


def test_the_least_recently_used_answer_goes_first() -> None:
    cache = ResponseCache(2 * (ENTRY_BYTES + 4))
    cache.follow("1-a")
    cache.keep("/a", _answer())
    cache.keep("/b", _answer())
    cache.find("/a")
    cache.keep("/c", _answer())
    assert [cache.find(target) is not None for target in ("/a", "/b", "/c")] == [True, False, True]
    assert cache.size_bytes == 2 * (ENTRY_BYTES + 4)


def test_an_answer_larger_than_the_cache_is_not_kept() -> None:
    cache = ResponseCache(ENTRY_BYTES)
    cache.follow("1-a")
    cache.keep("/a", _answer())
    assert cache.find("/a") is None
