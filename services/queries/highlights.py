"""Texts with what matched marked: HTML, escaped, with `<em>` around the words."""

import html
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from services.queries.search_query import FUZZY_FIELDS, STOP_WORDS, Asked, Form, QueryReader, Word
from shared.contracts.search import Highlights
from shared.search_index import PLAIN_FIELDS, TEXT_FIELDS

MOST_CHARACTERS: Final = 160
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")  # noqa: RUF001  # both apostrophes
_CHUNK: Final = re.compile(r"\S+")
_LEAST_START: Final = 3
_ELLIPSIS: Final = "…"
Span = tuple[int, int]


class _Text(NamedTuple):
    """One text of a field, and where it matched."""

    field: str
    text: str
    spans: set[Span]


class Highlighter:
    """Marks what was asked for; one for each search."""

    def __init__(self, reader: QueryReader, asked: Asked, unknown: Collection[Word]) -> None:
        """Mark the words and phrases of `asked`, which `reader` has read.

        Those that no text has, `unknown`, may be meant by a word of any field.
        """
        self._reader = reader
        words = [*asked.words, *asked.english, *(each for some in asked.phrases for each in some)]
        self._unknown = frozenset(unknown)
        self._by_plain = {word.plain: word for word in words}
        self._by_stem = {word.stem: word for word in words}
        starts = sorted({start for word in words for start in _starts(word)})
        self._same = _beginning_with("'?".join(map(re.escape, start)) for start in starts)
        self._alike = _beginning_with(sorted({word.plain[0] for word in words}))

    def highlight(self, texts: Mapping[str, str | Sequence[str] | None]) -> Highlights:
        """Return the fields in which something matched, of lists the members that did.

        A word that no field has is marked where there is one like it; a film found by its whole
        title has all of that marked.
        """
        read = [
            _Text(field, text, set()) for field in TEXT_FIELDS for text in _as_list(texts[field])
        ]
        found = {word for each in read for word in self._mark_same(each)}
        missed = [word for word in self._by_plain.values() if word.edits and word not in found]
        for each in read if missed else ():
            self._mark_likes(each, self._forms(each, self._alike), missed)
        if not any(each.spans for each in read):
            self._mark_at_last(read, missed)
        return _joined(each for each in read if each.spans)

    def _mark_same(self, each: _Text) -> Iterator[Word]:
        """Mark the words asked for, and yield them."""
        is_stemmed = each.field not in PLAIN_FIELDS
        for span, form in self._forms(each, self._same):
            word = self._by_plain.get(form.plain)
            # `theme` has the stem of `them`.
            if word is None and is_stemmed and form.plain not in STOP_WORDS:
                word = self._by_stem.get(form.stem)
            if word is not None:
                each.spans.add(span)
                yield word

    def _mark_likes(
        self, each: _Text, forms: Iterable[tuple[Span, Form]], missed: Iterable[Word]
    ) -> None:
        """Mark those words of a text that may be meant by these."""
        if each.field not in FUZZY_FIELDS:
            missed = self._unknown.intersection(missed)
        for span, form in forms if missed else ():
            if any(_is_like(form.plain, word) for word in missed):
                each.spans.add(span)

    def _mark_at_last(self, read: Sequence[_Text], missed: Sequence[Word]) -> None:
        """Mark what only differs in its first letter too, or else the title."""
        for each in read if missed else ():
            self._mark_likes(each, self._forms(each), missed)
        if not any(each.spans for each in read):
            read[0].spans.add((0, len(read[0].text)))

    def _forms(
        self, each: _Text, quick: re.Pattern[str] | None = None
    ) -> Iterator[tuple[Span, Form]]:
        """The words of a text; of a title, also those that are made of several.

        `quick` finds those that matter in a text of lower-case ASCII.
        """
        is_title = each.field == "title"
        if quick is None or is_title or not each.text.isascii():
            matches = _WORD.finditer(each.text)
        else:
            matches = quick.finditer(each.text.lower())
        for match in matches:
            form = self._reader.form(match.group())
            if form is not None:
                yield match.span(), form
        for match in _CHUNK.finditer(each.text) if is_title else ():
            form = self._reader.joined_form(match.group())
            if form is not None:
                yield match.span(), form


def mark(text: str, spans: Iterable[Span]) -> str:
    """Return a text as HTML with these spans marked; none overlaps another."""
    pieces: list[str] = []
    last = 0
    for start, end in sorted(spans):
        pieces += [html.escape(text[last:start]), f"<em>{html.escape(text[start:end])}</em>"]
        last = end
    return "".join([*pieces, html.escape(text[last:])])


def fragment(text: str, spans: Sequence[Span]) -> tuple[str, list[Span]]:
    """Return the 160 characters with most of the spans, cut between words, and these spans."""
    if len(text) <= MOST_CHARACTERS:
        return text, list(spans)
    room = MOST_CHARACTERS - 2 * len(_ELLIPSIS)
    ordered = sorted(spans)
    # A match may be longer than what is shown of it.
    ordered = [(start, min(end, start + room)) for start, end in ordered]
    windows = [
        [each for each in ordered[at:] if each[1] <= ordered[at][0] + room]
        for at in range(len(ordered))
    ]
    best = max(windows, key=len)
    start, end = _whole_words(text, (best[0][0], best[-1][1]), room)
    before, after = (_ELLIPSIS if start else ""), (_ELLIPSIS if end < len(text) else "")
    shift = len(before) - start
    return (
        f"{before}{text[start:end]}{after}",
        [(first + shift, last + shift) for first, last in best],
    )


def _whole_words(text: str, needed: Span, room: int) -> Span:
    """At most `room` characters around `needed`, cut between words where they can be."""
    first, last = needed
    start = max(0, min(first - (room - (last - first)) // 2, len(text) - room))
    if start:
        space = text.find(" ", start - 1, first)
        start = start if space < 0 else space + 1
    end = min(len(text), start + room)
    if end < len(text):
        space = text.rfind(" ", last, end + 1)
        end = end if space < 0 else space
    return start, end


def _as_list(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or ()


def _beginning_with(starts: Iterable[str]) -> re.Pattern[str]:
    """Words of lower-case ASCII that begin with one of these patterns."""
    return re.compile(
        rf"(?<![a-z0-9])(?<![a-z0-9]')(?:{'|'.join(starts)})[a-z0-9]*(?:'[a-z0-9]+)*"
    )


def _starts(word: Word) -> Iterator[str]:
    """How the words that have the same form or stem begin; `happi` is the stem of `happy`."""
    yield word.plain
    yield word.stem[:-1] if len(word.stem) > _LEAST_START else word.stem


def _is_like(plain: str, word: Word) -> bool:
    return OSA.distance(plain, word.plain, score_cutoff=word.edits) <= word.edits


def _joined(marked: Iterable[_Text]) -> Highlights:
    """The marked texts by their field."""
    fields: dict[str, list[str]] = {}
    for each in marked:
        spans = _apart(each.spans)
        shown = fragment(each.text, spans) if each.field == "overview" else (each.text, spans)
        fields.setdefault(each.field, []).append(mark(*shown))
    return {field: ", ".join(shown) for field, shown in fields.items()}


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that overlap made one."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart
