"""The cache holds one release's answers within its bound."""

from services.gateway.cache import ENTRY_BYTES, SHORTCUT_BYTES, Kept, ResponseCache
from services.gateway.prepared import pack_now
from tests.unit.gateway.answers import prepared


def test_before_the_pointer_is_known_nothing_is_kept() -> None:
    cache = ResponseCache(10_000)
    cache.keep("/a", prepared(None))
    cache.keep("/b", prepared())
    assert cache.find("/a") is None
    assert cache.find("/b") is None


def test_an_answer_of_the_live_release_is_found_until_the_release_changes() -> None:
    cache = ResponseCache(10_000)
    cache.follow("1-a")
    cache.keep("/a", prepared())
    assert cache.find("/a") == prepared()
    cache.follow("2-b")
    assert cache.find("/a") is None
    cache.keep("/a", prepared())
    assert cache.find("/a") is None


def test_the_least_recently_used_answer_goes_first() -> None:
    cache = ResponseCache(2 * (ENTRY_BYTES + 4))
    cache.follow("1-a")
    cache.keep("/a", prepared())
    cache.keep("/b", prepared())
    cache.find("/a")
    cache.keep("/c", prepared())
    assert [cache.find(target) is not None for target in ("/a", "/b", "/c")] == [True, False, True]
    assert cache.size_bytes == 2 * (ENTRY_BYTES + 4)


def test_an_answer_larger_than_the_cache_is_not_kept() -> None:
    for more, is_kept in ((3, False), (4, True)):
        cache = ResponseCache(ENTRY_BYTES + more)
        cache.follow("1-a")
        cache.keep("/a", prepared())
        assert (cache.find("/a") is not None) == is_kept


def test_the_compressed_form_counts_too() -> None:
    cache = ResponseCache(1_000_000)
    cache.follow("1-a")
    packed = pack_now(prepared(size=5_000))
    cache.keep("/a", packed)
    assert packed.packed is not None
    assert cache.size_bytes == ENTRY_BYTES + 2 + 5_000 + len(packed.packed.body)


def test_a_shortcut_leads_to_the_answer_as_long_as_it_is_kept() -> None:
    cache = ResponseCache(10_000)
    cache.follow("1-a")
    cache.shorten("/A?\n", "/a", "/route")
    assert cache.find_request("/A?\n") is None
    cache.keep("/a", prepared())
    cache.shorten("/A?\n", "/a", "/route")
    assert cache.find_request("/A?\n") == Kept("/a", prepared(), "/route")
    assert cache.size_bytes == ENTRY_BYTES + 4 + SHORTCUT_BYTES + 4
    cache.follow("2-b")
    assert cache.find_request("/A?\n") is None


def test_a_shortcut_to_an_answer_that_was_pushed_out_leads_nowhere() -> None:
    cache = ResponseCache(ENTRY_BYTES + SHORTCUT_BYTES + 100)
    cache.follow("1-a")
    cache.keep("/a", prepared())
    cache.shorten("/A?\n", "/a", "/route")
    cache.find("/A?\n")
    cache.keep("/b", prepared())
    assert cache.find("/a") is None
    assert cache.find_request("/A?\n") is None
