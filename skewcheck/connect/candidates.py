"""Places of a log that may hold the raw or the served values of features: by name, by position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from skewcheck.connect.numbered import numbered
from skewcheck.connect.records import Findings, Record, Vector
from skewcheck.engine.served_names import (
    Hint,
    by_letters,
    hint_of,
    is_transformer,
    letters,
    named_keys,
    prefix_of,
)
from skewcheck.features.types import Feature
from skewcheck.logs.columns import element
from skewcheck.logs.shape.ops import Op

OTHERS = (
    "probab", "proba", "logit", "softmax", "score", "predict", "embedding", "shap", "attribut",
    "importance", "attention", "gradient", "saliency", "confidence", "quantile", "topk", "output",
    "contrib", "explanation", "percentile", "counterfactual", "average",
)  # fmt: skip
"""Words likewise of a list that is neither: what a model gave back, or says of its features."""
MIN_AFFIXED = 0.5
"""Share of the features that must have one prefix, as a feature store gives them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Columns of one place, by the feature or by the key of a served column (`dow_mon`)."""

    path: str
    ops: tuple[Op, ...]
    columns: Mapping[str, str]
    by: Literal["name", "position"]
    hint: Hint | None
    """What its name says; None if nothing."""
    outputs: bool = False
    """Whether its keys are those of served columns."""
    other: bool = False
    """Whether its name says that it is neither side: only its values may say that it is."""
    numbered: bool = False
    """Whether it is fields with a number each: a side only beside one that has names."""
    affixed: int = 0
    """0 of the features' names themselves; more where something stands before or behind them."""

    @property
    def template(self) -> str:
        """What names its columns in an option; of a list, the first of them."""
        key, column = next(iter(self.columns.items()))
        if self.by == "position" or key not in column:
            return column
        before, _, after = column.rpartition(key)
        return f"{before}{{feature}}{after}"


def candidates(findings: Findings, features: Sequence[Feature]) -> list[Candidate]:
    """Return the places that hold values of features, those of the most features first."""
    records = _with_elements(findings, features)
    places = [c for record in records for c in _of_record(record, features)]
    places += [c for vector in findings.vectors for c in _of_vector(vector, features)]
    spread = _spread(records, features, places)
    places += [] if spread is None else [spread]
    return sorted(places, key=lambda c: (-len(c.columns), len(c.path)))


def _with_elements(findings: Findings, features: Sequence[Feature]) -> Sequence[Record]:
    """Return the records with elements of their vectors as fields: features may be `state[3]`."""
    elements = [of_vector for f in features if (of_vector := element(f.name)) is not None]
    if not elements:
        return findings.records
    places: dict[str, set[int]] = {}
    for of_feature, place in elements:
        places.setdefault(letters(of_feature), set()).add(place)
    by_path = {vector.path: vector for vector in findings.vectors}
    result = []
    for record in findings.records:
        fields, ops = set(record.fields), dict.fromkeys(record.ops)
        for name in sorted(record.fields):
            vector = by_path.get(record.child(name))
            known = {i for v, held in places.items() if v in letters(name) for i in held}
            if vector is not None and known:
                fields |= {f"{name}[{i}]" for i in known if i < vector.length}
                ops |= dict.fromkeys(vector.ops)
        result.append(Record(record.path, tuple(ops), frozenset(fields)))
    return result


def says_served(candidate: Candidate) -> bool:
    """Return whether a place says that it holds served values, not only what its columns are
    called: training's names may be those of a shadow server as well."""
    if candidate.affixed:
        return candidate.hint == "served"
    return hint_of(candidate.path) == "served"


def is_other(path: str) -> bool:
    """Return whether the name of a list is a usual one of what holds no values of features."""
    word = letters(path.rpartition(".")[2])
    return any(other in word for other in OTHERS) and hint_of(path) is None


def output_keys(features: Iterable[Feature]) -> list[str]:
    """Return the served columns of features in their order; of a one-hot feature one per level."""
    return [name for feature in features for name in feature.served_names]


def _of_record(record: Record, features: Sequence[Feature]) -> Iterator[Candidate]:
    """Yield the fields of a record that have the features' names, and those of served values."""
    lettered = by_letters(sorted(record.fields))
    raw: dict[str, str] = {}
    served: dict[str, str] = {}
    usual = True
    for feature in features:
        name = feature.name if feature.name in record.fields else None
        name = lettered.get(letters(feature.name)) if name is None else name
        if name is not None:
            raw[feature.name] = record.child(name)
        columns = named_keys(feature, lettered)
        served |= {key: record.child(column) for key, column in columns.items()}
        usual = usual and _says_served(feature, columns.values())
    if raw:
        yield Candidate(record.path, record.ops, raw, "name", hint_of(record.path))
    affixed = _affixed(record, features)
    if 2 * len(raw) >= len(features):
        # The features' own names may be those of served values, where others say that they are raw.
        affixed = (candidate for candidate in affixed if candidate.hint is not None)
    yield from affixed
    yield from _numbered(record, features)
    hint: Hint | None = "served" if usual else hint_of(record.path)
    if served:
        yield Candidate(record.path, record.ops, served, "name", hint, outputs=True)
    whole = _whole_inputs(record, features)
    if len(whole) > len(served):
        hint = hint_of(record.path)
        yield Candidate(record.path, record.ops, whole, "name", hint, outputs=True)


