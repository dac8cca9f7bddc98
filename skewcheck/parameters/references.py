"""Read the reference distributions of a parameter file and check every rule of the format."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from skewcheck.features.histogram import Histogram
from skewcheck.features.types import (
    CategoricalReference,
    FeatureType,
    FloatArray,
    IntArray,
    NumericReference,
    Reference,
)
from skewcheck.parameters.tree import Node, known_members

_NUMERIC_KEYS = (
    "rows", "nulls", "nonfinite", "mean", "std", "min", "max", "step", "step_share",
    "edges", "at", "between", "sums", "negative_infinite", "mistyped",
)  # fmt: skip
_CATEGORICAL_KEYS = ("rows", "nulls", "counts", "other", "partial")
MAX_LEVELS = 10_000
"""Levels of a categorical reference: more are identifiers, and would make files of megabytes."""


def reference(node: Node, feature_type: FeatureType) -> Reference:
    """Return the reference at a node; ParameterError names key and rule."""
    if feature_type == "categorical":
        return _categorical(node)
    members = known_members(node, _NUMERIC_KEYS)
    moments = {k: members[k].number() for k in _NUMERIC_KEYS[3:9] if k in members}
    edges = members["edges"].numbers() if "edges" in members else np.empty(0)
    if (edges[1:] <= edges[:-1]).any():
        i = int(np.argmax(edges[1:] <= edges[:-1])) + 1
        raise node.at(f"edges[{i}]").error(
            f"must ascend, but {edges[i]:.17g} follows {edges[i - 1]:.17g}"
        )
    counts = {key: _counts(members, key) for key in ("at", "between")}
    sums = members["sums"].numbers() if "sums" in members else np.empty(0)
    if len(edges) or any(len(counts[k]) for k in counts) or len(sums):
        _check_lengths(node, len(edges), {**counts, "sums": sums})
    rows = members["rows"].count() if "rows" in members else 0
    nulls = members["nulls"].count() if "nulls" in members else 0
    nonfinite = members["nonfinite"].count() if "nonfinite" in members else 0
    histogram = Histogram(edges, **counts, sums=sums) if len(edges) else Histogram.empty()
    if histogram and histogram.total != rows - nulls - nonfinite:
        raise node.error(
            f"at and between add up to {histogram.total}, but rows - nulls - nonfinite is"
            f" {rows - nulls - nonfinite}"
        )
    if nulls + nonfinite > rows:
        raise node.error("nulls and nonfinite are more than rows")
    _check_ranges(members, moments)
    negative, mistyped = (
        members[key].count() if key in members else 0 for key in ("negative_infinite", "mistyped")
    )
    if negative > nonfinite:
        raise members["negative_infinite"].must("at most nonfinite")
    return NumericReference(
        rows, nulls, nonfinite, **moments, histogram=histogram, quantiles={},
        negative_infinite=negative, mistyped=mistyped, assumed=False,
    )  # fmt: skip


def _check_ranges(members: Mapping[str, Node], moments: Mapping[str, float]) -> None:
    if moments.get("std", 0) < 0:
        raise members["std"].must(">= 0")
    if moments.get("step", 1) <= 0:
        raise members["step"].must("> 0")
    if not 0 <= moments.get("step_share", 1) <= 1:
        raise members["step_share"].must("from 0 to 1")
    if "min" in moments and "max" in moments and moments["max"] < moments["min"]:
        raise members["max"].must("at least min")


def _counts(members: Mapping[str, Node], key: str) -> IntArray:
    return members[key].counts() if key in members else np.empty(0, np.int64)


def _check_lengths(node: Node, k: int, arrays: Mapping[str, FloatArray | IntArray]) -> None:
    for key, array in arrays.items():
        expected = k if key == "at" else k + 1
        if len(array) != expected:
            raise node.at(key).error(
                f"must have {expected} numbers for {k} edges, has {len(array)}"
            )


def _categorical(node: Node) -> CategoricalReference:
    members = known_members(node, _CATEGORICAL_KEYS)
    listed = members["counts"].members() if "counts" in members else {}
    counts = {level: rows.count() for level, rows in listed.items()}
    if len(counts) > MAX_LEVELS:
        raise members["counts"].error(f"has {len(counts)} levels; {MAX_LEVELS} are allowed")
    rows, nulls, other = (
        members[key].count() if key in members else 0 for key in ("rows", "nulls", "other")
    )
    total = sum(counts.values()) + other
    if nulls > rows:
        raise node.error("nulls are more than rows")
    if total and total != rows - nulls:
        raise node.error(f"counts and other add up to {total}, but rows - nulls is {rows - nulls}")
    partial = "partial" in members and members["partial"].flag()
    return CategoricalReference(rows, nulls, counts, other, partial)
