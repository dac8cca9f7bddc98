"""Which scale a spacing of served values stands for: training's step, or several of them.

Values on a grid of some width also lie on every finer one in phase with it. What tells them apart
are the places that training takes (`residues`), and the distribution: with twice the scale, values
spread twice as far.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.causes.grid_distance import Comparison, Places, TrainingPlaces
from skewcheck.causes.grid_factors import FACTORS, MULTIPLES, may_be_rounded
from skewcheck.causes.grid_spacing import (
    FIT_TOLERANCE,
    MAX_NOISE_PARTS,
    MIN_SHARE,
    Spacing,
    spacings,
)
from skewcheck.causes.residues import Residues
from skewcheck.features.types import FloatArray, NumericReference

MIN_CLEARANCE = 0.05
"""KS D by which a scale must be nearer to training than another: drift makes up less than that."""
MIN_DISTANCE_IN_PHASE = 0.2
"""KS D of the training parameters from which other ones are believed that leave values in phase
with the raw grid, as a world does whose values became finer or coarser."""
MAX_PARTS = 10
"""Steps, or spacings, after which a finer or coarser world meets the raw grid again."""
MIN_LEAD = 0.25
"""Of the noise: how much nearer to training than its multiples an exact scale is."""
MAX_OPEN = 3
"""Scales that may be left: of more none is likely."""
MAX_RIVALS = 40
"""Scales, the nearest to training, of which remainders are compared."""
USUAL_STRAGGLERS = 0.02
"""Share of values off the grid that serving may have above training's share."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale that puts values back on the raw grid."""

    spacing: Spacing
    """In training's steps: its width is the slope of the parameters used, over training's."""
    compared: Comparison
    """With training, the offset shifted by the whole steps that bring it nearest."""
    on: float
    """Share of the values that it puts back."""
    agrees: bool
    """The values take the places of the grid that training's take."""
    exact: bool = False
    """It agrees, nothing moved, and no other scale is left."""


def leave_out_places(values: FloatArray, reference: NumericReference, step: float) -> bool:
    """Return whether values on the raw grid, in steps, leave out places that training's take."""
    whole = np.round(values)
    return Residues.of(whole, np.ones(len(whole)), len(whole)).lack(
        Residues.of_training(reference, step)
    )


def other_scales(
    values: FloatArray, noise: FloatArray, usual_share: float, step: float,
    reference: NumericReference | None,
) -> list[Scale]:  # fmt: skip
    """Return the scales other than training's that put values back, the likeliest first.

    `values`, with the training parameters undone, and their noise are in steps. Empty where none
    does, or where training's own parameters explain the values as well.
    """
    for all_places in (False, True):
        base = _spacing(
            values, noise, usual_share, may_be_finer=reference is not None, all_places=all_places
        )
        if base is None:
            continue
        if reference is None:
            in_phase = base.width < 1 and _ratio_in_phase(base, float(np.median(noise)))
            return [] if in_phase else [Scale(base, Comparison(0.0, 0.0), 1.0, agrees=False)]
        training = TrainingPlaces.of(reference, step)
        # Distributions are compared with all values: those of much noise are the largest.
        ordered = np.sort(values)
        scales = _resolved(*_precise(values, noise, base), ordered, base, training, usual_share)
        if scales:
            return scales
    return []


def _precise(values: FloatArray, noise: FloatArray, base: Spacing) -> tuple[FloatArray, FloatArray]:
    """Return the values whose noise is a small part of a spacing, and their noise."""
    precise = noise <= base.width / MAX_NOISE_PARTS
    return values[precise], noise[precise]


