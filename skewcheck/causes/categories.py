"""Causes of a categorical feature: levels spelt otherwise, codes that mean something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skewcheck.causes import encoding, renaming
from skewcheck.causes.mechanism import Known, Mechanism
from skewcheck.features import CategoricalReference
from skewcheck.profile.categorical import CategoricalCounts, Levels
from skewcheck.steps import OneHot, Vocabulary


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
    did = f"under other names: {difference} differs"
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
    """Return how served codes are distributed: shifted, or the training shares on other codes."""
    training = np.zeros(vocabulary + 1)
    serving = np.zeros(vocabulary + 1)
    for i, name in enumerate(levels.names):
        place = int(float(name))
        if 0 <= place <= vocabulary:
            training[place] = reference.counts.get(name, 0)
            serving[place] = counts.counts[i]
    for name, rows in counts.names.items():
        if name.lstrip("-").isdigit() and 0 <= int(name) <= vocabulary:
            serving[int(name)] = rows
    if not training.sum() or not serving.sum():
        return None
    p, q = training / training.sum(), serving / serving.sum()
    if _near(np.roll(p, 1), q) and not _near(p, q):
        found: dict[str, object] = {"mapping": {"shift": 1}}
        return Share(Mechanism("encoding_changed", (), "with codes shifted by +1", found), 1.0)
    if _near(np.sort(p), np.sort(q)) and not _near(p, q) and _distinct(p):
        mapping = dict(zip(np.argsort(-p).tolist(), np.argsort(-q).tolist(), strict=True))
        found = {"mapping": {str(k): v for k, v in mapping.items() if p[k] > 0}}
        return Share(Mechanism("encoding_changed", (), "with codes permuted", found), 1.0)
    return None


def _near(p: np.ndarray, q: np.ndarray) -> bool:
    return bool(np.abs(p - q).max() < 0.03)


def _distinct(p: np.ndarray) -> bool:
    """Return whether the larger shares differ enough to tell who is who."""
    large = np.sort(p[p > 0.02])
    return len(large) > 1 and float(large[-1] - large[0]) > 0.1
