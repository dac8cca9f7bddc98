"""SageMaker Model Monitor's statistics.json and constraints.json: what the baseline data were.

They say no normalization: every feature is audited as it is logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from skewcheck.features.types import (
    CategoricalReference,
    FeatureType,
    NumericReference,
    Parameters,
    Reference,
)  # fmt: skip
from skewcheck.logs.arrays import canonical
from skewcheck.parameters.buckets import binned, single
from skewcheck.parameters.columns import Column, gathered
from skewcheck.parameters.source import Reader, Source, table
from skewcheck.parameters.tree import Node

_TYPES: Mapping[str, FeatureType] = {
    "Integral": "numeric", "Fractional": "numeric", "String": "categorical",
}  # fmt: skip
_RAW = "says no normalization: audited as it is logged"


def _recognised(source: Source) -> bool:
    features = table(source.root).get("features")
    return isinstance(features, list) and bool(features) and all(
        isinstance(f, dict) and "name" in f and "inferred_type" in f for f in features)  # fmt: skip


def _read(source: Source) -> Parameters:
    if source.root is None:
        raise source.error("no JSON")
    notes = [_RAW]
    features = [node.members() for node in source.root.members()["features"].items()]
    names = [members["name"].text() for members in features]
    if len(set(names)) < len(names):
        doubled = next(name for name in names if names.count(name) > 1)
        raise source.error(f"features: {doubled!r} stands twice")
    columns = [_column(name, members, notes) for name, members in zip(names, features, strict=True)]
    return gathered(source, columns, notes=notes)


def _column(name: str, members: Mapping[str, Node], notes: list[str]) -> Column:
    said = members["inferred_type"].text()
    kind = _TYPES.get(said)
    if kind is None:
        return Column(name).lost(f"its type is {said}: the baseline had no values to infer it from")
    reference: Reference | None = None
    if "numerical_statistics" in members and kind == "numeric":
        reference = _numbers(name, members["numerical_statistics"], notes)
    elif "string_statistics" in members and kind == "categorical":
        reference = _levels(members["string_statistics"])
    elif kind == "categorical" and "string_constraints" in members:
        reference = _domain(members["string_constraints"])
    if "num_constraints" in members:
        limits = members["num_constraints"].members()
        if limits.get("is_non_negative", Node(False, "")).value is True:
            notes.append(f"{name}: must not be negative; without a maximum that is not tested")
    if "completeness" in members and (share := members["completeness"].number()) < 1:
        notes.append(f"{name}: {1 - share:.3g} of the baseline's rows were empty")
    return Column(name, type=kind, reference=reference, source=members["name"].place)


def _common(node: Node) -> tuple[int, int]:
    """Return the rows with a value, and those without."""
    common = node.members().get("common")
    if common is None:
        return 0, 0
    members = common.members()
    return _whole(members.get("num_present")), _whole(members.get("num_missing"))


def _whole(node: Node | None) -> int:
    """Return a count, which Model Monitor may write as 12.0."""
    if node is None or node.value is None:
        return 0
    number = node.number()
    return Node(int(number) if number == int(number) else number, node.file, node.place).count()


def _numbers(name: str, node: Node, notes: list[str]) -> NumericReference:
    members = node.members()
    present, missing = _common(node)
    values: dict[str, float] = {
        ours: members[theirs].number()
        for ours, theirs in (("mean", "mean"), ("std", "std_dev"), ("min", "min"), ("max", "max"))
        if theirs in members and members[theirs].value is not None
    }
    if values.get("std", 0) < 0:
        raise members["std_dev"].must(">= 0")
    if "min" in values and "max" in values and values["min"] > values["max"]:
        raise members["max"].must("at least min")
    plain = NumericReference(
        present + missing, missing, mean=values.get("mean"), std=values.get("std"),
        min=values.get("min"), max=values.get("max"),
    )  # fmt: skip
    kll = members.get("distribution", node.at("distribution"))
    for key in ("kll", "buckets"):
        kll = kll.members().get(key, kll.at(key)) if isinstance(kll.value, dict) else kll.at(key)
    if not isinstance(kll.value, list) or not kll.value:
        return plain
    return _binned(name, kll, plain, notes)


def _binned(name: str, node: Node, plain: NumericReference, notes: list[str]) -> NumericReference:
    """Return the reference with its buckets `[lower, upper)`, without them where they are wrong."""
    bounds: list[float] = []
    counts: list[int] = []
    for item in node.items():
        members = item.members()
        for key in ("lower_bound", "upper_bound", "count"):
            if key not in members:
                raise item.at(key).error("is missing")
        low, high = members["lower_bound"].number(), members["upper_bound"].number()
        if bounds and low < bounds[-1]:
            raise members["lower_bound"].error("overlaps the bucket before it")
        bounds += [low, high] if not bounds else [high]
        counts.append(_whole(members["count"]))
    if len(set(bounds)) == 1 and sum(counts) == plain.finite > 0:
        return single(plain, bounds[0])
    made = binned(plain, bounds, counts)
    if made is None:
        why = "too narrow to be told apart"
        if sum(counts) != plain.finite or not all(a < b for a, b in pairwise(bounds)):
            why = f"that do not add up to its {plain.finite:,} values"
        notes.append(f"{name}: buckets {why}: left out")
    return made or plain


def _levels(node: Node) -> CategoricalReference:
    present, missing = _common(node)
    place = node.members().get("distribution", node.at("distribution"))
    for key in ("categorical", "buckets"):
        place = (
            place.members().get(key, place.at(key)) if isinstance(place.value, dict)
            else place.at(key)
        )  # fmt: skip
    counts: dict[str, int] = {}
    for item in place.items() if isinstance(place.value, list) else ():
        members = item.members()
        if "value" not in members or "count" not in members:
            raise item.error("needs value and count")
        level = canonical(members["value"].text())
        counts[level] = counts.get(level, 0) + _whole(members["count"])
    filled = sum(counts.values())
    if filled > present:
        raise place.error(f"its buckets hold {filled:,} values, but num_present is {present:,}")
    return CategoricalReference(present + missing, missing, counts, present - filled)


def _domain(node: Node) -> CategoricalReference | None:
    """Return the levels that there were, without counts: only strangers are tested."""
    domains = node.members().get("domains")
    if domains is None or not isinstance(domains.value, list):
        return None
    return CategoricalReference(0, 0, {canonical(item.text()): 0 for item in domains.items()})


READER = Reader(_recognised, _read)
