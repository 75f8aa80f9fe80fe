"""Ranked movies to the items of an answer: scores, contributions that add up, and reasons."""

from collections.abc import Sequence

from services.recommender.index import Neighbourhood
from shared.contracts.recommendations import Lang, Recommendation
from shared.ranking.reasons import Pair
from shared.ranking.search import Ranked, Wish
from shared.ranking.vectors import dot

INTERCEPT = "intercept"
_SCORE_DECIMALS = 4
_DECIMALS = 6


class Explainer:
    """Explains the answers to one wish in one language; `words` are those of its text."""

    def __init__(
        self, neighbourhood: Neighbourhood, wish: Wish, words: Sequence[str], lang: Lang
    ) -> None:
        """Explain from what the release knows."""
        self._neighbourhood = neighbourhood
        self._wish = wish
        self._words = words
        self._lang: Lang = lang

    def items(self, ranked: Ranked) -> list[Recommendation]:
        """Return one item per movie, in order."""
        return [self._item(ranked, place) for place in range(len(ranked.rows))]

    def _item(self, ranked: Ranked, place: int) -> Recommendation:
        ranker = self._neighbourhood.ranker
        row, source = int(ranked.rows[place]), int(ranked.sources[place])
        own = self._wish.positive[source] if source < len(self._wish.positive) else None
        movie_id = int(ranker.table.ids[row])
        movie = self._neighbourhood.titles.movie(movie_id)
        contributions = {INTERCEPT: ranker.model.intercept}
        contributions |= {name: float(part[place]) for name, part in ranked.parts.items()}
        return Recommendation(
            id=movie_id,
            title=movie.title if movie else "",
            year=movie.year if movie else 0,
            score=round(float(ranked.scores[place]), _SCORE_DECIMALS),
            raw_score=round(float(ranked.raw[place]), _DECIMALS),
            contributions={
                name: round(value, _DECIMALS) for name, value in contributions.items() if value
            },
            because_of=None if own is None else int(ranker.table.ids[own]),
            reason=self._reason(own, row, contributions),
        )

    def _reason(self, own: int | None, row: int, contributions: dict[str, float]) -> str:
        """What the movie has in common with the one it owes most to, or with the text."""
        reasons, text = self._neighbourhood.reasons, self._neighbourhood.ranker.index.text
        if reasons is None:
            return ""
        if own is not None:
            cosine = float(dot(text[row : row + 1], text[own])[0])
            return reasons.of_pair(Pair(own, row, cosine), contributions, self._lang)
        if self._wish.text is None:
            return ""
        cosine = float(dot(text[row : row + 1], self._wish.text)[0])
        return reasons.of_text(self._words, row, cosine, self._lang)
