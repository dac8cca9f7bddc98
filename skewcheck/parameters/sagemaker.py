"""Read SageMaker Model Monitor's statistics.json and constraints.json: baseline distributions.

They describe no preprocessing: every feature is audited raw.
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
from skewcheck.parameters.buckets import reference_from_buckets, reference_of_constant
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import NO_STEPS_NOTE, PipelineColumn
from skewcheck.parameters.source import FormatReader, ParameterSource, root_members
from skewcheck.parameters.tree import Node

_TYPES: Mapping[str, FeatureType] = {
    "Integral": "numeric", "Fractional": "numeric", "String": "categorical",
}  # fmt: skip


def _recognised(source: ParameterSource) -> bool:
    features = root_members(source.root).get("features")
    return isinstance(features, list) and bool(features) and all(
        isinstance(f, dict) and "name" in f and "inferred_type" in f for f in features)  # fmt: skip


def _read(source: ParameterSource) -> Parameters:
    if source.root is None:
        raise source.error("no JSON")
    notes = [NO_STEPS_NOTE]
    features = [node.members() for node in source.root.members()["features"].items()]
    names = [members["name"].text() for members in features]
    if len(set(names)) < len(names):
        duplicate = next(name for name in names if names.count(name) > 1)
        raise source.error(f"features: {duplicate!r} stands twice")
    columns = [_column(name, members, notes) for name, members in zip(names, features, strict=True)]
    return build_parameters(source, columns, notes=notes)


def _column(name: str, members: Mapping[str, Node], notes: list[str]) -> PipelineColumn:
    inferred_type = members["inferred_type"].text()
    feature_type = _TYPES.get(inferred_type)
    if feature_type is None:
        return PipelineColumn(name).untestable(
            f"its type is {inferred_type}: the baseline had no values to infer it from"
        )
    reference: Reference | None = None
    if "numerical_statistics" in members and feature_type == "numeric":
        reference = _numeric_reference(name, members["numerical_statistics"], notes)
    elif "string_statistics" in members and feature_type == "categorical":
        reference = _categorical_reference(members["string_statistics"])
    elif feature_type == "categorical" and "string_constraints" in members:
        reference = _domain_reference(members["string_constraints"])
    if "num_constraints" in members:
        constraints = members["num_constraints"].members()
        if constraints.get("is_non_negative", Node(False, "")).value is True:
            notes.append(f"{name}: must not be negative; without a maximum that is not tested")
    if "completeness" in members and (share := members["completeness"].number()) < 1:
        notes.append(f"{name}: {1 - share:.3g} of the baseline's rows were empty")
    return PipelineColumn(
        name, type=feature_type, reference=reference, source=members["name"].place
    )


def _present_and_missing(node: Node) -> tuple[int, int]:
    """Return the number of rows with a value and without one; (0, 0) if not stated."""
    common = node.members().get("common")
    if common is None:
        return 0, 0
    members = common.members()
    return _count(members.get("num_present")), _count(members.get("num_missing"))


def _count(node: Node | None) -> int:
    """Return a count, which Model Monitor may write as 12.0; 0 if absent or null."""
    if node is None or node.value is None:
        return 0
    number = node.number()
    return Node(int(number) if number == int(number) else number, node.file, node.place).count()


def _descendant(node: Node, *keys: str) -> Node:
    """Return the node at a path of keys; one without a value if a key is missing."""
    for key in keys:
        members = node.members() if isinstance(node.value, dict) else {}
        node = members.get(key, node.at(key))
    return node


def _numeric_reference(name: str, node: Node, notes: list[str]) -> NumericReference:
    members = node.members()
    present, missing = _present_and_missing(node)
    values: dict[str, float] = {
        moment: members[key].number()
        for moment, key in (("mean", "mean"), ("std", "std_dev"), ("min", "min"), ("max", "max"))
        if key in members and members[key].value is not None
    }
    if values.get("std", 0) < 0:
        raise members["std_dev"].must(">= 0")
    if "min" in values and "max" in values and values["min"] > values["max"]:
        raise members["max"].must("at least min")
    reference = NumericReference(
        present + missing, missing, mean=values.get("mean"), std=values.get("std"),
        min=values.get("min"), max=values.get("max"),
    )  # fmt: skip
    buckets = _descendant(node, "distribution", "kll", "buckets")
    if not isinstance(buckets.value, list) or not buckets.value:
        return reference
    return _with_buckets(name, buckets, reference, notes)


def _with_buckets(
    name: str, node: Node, reference: NumericReference, notes: list[str]
) -> NumericReference:
    """Return the reference with its buckets `[lower, upper)`; without them if they are invalid."""
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
        counts.append(_count(members["count"]))
    if len(set(bounds)) == 1 and sum(counts) == reference.finite > 0:
        return reference_of_constant(reference, bounds[0])
    binned = reference_from_buckets(reference, bounds, counts)
    if binned is None:
        reason = "too narrow to be told apart"
        if sum(counts) != reference.finite or not all(a < b for a, b in pairwise(bounds)):
            reason = f"that do not add up to its {reference.finite:,} values"
        notes.append(f"{name}: buckets {reason}: left out")
    return binned or reference


def _categorical_reference(node: Node) -> CategoricalReference:
    present, missing = _present_and_missing(node)
    buckets = _descendant(node, "distribution", "categorical", "buckets")
    counts: dict[str, int] = {}
    for item in buckets.items() if isinstance(buckets.value, list) else ():
        members = item.members()
        if "value" not in members or "count" not in members:
            raise item.error("needs value and count")
        level = canonical(members["value"].text())
        counts[level] = counts.get(level, 0) + _count(members["count"])
    counted = sum(counts.values())
    if counted > present:
        raise buckets.error(f"its buckets hold {counted:,} values, but num_present is {present:,}")
    return CategoricalReference(present + missing, missing, counts, present - counted)


def _domain_reference(node: Node) -> CategoricalReference | None:
    """Return the levels without counts, for the test of unseen levels; None if not stated."""
    domains = node.members().get("domains")
    if domains is None or not isinstance(domains.value, list):
        return None
    return CategoricalReference(0, 0, {canonical(item.text()): 0 for item in domains.items()})


READER = FormatReader(_recognised, _read)
