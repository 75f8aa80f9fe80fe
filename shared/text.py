"""Text normalisation for matching; the same function on both ends."""

import unicodedata


def normalise(text: str) -> str:
    """Return `text` for comparison: NFKC, casefolded, accents stripped, spaces collapsed.

    Idempotent. Punctuation stays, so `Face/Off` and `Face Off` differ.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    decomposed = unicodedata.normalize("NFKD", folded)
    stripped = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(unicodedata.normalize("NFKC", stripped).casefold().split())
