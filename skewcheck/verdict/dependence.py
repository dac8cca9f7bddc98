"""The test of dependence: rank associations of pairs of features, in the log and in training.

Of each pair, Fisher's z of the correlation of normal scores is compared. The scores are those of
the log's own ranks, so that other margins alone change nothing (`statistics.rank_association`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr, ndtri

from skewcheck.catalogue.tests import DEPENDENCE
from skewcheck.counts.measured import measured
from skewcheck.counts.rankable import rankable
from skewcheck.features.dependence import Dependence, Pair
from skewcheck.results.policy import Policy
from skewcheck.results.tests import Measurement, Outcome, Reason
from skewcheck.statistics.intervals import Z
from skewcheck.statistics.power import TARGET_POWER
from skewcheck.statistics.rank_association import Scores, correlation, fisher_z, spread_error
from skewcheck.verdict.measured_log import MeasuredLog

MAX_NULL_CHANGE = 0.05
"""Change of the share of nulls beyond which a feature's pairs are left out: rows that lack a value
for a reason take the dependence of the others with them."""
LOOSE_SHARE = 0.5
"""Share of a feature's pairs that must have changed for it to be what came loose from the rest."""
SAME_TIES = 0.995
"""Ratio of the variances of scores from which on ties are training's, up to chance."""
TIES_BY_CHANCE = 4.0
"""Standard errors by which the variances of scores may differ by chance."""
MIN_LOOSE = 2
"""Changed pairs of such a feature: of a single one either end may be it."""


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """A pair of features in the log beside training."""

    pair: Pair
    correlation: float
    """Of the log, with the sign that raw values would have."""
    rows: float
    """That it is of; less than were logged where rows depend on each other."""
    difference: float
    """Fisher's z of the log less that of training, or of what other ties alone make of it."""
    error: float
    """Its standard error where nothing changed."""

    @property
    def p_value(self) -> float:
        """Return the two-sided p-value of the difference, by the normal distribution."""
        return float(2 * ndtr(-abs(self.difference) / self.error))

    def partner(self, name: str) -> str:
        """Return the other feature of the pair."""
        return self.pair.second if name == self.pair.first else self.pair.first


