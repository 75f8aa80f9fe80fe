"""The encoder of free texts: loaded once, beside the service, and asked in a thread."""

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.recommender.bridge import Bridge, unit
from shared.encoder import Encoder
from shared.errors import TextSearchUnavailableError
from shared.spanish.glossary import load_glossary
from shared.spanish.languages import detect_lang
from shared.telemetry import log

KEPT_TEXTS: Final = 1024
# How long a request waits for an encoder that is still being loaded.
WAIT_S: Final = 1.5
# Of a Spanish text: how much its gloss counts beside the multilingual vector, `learn_bridge`.
SHARE_OF_GLOSS: Final = 0.7
_WARM: Final = "warm"
_WARM_SPANISH: Final = "una película para entrar en calor"


class QueryEncoder:
    """Vectors of what people type; a text is encoded once while it is remembered.

    Spanish texts are put into English words for the English model. With a bridge, words that the
    glossary lacks are guessed, and its vector has a share. Blocking: call from a thread.
    """

    def __init__(
        self, create: Callable[[], Encoder], create_bridge: Callable[[], Bridge] | None = None
    ) -> None:
        """Load nothing yet; `load` calls `create`, then `create_bridge`."""
        self._create = create
        self._create_bridge = create_bridge
        self._encoder: Encoder | None = None
        self._bridge: Bridge | None = None
        self._is_tried = threading.Event()
        self._turn = threading.Lock()
        self._remembered = lru_cache(KEPT_TEXTS)(self._encode)

    def load(self) -> None:
        """Load the model and encode once; without it, everything but texts is answered."""
        try:
            self._encoder = self._create()
            self.encode(_WARM)
        except Exception as error:  # noqa: BLE001  # whatever a model does, the rest is answered
            self._encoder = None
            log().warning("encoder_unavailable", reason=_reason(error))
        finally:
            self._is_tried.set()
        if self._encoder is not None and self._create_bridge is not None:
            self._load_bridge(self._create_bridge)

    def encode(self, text: str) -> NDArray[np.float32]:
        """Return the vector of a text, (384,) float32, unit length.

        Raises:
            TextSearchUnavailableError: there is no model here, or it is still being loaded.
        """
        if self._encoder is None and not self._is_tried.wait(WAIT_S):
            raise TextSearchUnavailableError("The text encoder is still being loaded.")
        return self._remembered(text, self._bridge)

    def _load_bridge(self, create: Callable[[], Bridge]) -> None:
        """Load the bridge and cross it once; without it, Spanish has its glossary."""
        try:
            bridge = create()
            bridge.cross(_WARM_SPANISH)
        except Exception as error:  # noqa: BLE001  # English needs none of it
            log().warning("bridge_unavailable", reason=_reason(error))
        else:
            self._bridge = bridge

    def _encode(self, text: str, bridge: Bridge | None) -> NDArray[np.float32]:
        """Encode; what was remembered before there was a bridge is not what it gives."""
        if self._encoder is None:
            raise TextSearchUnavailableError("The text encoder could not be loaded.")
        with self._turn:
            if detect_lang(text) == "en":
                return _first(self._encoder, text)
            return _encode_spanish(text, self._encoder, bridge)


def _encode_spanish(text: str, encoder: Encoder, bridge: Bridge | None) -> NDArray[np.float32]:
    """Return the vector of a Spanish text, with the bridge where there is one that works."""
    if bridge is not None:
        try:
            crossing = bridge.cross(text)
            gloss = load_glossary().gloss(text, crossing.guess) or text
        except Exception as error:  # noqa: BLE001  # whatever a model does, the glossary is left
            log().warning("bridge_failed", reason=_reason(error))
        else:
            english = _first(encoder, gloss)
            both = SHARE_OF_GLOSS * english + (1 - SHARE_OF_GLOSS) * crossing.vector
            return unit(both.astype(np.float32))
    return _first(encoder, load_glossary().gloss(text, _unchanged) or text)


def _first(encoder: Encoder, text: str) -> NDArray[np.float32]:
    vector: NDArray[np.float32] = encoder.encode([text])[0]
    return vector


def _unchanged(words: Sequence[str]) -> Sequence[str]:
    return words


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
