import msgspec

from shared.ranking.model import load_model
from worker.evaluation.weights import name_version


def test_the_shipped_weights_bear_the_name_of_their_content() -> None:
    model = load_model()
    assert name_version(model) == model


def test_other_weights_have_another_name_on_the_same_day() -> None:
    model = load_model()
    other = msgspec.structs.replace(model, intercept=model.intercept + 0.1)
    assert name_version(other).version != model.version
    assert name_version(other).version.startswith(model.run.date)
