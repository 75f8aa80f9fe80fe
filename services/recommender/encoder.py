"""The encoder of free texts: loaded once, beside the service, and asked in a thread."""

import threading
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.recommender.bridge import Bridge, unit
from shared.contracts.recommendations import Lang
from shared.encoder import Encoder
from shared.errors import TextSearchUnavailableError
from shared.remembering import remember
from shared.spanish.glossary import load_glossary
from shared.spanish.languages import detect_lang
from shared.telemetry import log

KEPT_TEXTS: Final = 1024
# How long a request waits for what is still being loaded: less than a search waits for a leg.
WAIT_S: Final = 0.8
# Texts at once, encoded one by one: the last one still has its turn before its search gives up,
# and the service's other threads are free for other requests.
MOST_WAITING: Final = 16
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
        self._is_bridge_tried = threading.Event()
        self._places = threading.BoundedSemaphore(MOST_WAITING)
        self._turn = threading.Lock()
        self._remembered = remember(KEPT_TEXTS, self._encode)

    def load(self) -> None:
        """Load the model and encode once; without it, everything but texts is answered."""
        try:
            self._encoder = self._create()
            _first(self._encoder, _WARM)
        except Exception as error:  # noqa: BLE001  # whatever a model does, the rest is answered
            self._encoder = None
            log().warning("encoder_unavailable", reason=_reason(error))
        finally:
            self._is_tried.set()
        if self._encoder is not None and self._create_bridge is not None:
            self._load_bridge(self._create_bridge)
        self._is_bridge_tried.set()

    @property
    def is_tried(self) -> bool:
        """Whether all that could be loaded is loaded and warm."""
        return self._is_bridge_tried.is_set()

    @property
    def reasons(self) -> list[str]:
        """What texts lack, for operators."""
        if not self.is_tried:
            return ["the text encoder is still being loaded"]
        if self._encoder is None:
            return ["there is no text encoder: texts are not searched for"]
        if self._create_bridge is not None and self._bridge is None:
            return ["the extra 'spanish' is missing: Spanish texts have the glossary alone"]
        return []

    @property
    def degraded(self) -> tuple[str, ...]:
        """The words for answers while texts are not searched for, or not yet."""
        if not self.is_tried:
            return ("loading", "text")
        return ("text",) if self._encoder is None else ()

    def encode(self, text: str) -> NDArray[np.float32]:
        """Return the vector of a text, (384,) float32, unit length.

        Raises:
            TextSearchUnavailableError: there is no model here, it fails or is still being loaded,
                or too many texts are waiting.
        """
        lang = detect_lang(text)
        needed = self._is_tried if lang == "en" else self._is_bridge_tried
        if not needed.wait(WAIT_S):
            raise TextSearchUnavailableError("The text encoder is still being loaded.")
        return self._remembered(text, lang)

    def _load_bridge(self, create: Callable[[], Bridge]) -> None:
        """Load the bridge and cross it once; without it, Spanish has its glossary."""
        try:
            bridge = create()
            bridge.cross(_WARM_SPANISH)
        except Exception as error:  # noqa: BLE001  # English needs none of it
            log().warning("bridge_unavailable", reason=_reason(error))
        else:
            self._bridge = bridge

    def _encode(self, text: str, lang: Lang) -> NDArray[np.float32]:
        """Encode when it is this text's turn."""
        if self._encoder is None:
            raise TextSearchUnavailableError("The text encoder could not be loaded.")
        if not self._places.acquire(blocking=False):
            raise TextSearchUnavailableError("Too many texts are being searched for just now.")
        try:
            with self._turn:
                if lang == "en":
                    return _first(self._encoder, text)
                return _encode_spanish(text, self._encoder, self._bridge)
        except Exception as error:
            log().warning("encoder_failed", reason=_reason(error))
            raise TextSearchUnavailableError("The text could not be encoded.") from error
        finally:
            self._places.release()


def _encode_spanish(text: str, encoder: Encoder, bridge: Bridge | None) -> NDArray[np.float32]:
    """Return the vector of a Spanish text, by the glossary alone where there is no bridge."""
    if bridge is None:
        return _first(encoder, load_glossary().gloss(text, _unchanged) or text)
    crossing = bridge.cross(text)
    english = _first(encoder, load_glossary().gloss(text, crossing.guess) or text)
    both = SHARE_OF_GLOSS * english + (1 - SHARE_OF_GLOSS) * crossing.vector
    return unit(both.astype(np.float32))


def _first(encoder: Encoder, text: str) -> NDArray[np.float32]:
    vector: NDArray[np.float32] = encoder.encode([text])[0]
    return vector


def _unchanged(words: Sequence[str]) -> Sequence[str]:
    return words


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
