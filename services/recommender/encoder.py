"""The encoder of free texts: loaded once, beside the service, and asked in a thread."""

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.encoder import Encoder
from shared.errors import TextSearchUnavailableError
from shared.telemetry import log

KEPT_TEXTS: Final = 1024
# How long a request waits for an encoder that is still being loaded.
WAIT_S: Final = 1.5


class QueryEncoder:
    """Vectors of what people type; a text is encoded once while it is remembered.

    Blocking: call from a thread.
    """

    def __init__(self, create: Callable[[], Encoder]) -> None:
        """Load nothing yet; `load` calls `create`."""
        self._create = create
        self._encoder: Encoder | None = None
        self._is_tried = threading.Event()
        self._turn = threading.Lock()
        self._remembered = lru_cache(KEPT_TEXTS)(self._encode)

    def load(self) -> None:
        """Load the model and encode once; without it, everything but texts is answered."""
        try:
            self._encoder = self._create()
            self.encode("warm")
        except Exception as error:  # noqa: BLE001  # whatever a model does, the rest is answered
            self._encoder = None
            log().warning("encoder_unavailable", reason=f"{type(error).__name__}: {error}")
        finally:
            self._is_tried.set()

    def encode(self, text: str) -> NDArray[np.float32]:
        """Return the vector of a text, (384,) float32, unit length.

        Raises:
            TextSearchUnavailableError: there is no model here, or it is still being loaded.
        """
        if self._encoder is None and not self._is_tried.wait(WAIT_S):
            raise TextSearchUnavailableError("The text encoder is still being loaded.")
        return self._remembered(text)

    def _encode(self, text: str) -> NDArray[np.float32]:
        if self._encoder is None:
            raise TextSearchUnavailableError("The text encoder could not be loaded.")
        with self._turn:
            vector: NDArray[np.float32] = self._encoder.encode([text])[0]
        return vector
