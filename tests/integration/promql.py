"""What processes tell Prometheus, and what PromQL expressions read of it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

# What Prometheus itself adds to what it reads.
OWN_METRICS = {"up"}
OWN_LABELS = {"job", "instance"}
FUNCTIONS = {"absent", "by", "changes", "histogram_quantile", "increase", "max", "min"}
WORDS = FUNCTIONS | {"or", "rate", "sum"}


class Series(NamedTuple):
    """What a name was seen with."""

    labels: dict[str, set[str]]
    count: int


def read_series(text: str) -> dict[str, Series]:
    found: dict[str, Series] = {}
    for family in text_string_to_metric_families(text):
        found.setdefault(family.name, Series({}, 0))
        for sample in family.samples:
            labels, count = found.get(sample.name, Series({}, 0))
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
            found[sample.name] = Series(labels, count + 1)
    return found


class Use(NamedTuple):
    """A metric in an expression: its matchers, and the labels it is summed by."""

    name: str
    matchers: list[tuple[str, str, str]]
    kept: list[str]


def uses_of(expression: str) -> Iterator[Use]:
    kept = [
        label.strip()
        for listed in re.findall(r"\bby \(([^)]*)\)", expression)
        for label in listed.split(",")
    ]
    bare = re.sub(r"\bby \([^)]*\)", "", expression)
    found = re.finditer(r"\b([a-z_][a-z0-9_:]*)\b(?!\s*\()(?:\{([^}]*)\})?", _unquoted(bare))
    for match in found:
        if match[1] in WORDS or match[1] in {"m", "d", "h"}:
            continue
        name, inner = match[1], bare[match.start(2) : match.end(2)] if match[2] else ""
        yield Use(name, re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', inner), kept)


def _unquoted(expression: str) -> str:
    """The same length, so that places agree, without what is quoted, and without durations."""
    blank = re.sub(r'"[^"]*"', lambda quoted: '"' + "_" * (len(quoted[0]) - 2) + '"', expression)
    blank = re.sub(r"\[[^\]]*\]", lambda spent: " " * len(spent[0]), blank)
    return re.sub(r"\{[^}]*\}", lambda inner: "{" + "0" * (len(inner[0]) - 2) + "}", blank)


def labels_of(told: dict[str, dict[str, Series]]) -> dict[str, dict[str, set[str]]]:
    """The labels of each name with their values, whichever process tells it."""
    found: dict[str, dict[str, set[str]]] = {}
    for series in told.values():
        for name, (labels, _) in series.items():
            has = found.setdefault(name, {})
            for label, values in labels.items():
                has.setdefault(label, set()).update(values)
    return found


def what_is_missing(expression: str, told: dict[str, dict[str, set[str]]]) -> Iterator[str]:
    """What an expression reads that nobody tells."""
    uses = [use for use in uses_of(expression) if use.name not in OWN_METRICS]
    for use in uses:
        has = told.get(use.name)
        if has is None:
            yield use.name
            continue
        for label, sign, value in use.matchers:
            if label not in {*has, *OWN_LABELS} or (sign == "=" and value not in has[label]):
                yield f"{use.name}{{{label}{sign}{value}}}"
        for label in set(use.kept) - {"le", *OWN_LABELS}:
            if not any(label in told.get(each.name, {}) for each in uses):
                yield f"{use.name} by {label}"
