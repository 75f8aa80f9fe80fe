import numpy as np
import pytest

from shared.contracts.evaluation import WayScores
from shared.ranking.features import RankingTable
from shared.ranking.model import RankingModel
from shared.ranking.rank import Ranker
from tests.unit.worker.evaluation.releases import write_recommendations
from worker.evaluation import learning
from worker.evaluation.material import Judge, Material
from worker.evaluation.metrics import Lists, ndcg_at_10
from worker.evaluation.shapes import KNOTS, MAYBE_UNKNOWN, make_shapes
from worker.evaluation.truth import Truth, read_recommendations
from worker.evaluation.weights import describe_run, make_model


@pytest.fixture(scope="module")
def truth(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Truth:
    path = write_recommendations(tmp_path_factory.mktemp("truth") / "a.jsonl")
    return read_recommendations(path, material.ids)


@pytest.fixture(scope="module")
def pairs(material: Material, truth: Truth) -> learning.Pairs:
    seeds = [int(rows[0]) for rows in truth.asked]
    return learning.collect_pairs(material.ranker, seeds, truth.wanted)


@pytest.fixture(scope="module")
def model(material: Material, truth: Truth, pairs: learning.Pairs) -> RankingModel:
    table: RankingTable = material.ranker.table
    unseen = measure(material, truth, pairs.lists(np.zeros(len(pairs.rows)), table.ids))
    run = describe_run(len(truth.asked), len(table), "a command", unseen)
    return make_model(material.ranker.model, learning.make_design(pairs), pairs, table, run)


def measure(material: Material, truth: Truth, lists: Lists) -> WayScores:
    return Judge(material).measure("any", lists, truth, with_pool=True)


def test_pairs_are_the_candidates_of_the_ranking(
    material: Material, truth: Truth, pairs: learning.Pairs
) -> None:
    first = material.ranker.candidates(int(truth.asked[0][0]))
    assert pairs.rows[: len(first)].tolist() == first.tolist()
    assert pairs.counts[0] == len(first)
    assert set(pairs.rows[: len(first)][pairs.wanted[: len(first)]].tolist()) == set(
        truth.wanted[0].tolist()
    )


def test_learning_finds_what_the_truth_shows(
    material: Material, truth: Truth, pairs: learning.Pairs
) -> None:
    design = learning.make_design(pairs)
    weights = learning.fit(design, pairs, np.ones(len(pairs.counts), dtype=bool))
    found = ndcg_at_10(pairs.lists(design.matrix @ weights, material.ids), truth.wanted)
    chance = ndcg_at_10(pairs.lists(np.zeros(len(pairs.rows)), material.ids), truth.wanted)
    assert found.mean() > chance.mean() + 0.2


def test_coefficients_stay_within_their_bounds(pairs: learning.Pairs) -> None:
    design = learning.make_design(pairs)
    weights = learning.fit(design, pairs, np.ones(len(pairs.counts), dtype=bool))
    for value, (low, high) in zip(weights, design.bounds, strict=True):
        assert low is None or value >= low
        assert high is None or value <= high


def test_each_film_is_judged_by_weights_that_never_saw_it(
    pairs: learning.Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned_on: list[np.ndarray] = []
    original = learning.fit

    def fit(
        design: learning.Design,
        pairs: learning.Pairs,
        films: np.ndarray,
    ) -> np.ndarray:
        learned_on.append(films)
        return original(design, pairs, films)

    monkeypatch.setattr(learning, "fit", fit)
    learning.cross_validate(learning.make_design(pairs), pairs)
    assert len(learned_on) == learning.FOLDS
    # Each film is left out of exactly one fit.
    assert np.sum(learned_on, axis=0).tolist() == [learning.FOLDS - 1] * len(pairs.counts)


def test_calibration_of_one_kind_alone_changes_nothing_but_the_scale() -> None:
    raw = np.array([0.0, 1.0, 2.0])
    assert learning.calibrate(raw, np.zeros(3, dtype=bool)) == (0.5, 0.0)
    slope, _ = learning.calibrate(raw, np.array([False, True, True]))
    assert slope > 0


def test_overlaps_never_cost_and_gaps_never_pay(model: RankingModel) -> None:
    for name, curve in model.curves.items():
        values = np.array(curve.values)
        if name.endswith((".match", ".shared")):
            assert (np.diff(values) >= 0).all(), name
        if name.endswith(".gap"):
            falls = np.array(curve.knots[1:]) > 0
            assert (np.diff(values)[falls] <= 1e-9).all(), name
            assert (np.diff(values)[~falls] >= -1e-9).all(), name


def test_a_learned_model_ranks_as_the_fit_did(
    material: Material, truth: Truth, pairs: learning.Pairs, model: RankingModel
) -> None:
    design = learning.make_design(pairs)
    weights = learning.fit(design, pairs, np.ones(len(pairs.counts), dtype=bool))
    slope, intercept = learning.calibrate(design.matrix @ weights, pairs.wanted)
    ranker = Ranker(material.ranker.index, material.ranker.table, model)
    rows = pairs.rows[: pairs.counts[0]]
    parts = ranker.contributions(int(truth.asked[0][0]), rows)
    fitted = (slope * (design.matrix @ weights) + intercept)[: len(rows)]
    assert model.raw(parts) == pytest.approx(fitted, abs=1e-3)


def test_a_model_names_its_run(model: RankingModel) -> None:
    assert model.version.startswith(f"{model.run.date}-")
    assert "60 films of 60" in model.run.data
    assert model.run.metrics.keys() == {"hit@5", "nDCG@10", "recall@10", "distinct in top tens"}


def test_a_shape_gives_the_curve_between_its_knots() -> None:
    for shape in make_shapes():
        weights = np.random.default_rng(1).standard_normal(shape.basis.shape[1])
        inputs = np.array([shape.knots[0] - 1, *shape.knots, shape.knots[-1] + 1, np.nan])
        found = shape.expand(inputs) @ weights
        values = np.interp(inputs[:-1], shape.knots, shape.basis @ weights)
        assert found == pytest.approx([*values, 0.0], abs=1e-4)


def test_a_gap_of_zero_is_the_top_and_worth_nothing_by_itself() -> None:
    for shape in make_shapes():
        if shape.name.endswith(".gap") and shape.name not in MAYBE_UNKNOWN:
            values = shape.basis @ np.ones(shape.basis.shape[1])
            assert values[shape.knots == 0].tolist() == [0]
            assert values.max() == 0


def test_every_learned_input_exists(material: Material) -> None:
    inputs = material.ranker.inputs(0, np.array([1, 2]))
    assert KNOTS.keys() <= inputs.keys()


def test_costs_grow_with_values_and_bends() -> None:
    for shape in make_shapes():
        eigenvalues = np.linalg.eigvalsh(shape.cost())
        assert eigenvalues.min() > 0


def test_the_weights_of_this_version_have_the_shapes_curves(material: Material) -> None:
    assert KNOTS.keys() <= material.ranker.model.curves.keys()
