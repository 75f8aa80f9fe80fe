from pathlib import Path

import numpy as np
import pytest

from services.recommender import bridge
from services.recommender.bridge import (
    Bridge,
    Learned,
    capitalised,
    check_model,
    load_bridge,
    read_learned,
    unit,
)
from shared.errors import ModelError
from tests.unit.recommender.catalogues import Places

WORDS = {"rat": [1.0, 0.0], "average": [0.8, 0.6], "city": [0.0, 1.0]}


def bridge_of(places: dict[str, list[float]]) -> Bridge:
    learned = Learned(
        matrix=np.array([[0.0, 2.0], [2.0, 0.0]], dtype=np.float32),
        source=np.array([0.5, 0.0], dtype=np.float32),
        target=np.array([0.0, 1.0], dtype=np.float32),
        words=list(WORDS),
        names=frozenset({"harvard"}),
    )
    return Bridge(Places({**WORDS, **places}), learned)


def test_a_vector_is_centred_mapped_moved_and_of_unit_length() -> None:
    vector = bridge_of({"una rata": [2.0, 2.0]}).cross("una rata").vector
    # (2 - 0.5, 2) swaps places and doubles: (4, 3), and one up: (4, 4).
    np.testing.assert_allclose(vector, [0.5**0.5, 0.5**0.5], rtol=1e-6)
    assert vector.dtype == np.float32


def test_a_word_is_guessed_by_the_nearest_english_word() -> None:
    crossing = bridge_of({"x": [0.0, 0.0], "rata": [0.9, 0.1], "urbe": [0.1, 0.9]}).cross("x")
    assert crossing.guess(["urbe", "rata"]) == ["city", "rat"]


def test_the_text_has_a_say_in_a_guess() -> None:
    places = {"rata": [0.7, 0.4], "un chef": [1.0, -0.5], "una nota": [0.0, 0.0]}
    # By itself it is 0.8 of "average" and 0.7 of "rat"; the chef takes 0.25 from the first.
    assert bridge_of(places).cross("una nota").guess(["rata"]) == ["average"]
    assert bridge_of(places).cross("un chef").guess(["rata"]) == ["rat"]


def test_names_and_numbers_stay_as_they_are_and_are_not_asked_about() -> None:
    crossing = bridge_of({"va a Hogwarts": [0.0, 0.0], "rata": [1.0, 0.0]}).cross("va a Hogwarts")
    words = ["hogwarts", "harvard", "rata", "24"]
    assert crossing.guess(words) == ["hogwarts", "harvard", "rat", "24"]
    assert crossing.guess([]) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Un viaje a Hogwarts, Narnia y Mordor", {"hogwarts", "narnia", "mordor"}),
        ("un viaje. Después nada", set()),
        ("la de O'Hara con Spider-Man", {"o'hara", "spider", "man"}),
        ("UNA RATA COCINERA", set()),
        ("El Ladrón De Sueños", set()),
        ("Rata", set()),
        ("", set()),
    ],
)
def test_a_capital_that_begins_no_sentence_makes_a_name(text: str, names: set[str]) -> None:
    assert capitalised(text) == names


def test_a_vector_without_length_stays() -> None:
    np.testing.assert_array_equal(unit(np.zeros(3, dtype=np.float32)), np.zeros(3))


def test_the_map_of_this_package_is_whole() -> None:
    learned = read_learned()
    assert learned.matrix.shape == (512, 384)
    assert (learned.source.shape, learned.target.shape) == ((512,), (384,))
    assert learned.matrix.dtype == np.float32
    assert len(learned.words) == len(set(learned.words))
    assert learned.names.isdisjoint(learned.words)
    assert "kangaroo" in learned.words


def test_another_map_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "BRIDGE_SHA256", "0" * 64)
    with pytest.raises(ModelError, match=r"bridge\.npz has digest .* expected 0000"):
        read_learned()


def test_a_missing_map_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "BRIDGE_FILE", "absent.npz")
    with pytest.raises(ModelError, match="cannot read"):
        read_learned()


def test_a_model_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "MODEL_PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match="no_such_package is not installed"):
        load_bridge()


def test_a_model_that_is_another_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    check_model()
    monkeypatch.setitem(bridge.MODEL_SHA256, "sp.model", "0" * 64)
    with pytest.raises(ModelError, match="expected 0000"):
        check_model()


def test_the_real_model_takes_a_spanish_text_near_its_english_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = read_learned()._replace(words=["kangaroo", "kitchen", "thunder", "shipwreck"])
    monkeypatch.setattr(bridge, "read_learned", lambda: few)
    across = load_bridge()
    spanish = across.cross("un canguro salta por la cocina")
    english = across.cross("a kangaroo jumps through the kitchen").vector
    other = across.cross("two lawyers defend an innocent man in court").vector
    assert spanish.vector @ english > spanish.vector @ other + 0.3
    assert spanish.guess(["canguro", "cocina"]) == ["kangaroo", "kitchen"]
    assert Path(bridge.__file__).with_name(bridge.BRIDGE_FILE).stat().st_size < 1_000_000