def _spacing(
    values: FloatArray, noise: FloatArray, usual_share: float, *, all_places: bool,
    may_be_finer: bool,
) -> Spacing | None:  # fmt: skip
    """Return the widest spacing that puts back more values than training's parameters do.

    The rest may be more than training's where it lies on a finer grid, if `may_be_finer`.
    """
    for base in spacings(values, noise, all_places=all_places):
        x, blur = _precise(values, noise, base)
        left, off = ~base.holds(x, blur), ~Spacing(1.0, 0.0, 0.0).holds(x, blur)
        if off.mean() > usual_share and left.mean() > off.mean() / 2:
            continue
        if left.mean() <= usual_share + USUAL_STRAGGLERS or (
            may_be_finer and _on_finer(base, x[left], blur[left], left.mean(), usual_share)
        ):
            return base
    return None


def _on_finer(
    base: Spacing, values: FloatArray, noise: FloatArray, share: float, usual_share: float
) -> bool:
    """Return whether the rest of the values, a `share`, lie on a finer grid in phase with it."""
    blur = float(np.median(noise))
    return any(
        share * (1 - _divided(base, f).holds(values, noise).mean())
        <= usual_share + USUAL_STRAGGLERS
        for f in FACTORS
        if blur <= base.width / f / (2 * MAX_NOISE_PARTS)
    )


def _resolved(
    values: FloatArray, noise: FloatArray, ordered: FloatArray, base: Spacing,
    training: TrainingPlaces, usual_share: float,
) -> list[Scale]:  # fmt: skip
    """Return the scales that a spacing may stand for, the likeliest first.

    Empty where the distribution and the places that values take contradict each other, where a
    multiple is nearer to training, and where a world that became finer or coarser explains them.
    """
    candidates, nearest = _near(values, noise, ordered, base, training, usual_share)
    if not candidates or nearest.distance < candidates[0].compared.distance - MIN_CLEARANCE:
        return []
    agreeing = [c for c in candidates if c.agrees]
    if not nearest.within_noise:
        # The world moved as well: then both kinds of evidence must name the same scale, and it
        # must put the finest values back.
        agreeing = [c for c in agreeing if c is candidates[0] and c.spacing.width <= base.width]
    chosen = agreeing or (candidates if len(candidates) == 1 and nearest.within_noise else [])
    if (
        not chosen
        or _is_training(chosen[0].spacing, float(np.median(noise)))
        or _may_be_world(ordered, noise, base, chosen[0], training)
    ):
        return []
    best = chosen[0]
    # A world that became coarser takes fewer places, too.
    lead = best.compared.distance + MIN_LEAD * best.compared.limit
    doubtful = [
        c
        for c in candidates
        if c not in chosen
        and c.compared.distance < lead
        and may_be_rounded(best.spacing.width, c.spacing.width, base.width)
    ]
    if len(chosen) + len(doubtful) > MAX_OPEN:
        return []
    most = max(float(base.holds(values, noise).mean()), *(c.on for c in candidates))
    exact = (
        best.agrees
        and best.compared.within_noise
        and best.compared.distance <= nearest.distance + MIN_LEAD * nearest.limit
        and best.on >= most - _three_errors(most, len(values))
        and not (chosen[1:] or doubtful)
    )
    return [replace(scale, exact=exact) for scale in (*chosen, *doubtful)]


def _near(
    values: FloatArray, noise: FloatArray, ordered: FloatArray, base: Spacing,
    training: TrainingPlaces, usual_share: float,
) -> tuple[list[Scale], Comparison]:  # fmt: skip
    """Return the scales of a spacing that are about as near to training as any, nearest first.

    Without those that put back fewer values. The distance of the nearest is returned as well.
    """
    blur, places = float(np.median(noise)), Places.of(base.places(ordered))
    compared = {
        f: training.shifted(places, f)
        for f in (*(1 / m for m in MULTIPLES), *map(float, FACTORS))
        if blur <= base.width / f / MAX_NOISE_PARTS and training.has_like_spread(places, f)
    }
    order = sorted(compared, key=lambda f: compared[f].distance)
    if not order:
        return [], Comparison(1.0, 1.0)
    nearest = compared[order[0]]
    limit = nearest.distance + max(MIN_CLEARANCE, nearest.limit)
    near = [
        _candidate(values, noise, _divided(base, f), compared[f], training)
        for f in order[:MAX_RIVALS]
        if compared[f].distance <= limit
    ]
    on_base = float(base.holds(values, noise).mean())
    most = _that_put_back_most(near, on_base, len(values), usual_share)
    if not most:
        # Many values that are finer than in training lie between the places of the right grid.
        others = np.round(base.places(values)) != places.heaviest
        x, blurs = values[others], noise[others]
        most = [c for c in near[:1] if c.spacing.holds(x, blurs).mean() >= MIN_SHARE]
    return most, nearest


