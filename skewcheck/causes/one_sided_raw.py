"""Causes of raw values that are not distributed as training's, where no parity explains them.

Where nothing explains the whole log, its parts are searched, then mixtures of units.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skewcheck.catalogue.causes import NORMALIZED_TWICE, SWAPPED_FEATURES
from skewcheck.causes import faulty_parts, mixture, units
from skewcheck.causes.confidence import confidence_of
from skewcheck.causes.contest.search import of_some_rows, winners
from skewcheck.causes.distributions import (
    Match,
    critical,
    distance,
    raw_matches,
    within_noise,
    worth_trying,
)
from skewcheck.causes.evidence import Evidence, SampledRows
from skewcheck.causes.faulty_parts import MAX_DEPTH
from skewcheck.causes.frequent_value import constant_value, newly_frequent
from skewcheck.causes.mechanism import FeatureContext, Mechanism, final_linear, line
from skewcheck.causes.mechanism_causes import (
    drift,
    if_likelier,
    is_unplaced_constant,
    names_mechanism,
    of_all_rows,
)
from skewcheck.causes.one_sided_nulls import causes_of_absent, causes_of_gone_value
from skewcheck.causes.training_quantiles import source_reference
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, OPEN, Cause

CONFIDENCE_OF_TWO = 0.6
"""Confidence in the better of two matches within noise: a little more than an even chance."""


def of_raw(evidence: Evidence, raw: FloatArray, depth: int = 0) -> list[Cause]:
    """Return the causes of raw values that are not distributed as training's, likeliest first.

    Empty without a finite value; drift for fewer than ten, or without a reference.
    """
    context, reference = evidence.context, evidence.context.reference
    finite = np.isfinite(raw)
    if reference is None or finite.sum() < 10:
        return [drift(OPEN)] if finite.any() else []
    rows = evidence.rows.only(finite)
    values, lost = raw[finite], rows.raw_tolerance
    if (
        within_noise((), context, values, lost)
        and (null_causes := causes_of_absent(context, raw, ())) is not None
    ):
        return null_causes
    gone = causes_of_gone_value(context, raw, (), lost) if depth == 0 else []
    if gone:
        return gone
    causes = _of_all_raw(context, values, rows)
    if depth == MAX_DEPTH or (names_mechanism(causes) and not is_unplaced_constant(causes)):
        return causes

    def diagnose(part_rows: SampledRows) -> list[Cause]:
        return of_raw(
            replace(evidence, rows=part_rows), part_rows.raw[context.feature.name], depth + 1
        )

    if context.feature.name in rows.raw:
        part_causes = faulty_parts.explain_part(reference, (), values, lost, rows, diagnose)
        if part_causes and (names_mechanism(part_causes) or not names_mechanism(causes)):
            return part_causes
    if names_mechanism(causes):
        return causes
    frequent = newly_frequent(context, values, rows, raw=True)
    converted = (
        replace(unit, steps=unit.steps[:1]) for unit in units.candidates(context, rare=False)
    )
    usual = if_likelier(frequent, causes) or if_likelier(
        mixture.explain_mixture(context, (), converted, values, lost), causes
    )
    if names_mechanism(usual):
        return usual
    return of_some_rows(context, values, (), lost) or usual or causes


def _of_all_raw(context: FeatureContext, values: FloatArray, rows: SampledRows) -> list[Cause]:
    """Return the causes if one mechanism applies to all finite raw values."""
    reference = context.reference
    if reference is None:
        return []
    by_contest = winners(context, values, (), rows.raw_tolerance)
    if by_contest:
        return by_contest
    stuck_causes = constant_value(context, values, rows, raw=True)
    if stuck_causes:
        return stuck_causes
    if context.feature.steps and within_noise(context.feature.steps, context, values):
        confidence = confidence_of(
            distance(reference, context.feature.steps, values), (), context, values
        )
        last = final_linear(context.feature.steps)
        if last is not None and abs(line(last[1])[0]) < abs(line(last[1])[1]) / 2:
            confidence = OPEN  # around 0 only the scale changes, as it may by drift
        return [Cause(NORMALIZED_TWICE.code, 1.0, confidence), drift(round(1 - confidence, 2))]
    unit_matches = raw_matches(
        context, units.candidates(context, rare=False), values, rows.raw_tolerance
    )
    if not unit_matches:
        swap = _of_other_feature(context, values)
        unit_matches = [] if swap is None else [swap]
    if not unit_matches:
        return [drift(LIKELY)]
    best, rivals = unit_matches[0], unit_matches[1:2]
    confidence = confidence_of(best.distance, (), context, values)
    confidence = confidence if units.agrees(best.mechanism, reference, values) else OPEN
    if rivals:
        # Two factors are equally near, such as 57.3 and 60 of a wide distribution.
        confidence = min(confidence, CONFIDENCE_OF_TWO)
        rival_causes = [of_all_rows(m.mechanism, round(confidence / 2, 2), context) for m in rivals]
        first = of_all_rows(best.mechanism, confidence, context)
        return [first, *rival_causes, drift(round(1 - 1.5 * confidence, 2))]
    return [of_all_rows(best.mechanism, confidence, context), drift(round(1 - confidence, 2))]


def _of_other_feature(context: FeatureContext, values: FloatArray) -> Match | None:
    """Return the only other feature whose training distribution these raw values have."""
    other_matches = []
    swapped = [
        Mechanism(SWAPPED_FEATURES, (), {"feature": other.name, "swapped": "values"}, other.name)
        for other in context.others if other.type == "numeric"
    ]  # fmt: skip
    for mechanism in worth_trying(context, swapped, values):
        reference = source_reference(context, mechanism)
        if reference is None:
            continue
        d = distance(reference, (), values)
        if d <= critical(reference, len(values)):
            other_matches.append(Match(mechanism, d, within_noise=True))
    return other_matches[0] if len(other_matches) == 1 else None
