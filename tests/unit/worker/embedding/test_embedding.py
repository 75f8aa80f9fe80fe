"""Texts to vectors: what is embedded, what is reused, and that any split gives the same."""

import numpy as np
import pytest

from shared.encoder import DIMS, SentenceTransformerEncoder, check_weights, find_model
from shared.errors import ModelError
from tests.factories import movie, movies_frame, small_catalogue
from worker.embedding.reuse import plan_reuse
from worker.embedding.structured import structured_block
from worker.embedding.text import content_hashes, document

TEXTS = [
    "Toy Story. Led by Woody, Andy's toys live happily in his room.",
    "¿Qué hice yo para merecer esto?",
    "8½",
    "A very long plot. " * 80,
    *(f"Movie {place}. It is about {'many ' * place}things." for place in range(40)),
]


@pytest.fixture(scope="module")
def encoder() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(threads=1)


def test_any_split_and_order_gives_the_same_vectors_to_the_bit(
    encoder: SentenceTransformerEncoder,
) -> None:
    together = encoder.encode(TEXTS)
    assert together.shape == (len(TEXTS), DIMS)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    order = np.random.default_rng(0).permutation(len(TEXTS))
    shuffled = encoder.encode([TEXTS[place] for place in order])
    np.testing.assert_array_equal(shuffled, together[order])
    alone = np.vstack([encoder.encode([text]) for text in TEXTS[:6]])
    np.testing.assert_array_equal(alone, together[:6])


def test_progress_ends_at_the_total(encoder: SentenceTransformerEncoder) -> None:
    seen: list[tuple[int, int]] = []
    encoder.encode(TEXTS[:5], lambda done, total: seen.append((done, total)))
    assert seen[-1] == (5, 5)


def test_altered_weights_are_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("model")
    with pytest.raises(ModelError, match="cannot read"):
        check_weights(folder)
    data = bytearray((find_model() / "model.safetensors").read_bytes())
    data[1000] ^= 1
    (folder / "model.safetensors").write_bytes(data)
    with pytest.raises(ModelError, match="digest"):
        check_weights(folder)


def test_the_document_leaves_out_what_is_absent() -> None:
    movies = movies_frame(
        movie(1, "Alone", overview=None),
        movie(2, "Both", tagline=" A line ", keywords=[{"id": 1, "name": "dream"}]),
    )
    texts = movies.select(document()).to_series().to_list()
    assert texts[0] == "Alone"
    assert texts[1].startswith("Both. A line. About Both.")
    assert "dream" in texts[1]


def test_only_new_texts_are_encoded_and_each_once() -> None:
    known = np.arange(6, dtype=np.float32).reshape(2, 3)
    plan = plan_reuse(["b", "x", "a", "x"], 3, ["a", "b"], known)
    assert plan.to_encode == [1]
    merged = plan.merge(np.full((1, 3), 9, dtype=np.float32))
    np.testing.assert_array_equal(merged, [[3, 4, 5], [9, 9, 9], [0, 1, 2], [9, 9, 9]])


def test_the_hash_covers_model_arithmetic_and_text() -> None:
    hashes = {
        content_hashes([text], model_id=model, dtype=dtype)[0]
        for text in ("a", "b")
        for model in ("m", "n")
        for dtype in ("float32", "bfloat16")
    }
    assert len(hashes) == 8


def test_the_structured_block_is_repeatable_and_of_unit_or_no_length() -> None:
    tables = small_catalogue(movies=40)
    block = structured_block(*tables)
    np.testing.assert_array_equal(block, structured_block(*tables))
    lengths = np.linalg.norm(block, axis=1)
    assert (np.isclose(lengths, 1, atol=1e-5) | (lengths == 0)).all()