@dataclass(frozen=True, slots=True)
class ComparedPairs:
    """All pairs of features that training knows, in a log."""

    names: tuple[str, ...]
    """The features of these pairs."""
    pairs: tuple[ComparedPair, ...]
    reasons: Mapping[str, Reason]
    """Why a feature has none, by its name."""
    loose: tuple[str, ...]
    """Features most of whose associations changed, the first with the most of them."""
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By categorical feature, its levels in the order in which they are scored."""

    def of(self, name: str) -> list[ComparedPair]:
        """Return the pairs of a feature that could be compared."""
        return [pair for pair in self.pairs if name in (pair.pair.first, pair.pair.second)]


def compared_pairs(known: Dependence, log: MeasuredLog, policy: Policy) -> ComparedPairs:
    """Return the pairs of the log's features beside training's; none where training knows none."""
    known_here = known.of(frozenset(log.names))
    if known_here is None:
        return ComparedPairs((), (), {}, ())
    scores, reasons = _scores(known_here, log)
    effects = dict(zip(log.names, log.design_effects, strict=True))
    pairs = tuple(
        pair
        for one in known_here.pairs
        if one.first in scores and one.second in scores
        and (pair := _compared(one, scores, known_here.spreads, effects)) is not None
    )  # fmt: skip
    logged = {p.feature.name for p in log.plan.features if measured(p) is not None}
    names = dict.fromkeys(
        name for pair in known_here.pairs for name in (pair.first, pair.second) if name in logged
    )
    loose = tuple(came_loose(pairs, policy))
    return ComparedPairs(tuple(names), pairs, reasons, loose, known_here.orders)


def dependence_tests(compared: ComparedPairs, policy: Policy) -> dict[str, dict[str, Outcome]]:
    """Return the outcome of the test by feature, of those of which training knows pairs.

    A feature's p-value is that of its most significant pair, times its pairs (Bonferroni). Pairs
    with another feature that came loose from all of its own are that one's. A feature of which no
    pair can be compared has the reason.
    """
    outcomes: dict[str, dict[str, Outcome]] = {}
    for name in compared.names:
        own = compared.of(name)
        due = [p for p in own if name in compared.loose or p.partner(name) not in compared.loose]
        outcome = compared.reasons.get(name) or _outcome(
            name, due or own, policy, len(compared.pairs)
        )
        outcomes[name] = {DEPENDENCE.code: outcome}
    return outcomes


def came_loose(compared: Sequence[ComparedPair], policy: Policy) -> list[str]:
    """Return the features most of whose associations changed, the first with the most of them.

    Greedy: pairs of a feature that is one are not counted for their other ends.
    """
    left = [pair for pair in compared if changed(pair, policy, len(compared))]
    loose: list[str] = []
    while left:
        counts: dict[str, int] = {}
        for pair in left:
            for name in (pair.pair.first, pair.pair.second):
                counts[name] = counts.get(name, 0) + 1
        name = max(sorted(counts), key=counts.__getitem__)
        associated = sum(
            1 for pair in compared
            if name in (pair.pair.first, pair.pair.second)
            and abs(fisher_z(pair.pair.correlation)) >= _warns(policy, name)
        )  # fmt: skip
        if counts[name] < max(MIN_LOOSE, LOOSE_SHARE * associated):
            break
        loose.append(name)
        left = [pair for pair in left if name not in (pair.pair.first, pair.pair.second)]
    return loose


def changed(pair: ComparedPair, policy: Policy, pairs: int) -> bool:
    """Return whether a pair, of so many that were compared, changed so that it would warn."""
    threshold = min(_warns(policy, pair.pair.first), _warns(policy, pair.pair.second))
    return abs(pair.difference) >= threshold and pair.p_value * pairs <= policy.alpha


def _warns(policy: Policy, name: str) -> float:
    threshold = policy.threshold(name, DEPENDENCE.code)
    return (DEPENDENCE.threshold or 0 if threshold is None else threshold) / DEPENDENCE.warns


def _outcome(name: str, pairs: Sequence[ComparedPair], policy: Policy, compared: int) -> Outcome:
    if not pairs:
        return Reason("no_pair_of_features")
    least = min(pairs, key=lambda pair: (pair.p_value, -abs(pair.difference)))
    significant = [pair for pair in pairs if pair.p_value * compared <= policy.alpha]
    threshold = DEPENDENCE.warns * _warns(policy, name)
    critical = -ndtri(policy.alpha / (2 * compared))
    power = max(float(ndtr(threshold / pair.error - critical)) for pair in pairs)
    if threshold and power < TARGET_POWER and not significant:
        return Reason("too_few_rows_together", {"rows": round(max(p.rows for p in pairs))})
    shown = max(significant, key=lambda pair: abs(pair.difference), default=least)
    z = fisher_z(shown.correlation)
    half = Z * (shown.pair.unit_variance / shown.rows) ** 0.5
    return Measurement(
        statistic=shown.correlation,
        effect=abs(shown.difference),
        expected=shown.pair.correlation,
        p_value=min(1.0, len(pairs) * least.p_value),
        rows=shown.rows,
        interval=(float(np.tanh(z - half)), float(np.tanh(z + half))),
        partner=shown.partner(name),
    )


def _compared(
    pair: Pair, scores: Mapping[str, tuple[Scores, float]], spreads: Mapping[str, float],
    effects: Mapping[str, float],
) -> ComparedPair | None:  # fmt: skip
    """Return a pair's association in the log beside training's; None where there is none."""
    (a, sign_a), (b, sign_b) = scores[pair.first], scores[pair.second]
    r, rows = correlation(a, b)
    effective = rows / max(effects[pair.first], effects[pair.second])
    if not np.isfinite(r):
        return None
    r *= sign_a * sign_b
    coarser = _coarser(a, spreads.get(pair.first, 1.0), pair.rows)
    coarser *= _coarser(b, spreads.get(pair.second, 1.0), pair.rows)
    low, high = _range(pair.correlation, coarser)
    nearest = min(max(r, low), high)
    error = (pair.unit_variance * (1 / pair.rows + 1 / effective)) ** 0.5
    return ComparedPair(pair, r, effective, fisher_z(r) - fisher_z(nearest), error)


def _coarser(scores: Scores, before: float, rows: int) -> float:
    """Return the variance of a feature's scores over that in so many rows of training.

    1 where they differ no more than chance would have it: the levels are then the same ones.
    """
    ratio = scores.spread / before
    if SAME_TIES <= ratio <= 1 / SAME_TIES or not len(scores.order):
        return 1.0
    error = spread_error(scores) * (1 / rows + 1 / len(scores.order)) ** 0.5
    return 1.0 if abs(ratio - 1) <= TIES_BY_CHANCE * error else ratio


def _range(r: float, coarser: float) -> tuple[float, float]:
    """Return the correlations that training's becomes by other ties alone, the least and largest.

    `coarser` is the variance of the log's scores over that of training's, of both features. Ties
    put the mean of a cell, X', for a score X: with Y = r X + E, E of variance 1 - r**2, and q the
    variance of X', the covariance of X' and Y is r q, plus that of X' - X and E, which is at most
    sqrt((1 - q) (1 - r**2)) (Cauchy and Schwarz). Divided by sqrt(q) it is a correlation.
    """
    q = min(coarser, 1 / coarser) if coarser > 0 else 0.0
    if q > SAME_TIES:
        return r, r
    if q <= 0:
        return -1.0, 1.0
    centre = r * q**0.5 if coarser < 1 else r / q**0.5
    half = ((1 - q) * (1 - r * r) / q) ** 0.5
    return min(centre - half, r), max(centre + half, r)


def _scores(
    known: Dependence, log: MeasuredLog
) -> tuple[dict[str, tuple[Scores, float]], dict[str, Reason]]:
    """Return the features' scores in the sampled rows with a sign, and why others have none."""
    columns = log.profile.sample.rows().columns
    unranked = Reason("not_monotone") if columns else Reason("rows_not_sampled")
    names = {name for pair in known.pairs for name in (pair.first, pair.second)}
    scores: dict[str, tuple[Scores, float]] = {}
    reasons: dict[str, Reason] = {}
    for plan, profile in zip(log.plan.features, log.profile.features, strict=True):
        name, side = plan.feature.name, measured(plan)
        if name not in names or side is None:
            continue
        counts = profile.raw if plan.raw else profile.served
        nulls = 0.0 if counts is None else counts.nulls / max(counts.rows, 1)
        reference = plan.feature.reference
        before = 0.0 if reference is None else reference.nulls / max(reference.rows, 1)
        if abs(nulls - before) > MAX_NULL_CHANGE:
            reasons[name] = Reason("other_nulls")
            continue
        variable = rankable(plan, columns, known.orders.get(name, ()))
        if variable is None:
            reasons[name] = unranked
        else:
            scores[name] = Scores.of(variable[0]), variable[1]
    return scores, reasons
