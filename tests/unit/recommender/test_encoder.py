import numpy as np
import pytest

from services.recommender.encoder import QueryEncoder
from shared.errors import TextSearchUnavailableError
from tests.factories import without_model
from tests.unit.recommender.catalogues import OneVector, encoder_of

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
