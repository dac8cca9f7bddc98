"""Dependence between features in training data, from a sample of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.rows import code_of, feature_column, segment_column
from skewcheck.features.dependence import Dependence, Pair
from skewcheck.features.types import CategoricalReference, Feature, FloatArray
from skewcheck.statistics.rank_association import Scores, correlation, unit_variance
from skewcheck.training.first_pass import FirstPass

MIN_ROWS = 400
"""Rows of the sample below which nothing is stored: half of them know Fisher's z to 0.07."""
MAX_CELLS = 8_000_000
"""Numbers that are looked at: all 100,000 rows of the sample of 80 features, which know Fisher's z
to 0.003, and 16,000 of 500, half of which know it to 0.011."""
VARIANCE_ROWS = 5_000
"""Rows that a variance is estimated from: to some 3 %."""
ALL_PAIRS = 30
"""Features up to which every pair is stored: 435 of them."""
PARTNERS = 8
"""Of more features, the strongest partners of each that are stored."""
MAX_PAIRS = 2_500
"""Pairs from which on a feature has fewer partners: some 100 kB in the file."""
MIN_PARTNERS = 3
MAX_LEVELS = 64
"""Levels of a categorical feature that are scored, the most frequent."""
NUMBERS_FIRST = 4.0
"""How much stronger levels must be associated with other levels than with numbers to be ordered by
those: an order by a number suits other numbers as well."""
BLOCK = 500
"""Features that are correlated with all others at once: their matrix takes 20 MB at 5,000."""


