"""Causes where only served or only raw values were logged, from distributions and the raw grid.

Where nothing explains the whole log, its parts are searched: rows off the raw grid, the values of a
segment column, a stretch of time; then mixtures of right rows and wrong ones.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skewcheck.catalogue.causes import CAUSES, NORMALIZED_TWICE, STEP_MISSING, SWAPPED_FEATURES
from skewcheck.causes import bucket_codes, mixture, parts, precision, units
from skewcheck.causes.confidence import as_unit, confidence_of
from skewcheck.causes.diagnosis import drift, is_mechanical, of_all_rows
from skewcheck.causes.distributions import (
    MIN_CRITICAL_DISTANCE,
    Match,
    critical,
    distance,
    foreign,
    matches,
    raw_matches,
    source_reference,
    worth_trying,
)
from skewcheck.causes.evidence import Evidence, SampledRows
from skewcheck.causes.families import candidates, recomputed_on
from skewcheck.causes.frequent_value import newly_frequent, rounded, stuck
from skewcheck.causes.grids import LEAST, Grid, seen
from skewcheck.causes.mechanism import FeatureContext, Mechanism, final_linear, line
from skewcheck.causes.methods import recognised
from skewcheck.causes.one_sided_parameters import fitted_line, from_grid, negated, new_atom
from skewcheck.causes.parts import names_mechanism
from skewcheck.features.steps import Impute, Step
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause

CONFIDENCE_OF_TWO = 0.6
"""Confidence in the better of two matches within noise: a little more than an even chance."""
OFFSET_SLACK = 0.1
"""Of a scale: the error of an offset whose whole grid steps come from quantiles."""
MIN_IMPROVEMENT = 0.6
"""A fitted line replaces a mechanism where its distance is smaller by this factor: with two free
parameters it is always a little nearer."""
MAX_DEPTH = 2
"""Levels of nested parts that are searched: a host, and since when."""


def of_served(
    evidence: Evidence, grid: Grid | None, step: float | None, depth: int = 0
) -> list[Cause]:
    """Return the causes of served values that are not distributed as training's, likeliest first.

    `grid` is what the served values say of the raw grid of width `step`. Empty for fewer than ten
    finite values that no moments explain.
    """
    context, reference = evidence.context, evidence.context.reference
    rows = evidence.rows.only(np.isfinite(evidence.rows.served))
    estimated = list(recomputed_on(evidence))
    if estimated or len(rows) < 10:
        return estimated
    causes = _of_all_served(evidence, rows, grid, step)
    if (
        reference is None
        or depth == MAX_DEPTH
        or not causes
        or (names_mechanism(causes) and not _of_unplaced_rows(causes))
    ):
        return causes
    steps, lost = context.feature.steps, rows.served_tolerance

    def diagnose(part_rows: SampledRows) -> list[Cause]:
        part = replace(evidence, rows=part_rows, served=None, raw=None)
        on = seen(part_rows.served, steps, reference, part_rows.served_tolerance)
        return of_served(part, on, step, depth + 1)

    part_causes = parts.explain_part(reference, steps, rows.served, lost, rows, diagnose)
    if names_mechanism(part_causes) or names_mechanism(causes):
        return part_causes if names_mechanism(part_causes) else causes
    if step is not None and depth == 0 and grid is not None and not grid.world:
        sure_causes = parts.explain_rows_off_grid(rows, steps, step, diagnose, by_value=grid.partly)
        if sure_causes:
            return sure_causes
    impossible = bucket_codes.impossible(context, rows.served)
    if impossible.any():
        return bucket_codes.strangers(context, rows, impossible)
    if part_causes or _within_noise(steps, context, rows.served, lost):
        return part_causes or causes
    frequent = newly_frequent(reference, steps, rows.served, rows) or rounded(context, rows)
    return (
        _if_likelier(frequent, causes)
        or _if_likelier(
            mixture.explain_mixture(context, steps, candidates(context), rows.served, lost), causes
        )
        or causes
    )


def _of_unplaced_rows(causes: list[Cause]) -> bool:
    """Return whether the first cause is a constant of some rows, whose place is not known yet."""
    return causes[0].share < 0.9 and causes[0].place is None and CAUSES[causes[0].code].constant


def _if_likelier(partial: list[Cause], total: list[Cause]) -> list[Cause]:
    """Return the causes of some rows if the first is likelier than those of all rows; else none."""
    return partial if names_mechanism(partial) or not is_mechanical(total[0]) else []


def _of_all_served(
    evidence: Evidence, rows: SampledRows, grid: Grid | None, step: float | None
) -> list[Cause]:
    """Return the causes if one mechanism applies to all rows, whose served values are finite."""
    context, served, tolerance = evidence.context, rows.served, rows.served_tolerance
    steps = context.feature.steps
    same = _within_noise(steps, context, served, tolerance)
    if grid is not None and grid.narrow is not None:
        narrowed = precision.narrowed(context, grid.narrow, served, tolerance)
        if same or _within_noise(narrowed.steps, context, served, tolerance):
            return [of_all_rows(narrowed, SURE, context)]
        bare = precision.bare_eight_bits(context, served) if grid.narrow == "0" else None
        if bare is not None and _within_noise(bare.steps, context, served, tolerance):
            return [of_all_rows(bare, LIKELY, context), drift(round(1 - LIKELY, 2))]
    if bucket_codes.impossible(context, served).any():
        recoded = bucket_codes.of_all(context, served)
        return [drift(LIKELY) if recoded is None else of_all_rows(recoded, SURE, context)]
    if context.reference is not None:
        stuck_causes = stuck(context.reference, steps, served, rows)
        if stuck_causes:
            return stuck_causes
    on_grid = grid is not None and grid.on
    if same and (null_causes := _nulls(context, evidence.rows.served, steps)) is not None:
        return null_causes
    visible_step = step if grid is not None and grid.usable >= LEAST else None
    tried = matches(
        context, (*candidates(context), *negated(context)), served, visible_step, tolerance
    )
    if on_grid:
        tried = [m for m in tried if m.on_grid and not m.mechanism.cause.rounds]
    elif grid is not None and step is not None:
        grid_causes = _by_grid(context, rows, grid, step, tried)
        if grid_causes is not None:
            return grid_causes
    return _by_distribution(context, rows, tried, on_grid=on_grid)


def _by_grid(
    context: FeatureContext, rows: SampledRows, grid: Grid, step: float, tried: list[Match]
) -> list[Cause] | None:
    """Return the causes that put the values back on the raw grid; None where nothing does."""
    rounding = precision.on_grid(context, rows.served, step, rows.served_tolerance)
    if rounding is not None:
        return [of_all_rows(rounding, SURE, context)]
    exact = next((m.mechanism for m in tried if m.on_grid and m.within_noise), None)
    is_negated = exact is not None and exact.parameters.get("factor") == -1.0
    shifted, same = None, False
    if not grid.partly and grid.scale is not None and (is_negated or exact is None):
        slope_and_offset, tolerance = (grid.scale, grid.offset or 0.0), rows.served_tolerance
        shifted = from_grid(context, rows.served, *slope_and_offset, step, tolerance)
    if shifted is not None:
        same = _within_noise(shifted.steps, context, rows.served, rows.served_tolerance)
        shifted = recognised(context, shifted, OFFSET_SLACK)
    if exact is not None:
        # Symmetric values with the sign changed look like values with another offset.
        rival = []
        if shifted is not None and same:
            rival = [of_all_rows(shifted, round(1 - LIKELY, 2), context)]
        return [of_all_rows(exact, LIKELY if rival else SURE, context), *rival]
    return None if shifted is None else [of_all_rows(shifted, SURE if same else LIKELY, context)]


def _by_distribution(
    context: FeatureContext, rows: SampledRows, tried: list[Match], *, on_grid: bool
) -> list[Cause]:
    """Return the mechanism that brings the distributions together, and drift as its rival."""
    served, tolerance = rows.served, rows.served_tolerance
    best = next(
        (m for m in tried if m.within_noise and (m.on_grid or not foreign(context, m))), None
    )
    # Values that the training parameters put on the raw grid were served with those.
    line_match = None if on_grid else fitted_line(context, served, tolerance)
    closer = line_match is not None and (
        best is None or line_match.distance < MIN_IMPROVEMENT * best.distance
    )
    if best is not None and not (
        closer and best.distance > MIN_IMPROVEMENT * _critical(context, served)
    ):
        confidence = confidence_of(best.distance, context.feature.steps, context, served)
        confidence = LIKELY if best.mechanism.cause.named_by_user else confidence
        if (
            best.on_grid
            and best.mechanism.source is not None
            and (context.reference is None or context.reference.step is None)
        ):
            confidence = SURE  # only the other feature's values lie on its grid
        elif best.mechanism.cause.borrows or not as_unit(best.mechanism, context, served):
            confidence = OPEN
        rival = [drift(round(1 - confidence, 2))] if confidence < SURE else []
        return [of_all_rows(best.mechanism, confidence, context), *rival]
    # Where nothing moved, settings that fit explain nothing.
    same = _within_noise(context.feature.steps, context, served, tolerance)
    atom = None if same else new_atom(context, served, tolerance)
    if atom is not None:
        return [of_all_rows(atom.mechanism, LIKELY, context), drift(round(1 - LIKELY, 2))]
    if line_match is not None:
        return [
            of_all_rows(
                recognised(context, line_match.mechanism, MIN_CRITICAL_DISTANCE), OPEN, context
            ),
            drift(OPEN),
        ]
    return [drift(LIKELY)]


def _nulls(
    context: FeatureContext, values: FloatArray, steps: tuple[Step, ...]
) -> list[Cause] | None:
    """Return the cause of a difference in nulls alone: imputation left out.

    That is where nulls are about as many as the raw ones of training. Empty where they are more
    frequent for another reason; None where they are not. `steps` lead from the reference to the
    column.
    """
    reference, share = context.reference, float(np.isnan(values).mean())
    if reference is None or share * len(values) < 5:
        return None
    expected = reference.nulls / max(reference.rows, 1)
    if expected and share >= 0.5 * expected and any(isinstance(step, Impute) for step in steps):
        return [Cause(STEP_MISSING.code, share, LIKELY, {"op": "impute"}, variant="nulls")]
    return [] if share > expected + 0.01 else None


def _critical(context: FeatureContext, served: FloatArray) -> float:
    """Return the critical KS D of so many served values; 1 without a reference."""
    return critical(context.reference, len(served)) if context.reference is not None else 1.0


def _within_noise(
    steps: tuple[Step, ...],
    context: FeatureContext,
    served: FloatArray,
    tolerance: FloatArray | float = 0.0,
) -> bool:
    """Return whether finite values have the distribution of the reference after these steps."""
    reference = context.reference
    if reference is None:
        return False
    return distance(reference, steps, served, tolerance) <= critical(reference, len(served))


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
        _within_noise((), context, values, lost)
        and (null_causes := _nulls(context, raw, ())) is not None
    ):
        return null_causes
    causes = _of_all_raw(context, values, rows)
    if depth == MAX_DEPTH or (names_mechanism(causes) and not _of_unplaced_rows(causes)):
        return causes

    def diagnose(part_rows: SampledRows) -> list[Cause]:
        return of_raw(
            replace(evidence, rows=part_rows), part_rows.raw[context.feature.name], depth + 1
        )

    if context.feature.name in rows.raw:
        part_causes = parts.explain_part(reference, (), values, lost, rows, diagnose)
        if part_causes and (names_mechanism(part_causes) or not names_mechanism(causes)):
            return part_causes
    if names_mechanism(causes):
        return causes
    frequent = newly_frequent(reference, (), values, rows)
    converted = (replace(unit, steps=unit.steps[:1]) for unit in units.candidates(context))
    return (
        _if_likelier(frequent, causes)
        or _if_likelier(mixture.explain_mixture(context, (), converted, values, lost), causes)
        or causes
    )


def _of_all_raw(context: FeatureContext, values: FloatArray, rows: SampledRows) -> list[Cause]:
    """Return the causes if one mechanism applies to all finite raw values."""
    reference = context.reference
    if reference is None:
        return []
    stuck_causes = stuck(reference, (), values, rows)
    if stuck_causes:
        return stuck_causes
    if context.feature.steps and _within_noise(context.feature.steps, context, values):
        confidence = confidence_of(
            distance(reference, context.feature.steps, values), (), context, values
        )
        last = final_linear(context.feature.steps)
        if last is not None and abs(line(last[1])[0]) < abs(line(last[1])[1]) / 2:
            confidence = OPEN  # around 0 only the scale changes, as it may by drift
        return [Cause(NORMALIZED_TWICE.code, 1.0, confidence), drift(round(1 - confidence, 2))]
    unit_matches = raw_matches(context, units.candidates(context), values, rows.raw_tolerance)
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