def _may_be_world(
    ordered: FloatArray, noise: FloatArray, base: Spacing, best: Scale, training: TrainingPlaces
) -> bool:
    """Return whether a world that became finer or coarser explains values as well as a scale."""
    ratio = _ratio_in_phase(base, float(np.median(noise)))
    if ratio is None:
        return False
    as_it_was = training.compared(ordered)
    needed = as_it_was.limit
    if min(ratio) == 1:
        needed = max(MIN_DISTANCE_IN_PHASE, 3 * needed)
    return not best.compared.within_noise or as_it_was.distance <= needed


def _is_training(spacing: Spacing, blur: float) -> bool:
    """Return whether a spacing is that of training's own parameters, as rounding leaves it."""
    near = abs(spacing.width - 1) <= max(FIT_TOLERANCE, 4 * spacing.width_error)
    return near and abs(spacing.offset) <= 4 * blur + 10 * FIT_TOLERANCE


def _candidate(
    values: FloatArray, noise: FloatArray, spacing: Spacing, compared: Comparison,
    training: TrainingPlaces,
) -> Scale:  # fmt: skip
    on = spacing.holds(values, noise)
    places = np.round(spacing.places(values[on]))
    residues = Residues.of(places, np.ones(len(places)), len(places))
    return Scale(
        spacing, compared, float(on.mean()), agrees=not residues.contradict(training.residues)
    )


def _that_put_back_most(
    candidates: list[Scale], least: float, rows: int, usual_share: float
) -> list[Scale]:
    """Return the scales that put back as many of so many values as any, within three errors.

    And those that put back as many as lie on the grid in training. `least` is a share that some
    scale puts back.
    """
    most = max((least, *(c.on for c in candidates)))
    enough = min(share - _three_errors(share, rows) for share in (most, 1 - usual_share))
    return [c for c in candidates if c.on >= enough]


def _three_errors(share: float, rows: int) -> float:
    """Return three standard errors of a share of so many rows, and at least three rows."""
    return 3 * math.sqrt(share * (1 - share) / rows + 1 / rows**2)


def _divided(base: Spacing, factor: float) -> Spacing:
    return replace(base, width=base.width / factor)


def _ratio_in_phase(spacing: Spacing, blur: float) -> tuple[int, int] | None:
    """Return two whole numbers, p steps of the raw grid in q spacings, that are in phase with it.

    So lie values of a world that became finer or coarser. None where they are not in phase, and
    where p and q are equal or both exceed MAX_PARTS.
    """
    parts = np.arange(1.0, MAX_PARTS + 1)
    steps = np.append(np.round(spacing.width * parts), parts)
    in_spacings = np.append(parts, np.round(parts / spacing.width))
    tolerance = max(FIT_TOLERANCE, 4 * spacing.width_error)
    meet = np.abs(spacing.width * in_spacings - steps) <= tolerance * steps
    meet &= (steps > 0) & (in_spacings > 0)
    first = int(np.argmax(meet))
    shift = spacing.phase * float(in_spacings[first])
    aligned = abs(shift - round(shift)) <= 2 * blur * in_spacings[first] + FIT_TOLERANCE
    if not meet.any() or not aligned or steps[first] == in_spacings[first]:
        return None
    return int(steps[first]), int(in_spacings[first])
