"""Tags name a question and a release, and are recognised however they come back."""

import pytest

from services.gateway.conditional import content_tag, entity_tag, is_known


def test_another_question_or_release_is_another_tag() -> None:
    tags = {
        entity_tag("/a", "1-a"),
        entity_tag("/a?lang=es", "1-a"),
        entity_tag("/a", "2-b"),
        content_tag(b"x"),
        content_tag(b"y"),
    }
    assert len(tags) == 5
    assert entity_tag("/a", "1-a") == entity_tag("/a", "1-a")
    assert entity_tag("/a", "1-a").startswith("1-a-")


@pytest.mark.parametrize(
    ("given", "is_same"),
    [
        ('"t"', True),
        ('W/"t"', True),
        ('"t-gzip"', True),
        ('W/"t-gzip"', True),
        ('"a", W/"b" , "t"', True),
        ("*", True),
        (" * ", True),
        ("", False),
        ('"T"', False),
        ('"tt"', False),
        ('"t-br"', False),
        ("t", False),
        ('"*"', False),
        ('"a", "b"', False),
    ],
)
def test_a_tag_is_found_in_a_list(given: str, *, is_same: bool) -> None:
    assert is_known("t", given) is is_same
