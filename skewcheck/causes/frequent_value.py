"""One value of very many rows, or a rounding of some rows, where the rest is as in training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skewcheck.catalogue.causes import STUCK_VALUE
from skewcheck.causes.clip_bounds import is_bound
from skewcheck.causes.distributions import critical, distance, shares_of
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.causes.mechanism_causes import drift, of_all_rows
from skewcheck.causes.places import located, of_mask
from skewcheck.causes.precision import bare_eight_bits, partly_rounded
from skewcheck.features.propagate import propagate
from skewcheck.features.steps import Step, forward
from skewcheck.features.types import FloatArray, IntArray, NumericReference
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause

MIN_EXCESS = 0.2
"""Excess over thrice the expected share from which a value is stuck, however frequent it is."""
MIN_NEW_SHARE = 0.03
"""Share from which a value that is rare in training is newly frequent."""
MAX_RARE_SHARE = 0.01
"""Share in training up to which a value is rare."""
MIN_KNOWN_SHARE = 0.001
"""Share in training from which it had a value, and not by chance one of very many: from there on
`fit` keeps every value as an edge of its own."""
MIN_FREQUENT_SHARE = 0.25
"""Share in training from which drift may make a value as frequent, as zeros of idle times."""
MAX_MODE_SHARE = 0.5
"""Share of training's mode up to which a new frequent value is likelier stuck than drift."""
MAX_DISTANCE_OF_REST = 0.3
"""KS D of the other rows from training, at most: few rows are left, and noise is large."""
MOST_ROWS = 0.9
"""Share from which a value that training had not is surely stuck."""
MIN_SHARE_AT_BOUND = 0.9
"""Share of rows at the bound of a clip from which no other mechanism can be told from drift."""
MIN_SHARE_OF_SECOND, MIN_ROWS_OF_SECOND = 0.2, 5
"""Rows of a second new value, over those of the first and at least, from which values were rounded,
not stuck."""
WHOLE, MIN_WHOLE = 1e-6, 3
"""How near to a whole number, and rows with others, that show that values were cast to them."""
MAX_RATIO_OF_SECOND = 0.2
"""Share of a second value in training over that in the log, up to which it is new."""


def constant_value(
    context: FeatureContext, values: FloatArray, rows: SampledRows, *, raw: bool
) -> list[Cause]:
    """Return a value that is far more frequent than in training, if the rest is as in training.

    `values` are finite, raw ones or served ones; `rows` are theirs. Empty where there is no such
    value. The bound of a clip has all values beyond it, whatever they are: that is drift.
    """
    reference, steps = context.reference, () if raw else context.feature.steps
    if reference is None:
        return []
    distinct, counts = np.unique(values, return_counts=True)
    i = int(np.argmax(counts))
    share, value = float(counts[i] / len(values)), float(distinct[i])
    expected = float(shares_of(reference, steps, distinct[i : i + 1])[0])
    # Shares of frequent values vary: the excess must be large.
    if share < min(3 * expected + MIN_EXCESS, 0.9):
        return []
    if _several(distinct, counts, shares_of(reference, steps, distinct), i, raw=raw):
        return []
    is_frequent = expected > MIN_FREQUENT_SHARE
    if is_frequent and 1 - share > (1 - expected) / 3:
        return []  # other values are about as frequent as in training
    if is_bound(value, context.feature.steps, _lost(rows, raw=raw), raw=raw):
        return [drift(LIKELY)] if share > MIN_SHARE_AT_BOUND else []
    rest = values[values != value]
    noise = critical(reference, max(len(rest), 1))
    distance_of_rest = distance(reference, steps, rest) if len(rest) >= 20 else 0.0
    if distance_of_rest > max(noise, min(3 * noise, MAX_DISTANCE_OF_REST)):
        return []
    doubtful = _world_may_do(reference, steps, value, _lost(rows, raw=raw))
    confidence = OPEN if doubtful else SURE if share > MOST_ROWS else LIKELY
    beside = [drift(round(1 - confidence, 2))] if confidence < LIKELY else []
    return [_cause(share, confidence, value, values, rows), *beside]


