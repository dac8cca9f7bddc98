"""Values of other rows, by the dependence between features: where no row proves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.catalogue.causes import SWAPPED_FEATURES
from skewcheck.causes.log_evidence import InOrder
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.plan import Plan
from skewcheck.counts.rankable import rankable
from skewcheck.counts.rows import SampleColumn
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause, Side
from skewcheck.statistics.rank_association import Scores, fisher_z, of_rows

MAX_LAG = 20
"""Rows by which a column may be late, or early: each is a hypothesis, of each key."""
MAX_KEYS = 8
"""Columns by whose values rows may follow each other."""
NEAR = 0.1
"""Distance of Fisher's z from training's within which an association is there again: half of the
threshold of the test."""
MAX_P = 1e-4
"""Probability that any of the lags that were tried brings associations back by chance."""
MIN_MARGIN = 4.6
"""Logarithm of the likelihood ratio of a lag to any other: of a series whose rows resemble their
neighbours, several bring associations back."""
LOST_SHARE = 0.95
"""Share of the association that must be lost to be told as values of other rows: of a weaker
dependence that the world has, nothing tells a part of the rows."""
MIN_ROWS = 50
"""Rows of a lag, below which an association that is there again may be chance."""
KEY_KINDS = ("segment", "file")


@dataclass(frozen=True, slots=True)
class Partner:
    """A feature that another one depended on in training, and depends on otherwise now."""

    name: str
    training: float
    """The correlation of normal scores."""
    log: float
    unit_variance: float
    """Of Fisher's z of it, times the rows."""


def misaligned(
    plan: Plan, name: str, partners: Sequence[Partner], orders: Mapping[str, Sequence[str]],
    in_order: InOrder | None, *, moved: bool,
) -> Cause | None:  # fmt: skip
    """Return that a feature's values are those of other rows: by a lag, or of any.

    `orders` are those of levels. `moved`: its distribution alarms, so that its values may be others
    altogether. None where no association was lost.
    """
    feature = next(p for p in plan.features if p.feature.name == name)
    lag = None if in_order is None else _lag(plan, name, partners, orders, in_order)
    side: Side = "raw" if feature.raw is not None else "served"
    if lag is not None:
        confidence = SURE if len(partners) > 1 else LIKELY
        return Cause(
            SWAPPED_FEATURES.code, 1.0, confidence, {"swapped": "rows", **lag}, None, "lag",
            {"used": lag}, side=side,
        )  # fmt: skip
    training, log = (np.array([getattr(p, key) for p in partners]) for key in ("training", "log"))
    share = 1 - float(training @ log) / float(training @ training)
    if not 0 < share <= 1.5:
        return None
    confidence = LIKELY if share >= LOST_SHARE and not moved else OPEN
    return Cause(
        SWAPPED_FEATURES.code, min(share, 1.0), confidence, {"swapped": "rows"}, None, "rows",
        side=side,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sequence:
    """Rows that follow each other, in the log or among those of a key's value."""

    order: IntArray
    group: IntArray
    """By place in the order, the value of the key."""
    key: str | None

    def at(self, lag: int) -> tuple[IntArray, IntArray]:
        """Return rows, and those so many before them."""
        shift = abs(lag)
        later, earlier = self.order[shift:], self.order[: len(self.order) - shift]
        same = self.group[shift:] == self.group[: len(self.group) - shift]
        pairs = later[same], earlier[same]
        return pairs if lag > 0 else pairs[::-1]


def _lag(
    plan: Plan, name: str, partners: Sequence[Partner], orders: Mapping[str, Sequence[str]],
    in_order: InOrder,
) -> dict[str, object] | None:  # fmt: skip
    """Return by how many rows the feature is late (negative: early), and by which key; or None.

    None where no lag is far likelier than all others, and than values of any other rows.
    """
    columns = in_order([name, *(partner.name for partner in partners)])
    plans = {p.feature.name: p for p in plan.features}
    own = _scores(plans[name], columns, orders)
    others = [(p, _scores(plans[p.name], columns, orders)) for p in partners]
    known = [(partner, scores) for partner, scores in others if scores is not None]
    if own is None or not known:
        return None
    lags = [lag for k in range(1, MAX_LAG + 1) for lag in (k, -k)]
    tried = [
        (_evidence(own, known, sequence, lag), lag, sequence.key)
        for sequence in _sequences(columns, len(own[0].values)) for lag in lags
    ]  # fmt: skip
    best = max(tried, key=lambda found: found[0])
    others_best = max((e for e, lag, _ in tried if lag != best[1]), default=-np.inf)
    if best[0] < np.log(len(tried) / MAX_P) or best[0] - others_best < MIN_MARGIN:
        return None
    return {"lag": best[1]} | ({} if best[2] is None else {"by": best[2]})


def _scores(
    plan: FeaturePlan, columns: Mapping[SampleColumn, FloatArray],
    orders: Mapping[str, Sequence[str]],
) -> tuple[Scores, float] | None:  # fmt: skip
    variable = rankable(plan, columns, orders.get(plan.feature.name, ()))
    return None if variable is None else (Scores.of(variable[0]), variable[1])


def _evidence(
    own: tuple[Scores, float], partners: Sequence[tuple[Partner, tuple[Scores, float]]],
    sequence: _Sequence, lag: int,
) -> float:  # fmt: skip
    """Return the log likelihood ratio of training's associations at a lag to none; -inf for few.

    Fisher's z is normal about either. The mean over the partners, which depend on each other; -inf
    where the associations of most of them are not training's.
    """
    rows, before = sequence.at(lag)
    ratios, near = [], 0
    for partner, (scores, sign) in partners:
        r, n = of_rows(own[0].values[rows], scores.values[before])
        if n < MIN_ROWS or not np.isfinite(r):
            return -np.inf
        z, expected = fisher_z(r * own[1] * sign), fisher_z(partner.training)
        ratios.append(n / partner.unit_variance * (z**2 - (z - expected) ** 2) / 2)
        near += abs(z - expected) <= NEAR
    return float(np.mean(ratios)) if 2 * near > len(ratios) else -np.inf


def _sequences(columns: Mapping[SampleColumn, FloatArray], rows: int) -> Iterator[_Sequence]:
    """Yield the order of the log, then that of the rows of each value of a key."""
    yield _Sequence(np.arange(rows), np.zeros(rows, np.intp), None)
    keys = [column for column in columns if column.kind in KEY_KINDS][:MAX_KEYS]
    for column in keys:
        _, group = np.unique(columns[column], return_inverse=True)
        if 1 < group.max(initial=0) + 1 <= rows // 3:
            order = np.argsort(group, kind="stable")
            yield _Sequence(order, group[order], column.name or column.kind)