def _whole_inputs(record: Record, features: Sequence[Feature]) -> dict[str, str]:
    """Return the fields that are named as training names served columns, without more words.

    Empty where no one-hot feature is among them, or one is there with its levels as they are: the
    fields are then those of raw values as well, or of these alone.
    """
    one_hot = [f for f in features if len(f.served_names) > 1]
    if any(f.name in record.fields for f in one_hot):
        return {}
    keys = output_keys(features)
    fields = {key: record.child(key) for key in keys if key in record.fields}
    return fields if any(key in fields for key in output_keys(one_hot)) else {}


def _says_served(feature: Feature, columns: Iterable[str]) -> bool:
    """Return whether names say that values are served ones, as not every prefix does."""
    prefixes = {prefix_of(feature, column) for column in {*columns} - {*feature.stated_names}}
    return all(prefix is None or is_transformer(prefix) for prefix in prefixes)


def _affixed(record: Record, features: Sequence[Feature]) -> Iterator[Candidate]:
    """Yield the fields that have the features' names behind or before the same text each."""
    affixes: Counter[tuple[str, str]] = Counter()
    for feature in features:
        for name in record.fields:
            before, having, after = name.partition(feature.name)
            bounded = not (before[-1:].isalnum() or after[:1].isalnum())
            if having and bounded and (before or after):
                affixes[before, after] += 1
    for (before, after), times in affixes.items():
        if times >= max(2, MIN_AFFIXED * len(features)):
            names = {f.name: f"{before}{f.name}{after}" for f in features}
            columns = {f: record.child(n) for f, n in names.items() if n in record.fields}
            hints = {hint_of(before.rstrip(".")), hint_of(after)}
            hint: Hint | None = next((h for h in ("raw", "served") if h in hints), None)
            rank = 1 if not after else 2 if not before else 3
            yield Candidate(record.path, record.ops, columns, "name", hint, affixed=rank)


def _of_vector(vector: Vector, features: Sequence[Feature]) -> Iterator[Candidate]:
    """Yield a vector as one of the features in their order, and as one of their served columns."""
    inside = [f"{vector.path}[{place}]" for place in range(vector.length)]
    yield from _by_position(vector.path, vector.ops, inside, features)


def _numbered(record: Record, features: Sequence[Feature]) -> Iterator[Candidate]:
    """Yield the fields of a record that are a vector in parts: `f0`, `f1` and so on.

    Those that end with the name of a feature's column, as `in.city_0` of `city_0`, are its own.
    """
    keys = (*(feature.name for feature in features), *output_keys(features))
    own = {key for key in keys if not key.isdigit()}
    others = [name for name in record.fields if own.isdisjoint(_endings(name)) and name not in keys]
    for path, names in numbered(others).items():
        inside = [record.child(name) for name in names]
        for candidate in _by_position(record.child(f"{path}#"), record.ops, inside, features):
            yield replace(candidate, numbered=True)


def _endings(name: str) -> Iterator[str]:
    """Yield a name, and each part of it behind a sign."""
    yield name
    yield from (name[i:] for i in range(1, len(name)) if not name[i - 1].isalnum())


def _by_position(
    path: str, ops: tuple[Op, ...], inside: Sequence[str], features: Sequence[Feature]
) -> Iterator[Candidate]:
    names, keys = [feature.name for feature in features], output_keys(features)
    other, hint = is_other(path), hint_of(path)
    if len(inside) == len(names):
        columns = dict(zip(names, inside, strict=True))
        yield Candidate(path, ops, columns, "position", hint, other=other)
    if len(inside) == len(keys) != len(names):
        columns = dict(zip(keys, inside, strict=True))
        hint = None if other else "served"
        yield Candidate(path, ops, columns, "position", hint, outputs=True, other=other)


def _spread(
    records: Sequence[Record], features: Sequence[Feature], places: Sequence[Candidate]
) -> Candidate | None:
    """Return the features of fields in several records: `user.age`, `trip.fare`.

    A name that several records have is none. None where one record alone has as many.
    """
    columns: dict[str, str] = {}
    used: list[Record] = []
    fields = [(record, name) for record in records for name in record.fields]
    whole = [(letters(record.child(name)), record, name) for record, name in fields]
    for feature in features:
        having = [(r, name) for r, name in fields if name == feature.name]
        if not having:
            word = letters(feature.name)
            having = [
                (r, name)
                for text, r, name in whole
                if text.endswith(word) and "." in r.child(name) and letters(name) != text == word
            ]
        if len(having) == 1:
            record, name = having[0]
            columns[feature.name] = record.child(name)
            used.append(record)
    best = max((len(c.columns) for c in places if not c.outputs), default=0)
    if len(columns) <= best:
        return None
    ops = tuple(dict.fromkeys(op for record in used for op in record.ops))
    return Candidate("", ops, columns, "name", None)
