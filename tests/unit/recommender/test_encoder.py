import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray
from structlog.testing import capture_logs

from services.recommender.bridge import Bridge
from services.recommender.encoder import QueryEncoder
from shared.encoder import Progress
from shared.errors import ModelError, TextSearchUnavailableError
from tests.factories import without_model
from tests.unit.recommender.catalogues import FixedBridge, OneVector, Places, encoder_of

VECTOR = np.ones(384, dtype=np.float32)


def test_a_text_is_encoded_once() -> None:
    model = OneVector(VECTOR)
    encoder = encoder_of(model)
    warm = model.calls
    encoder.encode("a heist in dreams")
    encoder.encode("a heist in dreams")
    assert model.calls == warm + 1


def test_without_a_model_texts_are_unavailable() -> None:
    encoder = QueryEncoder(without_model)
    encoder.load()
    with pytest.raises(TextSearchUnavailableError, match="could not be loaded"):
        encoder.encode("a heist in dreams")


def test_before_the_model_is_there_a_request_waits_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.recommender.encoder.WAIT_S", 0.01)
    with pytest.raises(TextSearchUnavailableError, match="still being loaded"):
        QueryEncoder(without_model).encode("a heist in dreams")


def test_a_model_that_breaks_in_an_unknown_way_is_noted() -> None:
    def broken() -> OneVector:
        raise RuntimeError("no such instruction")

    encoder = QueryEncoder(broken)
    encoder.load()
    with pytest.raises(TextSearchUnavailableError, match="could not be loaded"):
        encoder.encode("a heist in dreams")


def test_a_spanish_text_is_given_to_the_model_in_english_words() -> None:
    model = Places({"warm": [1.0, 0.0], "a thief of dream": [0.6, 0.8]})
    encoder = encoder_of(model)
    np.testing.assert_allclose(encoder.encode("un ladrón de sueños"), [0.6, 0.8], rtol=1e-6)


def test_an_english_text_does_not_cross_the_bridge() -> None:
    model = Places({"warm": [1.0, 0.0], "a thief": [0.6, 0.8]})
    encoder = with_bridge(model, FixedBridge([0.0, 1.0]))
    np.testing.assert_allclose(encoder.encode("a thief"), [0.6, 0.8], rtol=1e-6)


def test_the_vector_across_has_its_share_of_a_spanish_text() -> None:
    model = Places({"warm": [1.0, 0.0], "a thief of <marmotas>": [1.0, 0.0]})
    encoder = with_bridge(model, FixedBridge([0.0, 1.0]))
    blend = np.array([0.7, 0.3]) / np.hypot(0.7, 0.3)
    np.testing.assert_allclose(encoder.encode("un ladrón de marmotas"), blend, rtol=1e-6)
    assert encoder.encode("un ladrón de marmotas").dtype == np.float32


def test_without_its_package_spanish_has_the_glossary_and_the_reason_is_logged() -> None:
    def missing() -> Bridge:
        raise ModelError("not installed")

    model = Places({"warm": [1.0, 0.0], "a thief of marmotas": [0.6, 0.8]})
    with capture_logs() as logs:
        encoder = QueryEncoder(lambda: model, missing)
        encoder.load()
    assert [(each["event"], each["reason"]) for each in logs] == [
        ("bridge_unavailable", "ModelError: not installed")
    ]
    np.testing.assert_allclose(encoder.encode("un ladrón de marmotas"), [0.6, 0.8], rtol=1e-6)
    np.testing.assert_allclose(encoder.encode("warm"), [1.0, 0.0])


def test_a_bridge_that_breaks_later_gives_no_other_vector() -> None:
    model = Places({"warm": [1.0, 0.0], "a thief": [0.6, 0.8]})
    bridge = FixedBridge([0.0, 1.0])
    encoder = with_bridge(model, bridge)
    bridge.is_broken = True
    with capture_logs() as logs, pytest.raises(TextSearchUnavailableError, match="be encoded"):
        encoder.encode("un ladrón")
    assert [each["event"] for each in logs] == ["encoder_failed"]
    np.testing.assert_allclose(encoder.encode("a thief"), [0.6, 0.8], rtol=1e-6)
    bridge.is_broken = False
    assert encoder.encode("un ladrón")[1] > 0.3


