"""The reference distributions of a parameter file, read with every rule checked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from skewcheck.features.types import (
    CategoricalReference,
    FeatureType,
    FloatArray,
    IntArray,
    NumericReference,
    Reference,
)
from skewcheck.parameters.tree import Node, checked

_NUMERIC = (
    "rows", "nulls", "nonfinite", "mean", "std", "min", "max", "step", "step_share",
    "edges", "at", "between", "sums",
)  # fmt: skip
_CATEGORICAL = ("rows", "nulls", "counts", "other")
LEVELS = 10_000


def reference(node: Node, kind: FeatureType) -> Reference:
    """Return the reference that stands here; ParameterError names key and rule."""
    if kind == "categorical":
        return _levels(node)
    members = checked(node, _NUMERIC)
    number = {k: members[k].number() for k in _NUMERIC[3:9] if k in members}
    edges = members["edges"].numbers() if "edges" in members else np.empty(0)
    if (edges[1:] <= edges[:-1]).any():
        i = int(np.argmax(edges[1:] <= edges[:-1])) + 1
        raise node.at(f"edges[{i}]").error(
            f"must ascend, but {edges[i]:.17g} follows {edges[i - 1]:.17g}"
        )
    counts = {key: _counts(members, key) for key in ("at", "between")}
    sums = members["sums"].numbers() if "sums" in members else np.empty(0)
    if len(edges) or any(len(counts[k]) for k in counts) or len(sums):
        _lengths(node, len(edges), {**counts, "sums": sums})
    rows = members["rows"].count() if "rows" in members else 0
    nulls = members["nulls"].count() if "nulls" in members else 0
    nonfinite = members["nonfinite"].count() if "nonfinite" in members else 0
    total = int(counts["at"].sum() + counts["between"].sum())
    if len(edges) and total != rows - nulls - nonfinite:
        raise node.error(
            f"at and between add up to {total}, but rows - nulls - nonfinite is"
            f" {rows - nulls - nonfinite}"
        )
    if nulls + nonfinite > rows:
        raise node.error("nulls and nonfinite are more than rows")
    _ranges(members, number)
    return NumericReference(
        rows, nulls, nonfinite, **number, quantiles={},
        edges=edges, at=counts["at"], between=counts["between"], sums=sums,
    )  # fmt: skip


def _ranges(members: Mapping[str, Node], number: Mapping[str, float]) -> None:
    if number.get("std", 0) < 0:
        raise members["std"].must(">= 0")
    if number.get("step", 1) <= 0:
        raise members["step"].must("> 0")
    if not 0 <= number.get("step_share", 1) <= 1:
        raise members["step_share"].must("from 0 to 1")
    if "min" in number and "max" in number and number["max"] < number["min"]:
        raise members["max"].must("at least min")


def _counts(members: Mapping[str, Node], key: str) -> IntArray:
    return members[key].counts() if key in members else np.empty(0, np.int64)


def _lengths(node: Node, k: int, arrays: Mapping[str, FloatArray | IntArray]) -> None:
    for key, array in arrays.items():
        due = k if key == "at" else k + 1
        if len(array) != due:
            raise node.at(key).error(f"must have {due} numbers for {k} edges, has {len(array)}")


def _levels(node: Node) -> CategoricalReference:
    members = checked(node, _CATEGORICAL)
    listed = members["counts"].members() if "counts" in members else {}
    counts = {level: rows.count() for level, rows in listed.items()}
    if len(counts) > LEVELS:
        raise members["counts"].error(f"has {len(counts)} levels; {LEVELS} are allowed")
    rows, nulls, other = (
        members[key].count() if key in members else 0 for key in ("rows", "nulls", "other")
    )
    total = sum(counts.values()) + other
    if nulls > rows:
        raise node.error("nulls are more than rows")
    if total and total != rows - nulls:
        raise node.error(f"counts and other add up to {total}, but rows - nulls is {rows - nulls}")
    return CategoricalReference(rows, nulls, counts, other)
