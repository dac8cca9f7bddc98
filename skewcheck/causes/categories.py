"""Causes of a categorical feature: levels spelt otherwise, codes that mean something else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skewcheck.causes import encoding, renaming
from skewcheck.causes.mechanism import Known, Mechanism
from skewcheck.features import CategoricalReference
from skewcheck.profile.categorical import CategoricalCounts, Levels
from skewcheck.steps import OneHot, Vocabulary

NEAR = 0.02
"""Shares as near as this are the same for all purposes, however many rows say otherwise."""
STUCK = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """A mechanism, and the share of the rows that it explains."""

    mechanism: Mechanism
    share: float


def renamed(counts: CategoricalCounts, levels: Levels) -> Share | None:
    """Return how unseen levels of a raw column are spelt, if that explains them."""
    if not counts.unseen or not counts.names:
        return None
    found = renaming.mapping(list(counts.names), levels.names)
    if found is None:
        return None
    difference, mapping = found
    rows = sum(counts.names[name] for name in mapping)
    did = f"under other names: {difference}"
    mechanism = Mechanism("category_renamed", (), did, {"mapping": mapping})
    return Share(mechanism, rows / max(counts.rows, 1))


def recoded(known: Known, pairs: Mapping[tuple[str | None, float], int], rows: int) -> Share | None:
    """Return what the codes of failing rows are, given how often each level got which code.

    `pairs` counts (raw level, served code) of rows that fail parity, `rows` all rows.
    """
    vocabulary = next(
        (s.values for s in known.feature.steps if isinstance(s, Vocabulary | OneHot)), None
    )
    if vocabulary is None or not pairs:
        return None
    most: dict[str, tuple[int, float]] = {}
    for (level, code), count in pairs.items():
        if level is not None:
            most[level] = max(most.get(level, (0, 0.0)), (count, code))
    codes = {level: code for level, (_, code) in most.items()}
    explained = sum(count for count, _ in most.values())
    total = sum(pairs.values())
    distinct = set(codes.values())
    if len(distinct) == 1 and len(codes) > 2:
        value = distinct.pop()
        did = "as one and the same code"
        return Share(Mechanism("stuck_value", (), did, {"value": value}), explained / rows)
    told = encoding.named(codes, vocabulary)
    if told is None or explained < 0.5 * total:
        return None
    mechanism = Mechanism("encoding_changed", (), f"with {told}", {"mapping": codes})
    return Share(mechanism, explained / rows)


def permuted(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference, vocabulary: int
) -> Share | None:
    """Return what served codes tell by their shares alone: stuck, shifted, or permuted.

    `vocabulary` is how many codes there are; -1 stands for strangers, one more is seen too.
    """
    size = vocabulary + 2
    training, serving = np.zeros(size), np.zeros(size)
    for i, name in enumerate(levels.names):
        place = _place(name, size)
        if place is not None:
            training[place] = reference.counts.get(name, 0)
            serving[place] = counts.counts[i]
    for name, rows in counts.names.items():
        place = _place(name, size)
        if place is not None:
            serving[place] = rows
    if not training.sum() or not serving.sum():
        return None
    noise = max(NEAR, 1.5 / math.sqrt(serving.sum()))
    p, q = training / training.sum(), serving / serving.sum()
    top = int(np.argmax(q))
    if q[top] > STUCK and q[top] - p[top] > max(noise, 1 - STUCK):
        found: dict[str, object] = {"value": float(top - 1)}
        did = "as one and the same code"
        return Share(Mechanism("stuck_value", (), did, found), float(q[top]))
    if _near(p, q, noise):
        return None
    for shift in (1, -1):
        if _near(np.roll(p, shift), q, noise):
            found = {"mapping": {"shift": shift}}
            did = f"with codes shifted by {shift:+d}"
            return Share(Mechanism("encoding_changed", (), did, found), 1.0)
    if _near(np.sort(p), np.sort(q), noise) and _telling(p):
        pairs = zip(np.argsort(-p, kind="stable"), np.argsort(-q, kind="stable"), strict=True)
        found = {"mapping": {str(int(k) - 1): int(v) - 1 for k, v in pairs if p[k] > 0}}
        return Share(Mechanism("encoding_changed", (), "with codes permuted", found), 1.0)
    return None


def _place(name: str, size: int) -> int | None:
    """Return the place of a served code, -1 first; None for what is no code."""
    try:
        code = float(name)
    except ValueError:
        return None
    return int(code) + 1 if code.is_integer() and -1 <= code < size - 1 else None


def _near(p: np.ndarray, q: np.ndarray, noise: float) -> bool:
    return bool(np.abs(p - q).max() < noise)


def _telling(p: np.ndarray) -> bool:
    """Return whether the larger shares differ enough to tell who is who, and are not only two.

    Two levels that change places are drift as likely as not.
    """
    large = np.sort(p[p > 0.02])
    return len(large) > 2 and float(large[-1] - large[0]) > 0.1