def test_a_bridge_that_breaks_when_warmed_is_not_used() -> None:
    model = Places({"warm": [1.0, 0.0], "a thief": [0.6, 0.8]})
    bridge = FixedBridge([0.0, 1.0])
    bridge.is_broken = True
    encoder = with_bridge(model, bridge)
    bridge.is_broken = False
    np.testing.assert_allclose(encoder.encode("un ladrón"), [0.6, 0.8], rtol=1e-6)


def test_while_the_bridge_is_loaded_only_spanish_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.recommender.encoder.WAIT_S", 0.01)
    model = Places({"warm": [1.0, 0.0], "a thief": [0.6, 0.8]})

    def late() -> Bridge:
        np.testing.assert_allclose(encoder.encode("a thief"), [0.6, 0.8], rtol=1e-6)
        with pytest.raises(TextSearchUnavailableError, match="still being loaded"):
            encoder.encode("un ladrón")
        return FixedBridge([0.0, 1.0])

    encoder = QueryEncoder(lambda: model, late)
    with capture_logs() as logs:
        encoder.load()
    assert logs == []
    assert encoder.encode("un ladrón")[1] > 0.3


def test_more_texts_than_may_wait_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.recommender.encoder.MOST_WAITING", 2)
    may_go_on = threading.Event()

    class Slow(OneVector):
        def encode(
            self, texts: Sequence[str], on_progress: Progress | None = None
        ) -> NDArray[np.float32]:
            assert texts == ["warm"] or may_go_on.wait(5)
            return super().encode(texts, on_progress)

    encoder = encoder_of(Slow(VECTOR))
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(encoder.encode, text) for text in ("one film", "another film")]
        while encoder._places._value:
            time.sleep(0.001)
        with pytest.raises(TextSearchUnavailableError, match="Too many texts"):
            encoder.encode("a third film")
        may_go_on.set()
        assert all(each.result().shape == (384,) for each in waiting)
    assert encoder.encode("a third film").shape == (384,)


def test_without_a_model_the_bridge_is_not_loaded() -> None:
    tried: list[bool] = []

    def create() -> Bridge:
        tried.append(True)
        return FixedBridge([0.0, 1.0])

    QueryEncoder(without_model, create).load()
    assert tried == []


def test_a_text_of_words_without_english_is_encoded_as_it_is() -> None:
    model = Places({"warm": [1.0, 0.0], "ya ya": [0.6, 0.8]})
    np.testing.assert_allclose(encoder_of(model).encode("ya ya"), [0.6, 0.8], rtol=1e-6)


def with_bridge(model: Places, bridge: Bridge) -> QueryEncoder:
    encoder = QueryEncoder(lambda: model, lambda: bridge)
    encoder.load()
    return encoder


def test_it_says_that_it_is_being_loaded_and_then_what_is_missing() -> None:
    def missing() -> Bridge:
        raise ModelError("not installed")

    model = Places({"warm": [1.0, 0.0]})
    for create, create_bridge, reasons, words in (
        (lambda: model, lambda: FixedBridge([0.0, 1.0]), [], ()),
        (lambda: model, None, [], ()),
        (lambda: model, missing, ["the extra 'spanish' is missing"], ()),
        (without_model, None, ["there is no text encoder"], ("text",)),
    ):
        encoder = QueryEncoder(create, create_bridge)
        assert not encoder.is_tried
        assert encoder.reasons == ["the text encoder is still being loaded"]
        assert encoder.degraded == ("loading", "text")
        encoder.load()
        assert encoder.is_tried
        assert [each.partition(":")[0] for each in encoder.reasons] == reasons
        assert encoder.degraded == words