def dependence(features: Sequence[Feature], first_pass: FirstPass) -> Dependence | None:
    """Return the associations of a model's inputs; None for fewer than two, and for few rows.

    Half of the rows choose pairs and the order of levels, the other half estimates: an association
    that was chosen for its strength would be weaker in any other data.
    """
    rows = first_pass.sample.rows()
    inputs = [f for f in features if f.role == "feature" and f.reference is not None]
    number = min(len(rows.keys), MAX_CELLS // max(len(inputs), 1))
    if number < MIN_ROWS or len(inputs) < 2:
        return None
    numeric: dict[str, FloatArray] = {}
    coded: dict[str, FloatArray] = {}
    for f in inputs:
        column = feature_column(f.name) if f.type == "numeric" else segment_column(f.name)
        if column in rows.columns:
            (numeric if f.type == "numeric" else coded)[f.name] = rows.columns[column][:number]
    half = number // 2
    levels = {f.name: _levels(f) for f in inputs if f.name in coded}
    chosen = {name: values[:half] for name, values in numeric.items()}
    orders = _orders({name: coded[name][:half] for name in coded}, levels, chosen)
    columns = numeric | {name: ranked(coded[name], order) for name, order in orders.items()}
    names = [f.name for f in inputs if f.name in columns]
    names = [name for name in names if _varies(columns[name][half:])]
    if len(names) > ALL_PAIRS:
        pairs = _strongest([Scores.of(columns[name][:half]) for name in names])
        return _estimated(names, pairs, {n: columns[n][half:] for n in names}, orders)
    # Between numbers nothing was chosen: all rows estimate.
    pairs = [*combinations(range(len(names)), 2)]
    chosen_half = _estimated(
        names, [(i, j) for i, j in pairs if {names[i], names[j]} & orders.keys()],
        {n: columns[n][half:] for n in names}, orders,
    )  # fmt: skip
    whole = _estimated(
        names, [(i, j) for i, j in pairs if not {names[i], names[j]} & orders.keys()], columns, {}
    )
    return _together(chosen_half, whole, names)


def ranked(codes: FloatArray, order: Sequence[str]) -> FloatArray:
    """Return coded levels (n, as `code_of`) as their places in an order; NaN for others."""
    places = {code_of(level): float(place) for place, level in enumerate(order)}
    distinct, inverse = np.unique(codes, return_inverse=True)
    return np.array([places.get(float(code), np.nan) for code in distinct])[inverse]


def _estimated(
    names: Sequence[str], pairs: Iterable[tuple[int, int]], columns: Mapping[str, FloatArray],
    orders: Mapping[str, tuple[str, ...]],
) -> Dependence | None:  # fmt: skip
    scores = [Scores.of(columns[name]) for name in names]
    some = [Scores.of(columns[name][:VARIANCE_ROWS]) for name in names]
    found = []
    for i, j in pairs:
        r, rows = correlation(scores[i], scores[j])
        variance = unit_variance(some[i], some[j]) if rows >= MIN_ROWS // 2 else np.nan
        if np.isfinite(r) and np.isfinite(variance):
            found.append(Pair(names[i], names[j], float(r), float(variance), rows))
    spreads = {name: one.spread for name, one in zip(names, scores, strict=True)}
    return Dependence(tuple(found), spreads, orders) if found else None


def _together(
    first: Dependence | None, second: Dependence | None, names: Sequence[str]
) -> Dependence | None:
    if first is None or second is None:
        return first or second
    place = {name: i for i, name in enumerate(names)}
    pairs = sorted((*first.pairs, *second.pairs), key=lambda p: (place[p.first], place[p.second]))
    return Dependence(tuple(pairs), {**first.spreads, **second.spreads}, first.orders)


def _varies(values: FloatArray) -> bool:
    present = values[np.isfinite(values)]
    return len(present) > 0 and bool(present.min() < present.max())


def _strongest(scores: Sequence[Scores]) -> list[tuple[int, int]]:
    """Return the pairs of each feature with its strongest partners, in order."""
    n = len(scores)
    partners = max(MIN_PARTNERS, min(PARTNERS, MAX_PAIRS // n))
    table = np.array([np.nan_to_num(one.values / max(one.spread, 1e-300) ** 0.5) for one in scores])
    pairs: set[tuple[int, int]] = set()
    for start in range(0, n, BLOCK):
        strength = np.abs(table[start : start + BLOCK] @ table.T)
        strength[np.arange(len(strength)), start + np.arange(len(strength))] = -1
        for i, row in enumerate(np.argpartition(-strength, partners - 1)[:, :partners], start):
            pairs.update((min(i, j), max(i, j)) for j in row.tolist())
    return sorted(pairs)


def _levels(feature: Feature) -> list[str]:
    """Return the levels of a categorical feature that are scored."""
    reference = feature.reference
    counts = reference.counts if isinstance(reference, CategoricalReference) else {}
    return [*counts][:MAX_LEVELS]


def _orders(
    coded: Mapping[str, FloatArray], levels: Mapping[str, list[str]],
    numeric: Mapping[str, FloatArray],
) -> dict[str, tuple[str, ...]]:  # fmt: skip
    """Return the order of each feature's levels that is most associated with another feature."""
    scores = {name: Scores.of(values) for name, values in numeric.items()}
    places = {name: ranked(coded[name], levels[name]) for name in coded}
    orders = {}
    for name, own in places.items():
        means = [_means(own, len(levels[name]), one) for one in scores.values()]
        canonical = [
            _canonical(own, other, (len(levels[name]), len(levels[partner])))
            for partner, other in places.items()
            if partner != name
        ]
        means += [(strength / NUMBERS_FIRST, scored) for strength, scored in canonical]
        best = max(means, key=lambda pair: pair[0], default=None)
        if best is not None and len(levels[name]) > 1:
            order = np.argsort(best[1], kind="stable")
            orders[name] = tuple(levels[name][i] for i in order.tolist())
    return orders


def _means(places: FloatArray, levels: int, scores: Scores) -> tuple[float, FloatArray]:
    """Return the squared correlation ratio of scores by level, and their mean by level.

    Less what chance explains (Kelley's epsilon squared, PNAS 21, 1935, p. 554).
    """
    both = ~(np.isnan(places) | np.isnan(scores.values))
    code, values = places[both].astype(np.intp), scores.values[both]
    counts = np.bincount(code, minlength=levels)
    means = np.bincount(code, weights=values, minlength=levels) / np.maximum(counts, 1)
    total = float(((values - values.mean()) ** 2).sum()) if len(values) else 0.0
    if not total > 0:
        return -1.0, means
    between = float((counts * (means - values.mean()) ** 2).sum()) / total
    free = int((counts > 0).sum()) - 1
    return between - (1 - between) * free / max(len(values) - free - 1, 1), means


def _canonical(
    places: FloatArray, other: FloatArray, sizes: tuple[int, int]
) -> tuple[float, FloatArray]:
    """Return the squared first canonical correlation of two columns of levels, and its scores.

    Less what chance explains. It is the first singular value of the standardized residuals of their
    table (Greenacre, Theory and Applications of Correspondence Analysis, 1984, section 4.1).
    """
    both = ~(np.isnan(places) | np.isnan(other))
    code = places[both].astype(np.intp) * sizes[1] + other[both].astype(np.intp)
    table = np.bincount(code, minlength=sizes[0] * sizes[1]).reshape(sizes).astype(np.float64)
    n = table.sum()
    rows, columns = table.sum(1), table.sum(0)
    expected = np.outer(rows, columns) / max(n, 1)
    residuals = np.zeros_like(table)
    np.divide(table - expected, np.sqrt(expected * n), out=residuals, where=expected > 0)
    left, values, _ = np.linalg.svd(residuals, full_matrices=False)
    free = max(int((rows > 0).sum()) + int((columns > 0).sum()) - 3, 0)
    scores = left[:, 0] / np.sqrt(np.maximum(rows, 1) / max(n, 1))
    return float(values[0] ** 2) - free / max(n, 1), _signed(scores)


def _signed(scores: NDArray[np.float64]) -> FloatArray:
    """Return scores whose largest is positive: a singular vector has no sign of its own."""
    largest = scores[np.argmax(np.abs(scores))]
    signed: FloatArray = scores if largest >= 0 else -scores
    return signed
