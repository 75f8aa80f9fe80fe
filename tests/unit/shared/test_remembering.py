"""Answers are remembered, objects are not kept."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from shared.remembering import remember


class Doubler:
    def __init__(self) -> None:
        self.asked: list[int] = []
        self.double = remember(2, self._double)

    def _double(self, number: int) -> int:
        self.asked.append(number)
        return 2 * number


@pytest.fixture
def no_collection() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def test_an_answer_is_given_again_without_asking() -> None:
    doubler = Doubler()
    assert [doubler.double(each) for each in (1, 2, 1)] == [2, 4, 2]
    assert doubler.asked == [1, 2]


def test_only_the_last_answers_are_remembered() -> None:
    doubler = Doubler()
    for each in (1, 2, 3, 1):
        doubler.double(each)
    assert doubler.asked == [1, 2, 3, 1]


@pytest.mark.usefixtures("no_collection")
def test_the_object_goes_with_its_last_user() -> None:
    doubler = Doubler()
    doubler.double(1)
    gone = weakref.ref(doubler)
    del doubler
    assert gone() is None


def test_a_method_that_outlives_its_object_says_so() -> None:
    double = Doubler().double
    with pytest.raises(ReferenceError, match="_double"):
        double(1)