def newly_frequent(
    context: FeatureContext, values: FloatArray, rows: SampledRows, *, raw: bool
) -> list[Cause]:
    """Return a value that is rare in training and frequent now, if the rest is as in training.

    Arguments as of `constant_value`; the causes are the constant and drift.
    """
    reference, steps = context.reference, () if raw else context.feature.steps
    if reference is None:
        return []
    distinct, counts = np.unique(values, return_counts=True)
    expected_shares = shares_of(reference, steps, distinct)
    i = int(np.argmax(np.where(expected_shares <= MAX_RARE_SHARE, counts, 0)))
    share, value, expected = (
        float(counts[i] / len(values)),
        float(distinct[i]),
        float(expected_shares[i]),
    )
    if expected > MAX_RARE_SHARE or share < max(MIN_NEW_SHARE, 10 * expected, 10 / len(values)):
        return []
    if is_bound(value, context.feature.steps, _lost(rows, raw=raw), raw=raw):
        return []
    if _several(distinct, counts, expected_shares, i, raw=raw):
        return []
    rest = values[values != value]
    if len(rest) < 20 or distance(reference, steps, rest) > critical(reference, len(rest)):
        return []
    doubtful = _world_may_do(reference, steps, value, _lost(rows, raw=raw))
    confidence = OPEN if doubtful else LIKELY
    return [_cause(share, confidence, value, values, rows), drift(round(1 - confidence, 2))]


def _several(
    values: FloatArray, counts: IntArray, expected_shares: FloatArray, i: int, *, raw: bool
) -> bool:
    """Return whether values beside value i are newly frequent: they were rounded, not stuck.

    Or normalized values are whole numbers, as value i is, of which training has hardly any.
    """
    beside = np.arange(len(counts)) != i
    new = expected_shares < MAX_RATIO_OF_SECOND * counts / counts.sum()
    enough = max(MIN_SHARE_OF_SECOND * counts[i], MIN_ROWS_OF_SECOND)
    if (beside & new & (counts > enough)).any():
        return True
    whole = np.abs(values - np.round(values)) <= WHOLE * (1 + np.abs(values))
    usual = float(expected_shares[whole & beside].sum()) + WHOLE * len(values)
    rows = int(counts[whole & beside & (expected_shares == 0)].sum())
    return not raw and bool(whole[i]) and rows >= MIN_WHOLE and usual < rows / counts.sum() / 2


def rounded_rows(context: FeatureContext, rows: SampledRows) -> list[Cause]:
    """Return the rounding of some rows, if the others are as in training; empty without one."""
    partial = partly_rounded(context, rows.served, rows.served_tolerance)
    if partial is None:
        return []
    mechanism, mask = partial
    others = rows.only(~mask)
    reference, rest = context.reference, others.served
    if reference is None or len(rest) < 20:
        return []
    distance_of_rest = distance(reference, context.feature.steps, rest, others.served_tolerance)
    if distance_of_rest > critical(reference, len(rest)):
        return []
    place, rounded_values, confidence = located(of_mask(rows, mask)), rows.served[mask], LIKELY
    if distance(reference, mechanism.steps, rounded_values) > critical(
        reference, len(rounded_values)
    ):
        quantization = bare_eight_bits(context, rounded_values)
        fits = quantization is not None and (
            distance(reference, quantization.steps, rounded_values)
            <= critical(reference, len(rounded_values))
        )
        mechanism, confidence = (
            (quantization, LIKELY) if quantization is not None and fits else (mechanism, OPEN)
        )
    cause = of_all_rows(mechanism, confidence, context)
    return [replace(cause, share=float(mask.mean()), place=place), drift(round(1 - confidence, 2))]


def _world_may_do(
    reference: NumericReference, steps: tuple[Step, ...], value: float,
    tolerance: FloatArray | float,
) -> bool:  # fmt: skip
    """Return whether a world that narrowed or grew quiet may have one value in many rows.

    So it may where training had the value in some rows, as one day's log has one day of the week;
    where training had hardly any other value than one of its own, and could not know better; and
    where it is a raw 0, often a missing value.
    """
    propagated = propagate(reference, steps)
    if propagated is None or not (total := propagated.reference.histogram.total):
        return True
    histogram = propagated.reference.histogram
    expected = float(shares_of(reference, steps, np.array([value]))[0])
    # Of a continuous value training has, by chance, any single one in a few rows.
    if expected >= MIN_KNOWN_SHARE or (expected and not histogram.between.any()):
        return True
    if histogram.at.max(initial=0) > MAX_MODE_SHARE * total:
        return True
    zero = float(forward(steps, np.zeros(1))[0])
    within = 1e-6 * (1 + abs(zero)) + float(np.max(tolerance, initial=0.0))
    return abs(value - zero) <= within


def _lost(rows: SampledRows, *, raw: bool) -> FloatArray | float:
    """Return what digits of a text log lose of the values."""
    return rows.raw_tolerance if raw else rows.served_tolerance


def _cause(
    share: float, confidence: float, value: float, values: FloatArray, rows: SampledRows
) -> Cause:
    place = located(of_mask(rows, values == value))
    return Cause(STUCK_VALUE.code, share, confidence, {"value": value}, place)
