"""Causes where only served values were logged, from distributions and the raw grid.

Where nothing explains the whole log, its parts are searched: rows off the raw grid, the values of a
segment column, a stretch of time; then mixtures of right rows and wrong ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from skewcheck.causes import bucket_codes, faulty_parts, fixed_points, mixture, precision
from skewcheck.causes.confidence import as_unit, confidence_of
from skewcheck.causes.contest.search import of_some_rows, winners
from skewcheck.causes.distribution_parameters import fitted_line, negated, new_atom
from skewcheck.causes.distributions import (
    MIN_CRITICAL_DISTANCE,
    Match,
    critical_distance,
    foreign,
    matches,
    within_noise,
)
from skewcheck.causes.evidence import Evidence, SampledRows
from skewcheck.causes.families import candidates, causes_of_moments
from skewcheck.causes.faulty_parts import MAX_DEPTH
from skewcheck.causes.frequent_value import constant_value, newly_frequent, rounded_rows
from skewcheck.causes.grid_parameters import from_grid, has_scale_of, same_scale
from skewcheck.causes.grids import MIN_USABLE_VALUES, Grid, inspect_grid
from skewcheck.causes.lines import contradicted
from skewcheck.causes.mechanism import FeatureContext, Mechanism
from skewcheck.causes.mechanism_causes import (
    drift,
    if_likelier,
    is_unplaced_constant,
    names_mechanism,
    negligible,
    of_all_rows,
)
from skewcheck.causes.methods import recognised
from skewcheck.causes.one_sided_fills import causes_of_fills
from skewcheck.causes.one_sided_nulls import causes_of_absent, causes_of_gone_value
from skewcheck.causes.units import is_rare
from skewcheck.features.steps import inverse, is_affine
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause

OFFSET_SLACK = 0.1
"""Of a scale: the error of an offset whose whole grid steps come from quantiles."""
MIN_IMPROVEMENT = 0.6
"""A fitted line replaces a mechanism where its distance is smaller by this factor: with two free
parameters it is always a little nearer."""


def of_served(
    evidence: Evidence, grid: Grid | None, step: float | None, depth: int = 0
) -> list[Cause]:
    """Return the causes of served values that are not distributed as training's, likeliest first.

    `grid` is what the served values say of the raw grid of width `step`. Empty for fewer than ten
    finite values that no moments explain.
    """
    context, reference = evidence.context, evidence.context.reference
    rows = evidence.rows.only(np.isfinite(evidence.rows.served))
    estimated = list(causes_of_moments(evidence))
    if estimated or len(rows) < 10:
        return estimated
    gone = causes_of_gone_value(
        context, evidence.rows.served, context.feature.steps, rows.served_tolerance
    )
    causes = gone or _of_all_served(evidence, rows, grid, step)
    if (
        reference is None
        or depth == MAX_DEPTH
        or not causes
        or (names_mechanism(causes) and not is_unplaced_constant(causes))
    ):
        return causes
    steps, lost = context.feature.steps, rows.served_tolerance

    def diagnose(part_rows: SampledRows) -> list[Cause]:
        part = replace(evidence, rows=part_rows, served=None, raw=None)
        on = inspect_grid(part_rows.served, steps, reference, part_rows.served_tolerance)
        return of_served(part, on, step, depth + 1)

    part_causes = faulty_parts.explain_part(reference, steps, rows.served, lost, rows, diagnose)
    if names_mechanism(part_causes) or names_mechanism(causes):
        return part_causes if names_mechanism(part_causes) else causes
    if step is not None and depth == 0 and grid is not None and not grid.world:
        sure_causes = faulty_parts.explain_rows_off_grid(
            rows, steps, step, diagnose, by_value=grid.partly
        )
        if sure_causes:
            return sure_causes
    impossible = bucket_codes.impossible_codes(context, rows.served)
    if impossible.any():
        return bucket_codes.of_some_rows(context, rows, impossible)
    if part_causes:
        return part_causes
    return _of_some_rows(context, rows, causes)


def _of_some_rows(context: FeatureContext, rows: SampledRows, causes: list[Cause]) -> list[Cause]:
    """Return what was done to a share of the rows, in no place; `causes` of all where none is."""
    steps, served, lost = context.feature.steps, rows.served, rows.served_tolerance
    if within_noise(steps, context, served, lost):
        return of_some_rows(context, served, steps, lost) or causes
    frequent = newly_frequent(context, served, rows, raw=False) or rounded_rows(context, rows)
    common = _of_families(context, rare=False)
    usual = if_likelier(frequent, causes) or if_likelier(
        mixture.explain_mixture(context, steps, common, served, lost), causes
    )
    if names_mechanism(usual):
        return usual
    return of_some_rows(context, served, steps, lost) or usual or causes


def _of_all_served(
    evidence: Evidence, rows: SampledRows, grid: Grid | None, step: float | None
) -> list[Cause]:
    """Return the causes if one mechanism applies to all rows, whose served values are finite."""
    context, served, tolerance = evidence.context, rows.served, rows.served_tolerance
    steps = context.feature.steps
    by_contest = winners(context, served, steps, tolerance)
    if by_contest:
        return by_contest
    same = within_noise(steps, context, served, tolerance)
    if grid is not None and grid.narrow is not None:
        narrowed = precision.narrowed(context, grid.narrow, served, tolerance)
        if same or within_noise(narrowed.steps, context, served, tolerance):
            return [of_all_rows(narrowed, SURE, context)]
        bare = precision.bare_eight_bits(context, served) if grid.narrow == "0" else None
        if bare is not None and within_noise(bare.steps, context, served, tolerance):
            return [of_all_rows(bare, LIKELY, context), drift(round(1 - LIKELY, 2))]
    if bucket_codes.impossible_codes(context, served).any():
        recoded = bucket_codes.of_all_rows(context, served)
        return [drift(LIKELY) if recoded is None else of_all_rows(recoded, SURE, context)]
    stuck_causes = constant_value(context, served, rows, raw=False)
    if stuck_causes:
        return stuck_causes
    on_grid = grid is not None and grid.on and grid.scale is None
    if same and (null_causes := causes_of_absent(context, evidence.rows.served, steps)) is not None:
        return null_causes
    if not same and (fill_causes := causes_of_fills(context, served, tolerance)):
        return fill_causes
    visible_step = step if grid is not None and grid.usable >= MIN_USABLE_VALUES else None
    mechanisms = (*_of_families(context, rare=visible_step is not None), *negated(context))
    tried = matches(context, mechanisms, served, visible_step, tolerance)
    if on_grid:
        tried = [m for m in tried if m.on_grid and not m.mechanism.cause.rounds]
    elif grid is not None and step is not None:
        grid_causes = _by_grid(evidence, rows, grid, step, tried)
        if grid_causes is not None:
            return grid_causes
    return _by_distribution(context, rows, tried, on_grid=on_grid)


def _of_families(context: FeatureContext, *, rare: bool) -> Iterator[Mechanism]:
    """Yield the mechanisms of all families; with `rare` those that no distribution alone shows."""
    return (m for m in candidates(context) if rare or not is_rare(m))


def _by_grid(
    evidence: Evidence, rows: SampledRows, grid: Grid, step: float, tried: list[Match]
) -> list[Cause] | None:
    """Return the causes that put the values back on the raw grid; None where nothing does."""
    context = evidence.context
    rounding = precision.on_grid(context, rows.served, step, rows.served_tolerance)
    if rounding is not None:
        return [of_all_rows(rounding, SURE, context)]
    # Numbers near those that the grid shows, as those of another ddof, put most values back, too.
    exact = [
        m.mechanism
        for m in tried
        if m.on_grid
        and m.within_noise
        and has_scale_of(grid, m.mechanism, context)
        and not _is_contradicted(m.mechanism, context, rows.served, step)
    ]
    if not exact:
        return _of_scales(evidence, rows, grid, step) or None
    if exact[0].parameters.get("factor") != -1.0:
        others = [m for m in exact[1:] if grid.rivals and not same_scale(exact[0], m)]
        rivals = [of_all_rows(m, OPEN, context) for m in others]
        confidence = LIKELY if rivals else SURE
        return [of_all_rows(exact[0], confidence, context), *_shared_out(rivals, 1 - LIKELY)]
    # Symmetric values with the sign changed look like values with another offset.
    rivals = [c for c in _of_scales(evidence, rows, grid, step) if c.confidence >= SURE]
    confidence = LIKELY if rivals else SURE
    return [of_all_rows(exact[0], confidence, context), *_shared_out(rivals, 1 - LIKELY)]


def _is_contradicted(
    mechanism: Mechanism, context: FeatureContext, served: FloatArray, step: float
) -> bool:
    """Return whether served values have another scale, seen from the nearest points of the grid."""
    if mechanism.source is not None or not is_affine(mechanism.steps):
        return False
    raw = np.round(inverse(mechanism.steps, served) / step) * step
    return contradicted(mechanism, context.feature, raw, served)


def _of_scales(evidence: Evidence, rows: SampledRows, grid: Grid, step: float) -> list[Cause]:
    """Return the parameters of each scale that puts the values back, the likeliest first.

    Empty where the grid shows none, or only those of some rows.
    """
    context, causes = evidence.context, list[Cause]()
    for scale, offset in () if grid.partly else ((grid.scale, grid.offset), *grid.rivals):
        if scale is None or offset is None:
            continue
        mechanism = from_grid(
            context, rows.served, scale, offset, step, rows.served_tolerance, exact=grid.exact
        )
        if mechanism is not None:
            same = within_noise(mechanism.steps, context, rows.served, rows.served_tolerance)
            confidence = SURE if same and grid.exact else LIKELY
            mechanism = recognised(context, mechanism, OFFSET_SLACK)
            mechanism = fixed_points.named_by_ends(evidence, mechanism)
            causes.append(of_all_rows(mechanism, confidence, context))
    return [*causes[:1], *_shared_out(causes[1:], 1 - LIKELY)]


def _shared_out(causes: list[Cause], confidence: float) -> list[Cause]:
    """Return causes that share a confidence equally."""
    return [replace(c, confidence=round(confidence / len(causes), 2)) for c in causes]


def _by_distribution(
    context: FeatureContext, rows: SampledRows, tried: list[Match], *, on_grid: bool
) -> list[Cause]:
    """Return the mechanism that brings the distributions together, and drift as its rival."""
    served, tolerance = rows.served, rows.served_tolerance
    best = next(
        (
            m
            for m in tried
            if m.within_noise
            and (m.on_grid or not (foreign(context, m) or is_rare(m.mechanism)))
            and (m.on_grid or not m.mechanism.cause.like_parameters)
            and not negligible(m.mechanism, context)  # which moves no distribution
        ),
        None,
    )
    # Values that the training parameters put on the raw grid were served with those.
    line_match = None if on_grid else fitted_line(context, served, tolerance)
    closer = line_match is not None and (
        best is None or line_match.distance < MIN_IMPROVEMENT * best.distance
    )
    if best is not None and not (
        closer and best.distance > MIN_IMPROVEMENT * critical_distance(context, served)
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
    same = within_noise(context.feature.steps, context, served, tolerance)
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
