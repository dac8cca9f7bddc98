"""Why answers to golden rows are wrong: the mechanisms of an audit, row by row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import (
    CAUSES,
    ENCODING_CHANGED,
    NOT_NORMALIZED,
    PRECISION_LOSS,
    STEP_CHANGED,
    SWAPPED_FEATURES,
    UNIT_CHANGE,
    WRONG_PARAMETERS,
)
from skewcheck.causes import categories, refitted, vectors
from skewcheck.causes.evidence import Evidence, SampledRows, SegmentCodes
from skewcheck.causes.failing_rows import explain_failing_rows
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.counts.rows import segment_column
from skewcheck.counts.tried import Tried
from skewcheck.features.scope_reader import ScopeColumn
from skewcheck.features.steps import (
    Buckets,
    Map,
    OneHot,
    Quantile,
    Vocabulary,
    has_encoder,
    name_of,
)
from skewcheck.features.transform import filled
from skewcheck.features.types import Feature, FloatArray
from skewcheck.lock.answers import MIN_DIGITS
from skewcheck.results.causes import OPEN, SURE, Cause

Mask = NDArray[np.bool_]
MAX_CODES = 50
"""Whole numbers that are codes of levels or buckets: more are counts."""
MIN_RAW_ROWS = 3
"""Distinct values of an input that answers must repeat to be those values."""
MIN_SHARE_OF_READ_OFF = 0.5
"""Share of the wrong answers that numbers read off them must explain."""
MIN_SHARE_OF_SHIFT = 0.9
"""Share of the rows that codes of another first bucket are of: those of other edges are of some."""
MIN_SHARE_OF_INPUT = 0.9
"""Share of the wrong answers that must be an input as it came in."""
_NO_LEVEL = "\x00"
"""Stands for a null among levels."""
CLOSE = 1e-6
"""Of the largest: answers that are so near to an input are that input."""


@dataclass(frozen=True, slots=True)
class NumericRows:
    """The answered rows of an output of numbers: what goes in, and what was answered."""

    feature: Feature
    """Without steps where none is known: then what is expected goes in."""
    others: tuple[Feature, ...]
    raw: Mapping[str, FloatArray]
    served: FloatArray
    lost: FloatArray
    """What printing took, or else how far float32 arithmetic may be off."""


def of_numbers(rows: NumericRows, wrong: Mask) -> tuple[Cause, ...]:
    """Return the causes of wrong answers, likeliest first; none where nothing explains them."""
    sample = SampledRows(rows.served, rows.raw, 0.0, rows.lost)
    context = FeatureContext(rows.feature, rows.others)
    share = float(wrong.mean())
    evidence = Evidence(context, sample.only(wrong), share, sample)
    causes = likely(explain_failing_rows(evidence).causes, share)
    if not causes and refitted.of_other_quantiles(evidence):
        op = {"op": Quantile.op}
        return (Cause(STEP_CHANGED.code, share, OPEN, op, variant="quantiles"),)
    if any(isinstance(step, Buckets) for step in rows.feature.steps) and share < MIN_SHARE_OF_SHIFT:
        return tuple(map(_of_edges, causes))
    return causes


def _of_edges(cause: Cause) -> Cause:
    """Return codes that are off in some rows alone as those of other edges."""
    if cause.code != ENCODING_CHANGED.code:
        return cause
    op = {"op": Buckets.op}
    return replace(cause, code=STEP_CHANGED.code, parameters=op, variant="other_edges", details={})


def of_inputs(
    inputs: Mapping[str, FloatArray], served: FloatArray, wrong: Mask
) -> tuple[Cause, ...]:
    """Return that the wrong answers are an input as it came in, if they are."""
    for values in inputs.values() if wrong.any() else ():
        raw, answers = values[wrong], served[wrong]
        scale = float(np.abs(raw[np.isfinite(raw)]).max(initial=0.0))
        near = np.isclose(raw, answers, rtol=CLOSE, atol=CLOSE * scale, equal_nan=True)
        distinct = {*raw[near & np.isfinite(raw)].tolist()}
        if near.mean() >= MIN_SHARE_OF_INPUT and len(distinct) >= MIN_RAW_ROWS:
            return (Cause(NOT_NORMALIZED.code, float(wrong.mean()), SURE),)
    return ()


def of_levels(
    feature: Feature, levels: Sequence[str | None], served: Sequence[FloatArray], wrong: Mask
) -> tuple[Cause, ...]:
    """Return the causes of wrong codes, or numbers, of levels."""
    failing = np.flatnonzero(wrong).tolist()
    logged = Counter(level for level in levels if level is not None)
    if len(served) > 1 or not has_encoder(feature.steps):
        pairs: Counter[tuple[str | None, float | str]] = Counter(
            (levels[i], name_of([column[i] for column in served]) or math.nan) for i in failing
        )
        steps = tuple(
            Map.of_onehot(s, logged) if isinstance(s, OneHot) else s for s in feature.steps
        )
        context = FeatureContext(replace(feature, steps=steps))
        evidence = Evidence(context, SampledRows(served[0][wrong]), float(wrong.mean()))
        return tuple(vectors.recoded(evidence, pairs, logged, len(levels)))
    # Nulls, of which golden rows have many, are served as some level or as unseen ones are.
    known = [_NO_LEVEL if level is None else level for level in filled(feature.steps, levels)]
    counted: Counter[tuple[str | None, float | str]] = Counter(
        (known[i], float(served[0][i])) for i in failing
    )
    rows = SampledRows(served[0][wrong])
    evidence = Evidence(FeatureContext(feature), rows, float(wrong.mean()))
    causes = categories.recoded(evidence, counted, Counter(known), len(levels))
    # One code for each level, in all rows, are no codes of other rows: of those a level has many.
    alike = len({level for level, _ in counted}) == len(counted) < len(failing)
    return tuple(c for c in causes if not alike or c.code != SWAPPED_FEATURES.code)


def of_digits(expected: FloatArray, served: FloatArray, wrong: Mask) -> tuple[Cause, ...]:
    """Return that all answers have few significant digits of what is expected, if they have."""
    known = np.isfinite(expected) & np.isfinite(served) & (expected != 0) & (served != 0)
    if not known.any() or (wrong & ~known).any():
        return ()
    right, answers = expected[known], served[known]
    for digits in range(1, MIN_DIGITS):
        if any(float(f"{x:.{digits}g}") != x for x in answers.tolist()):
            continue
        unit = 10.0 ** (np.floor(np.log10(np.abs(right))) + 1 - digits)
        if (np.abs(answers - right) <= 0.5 * unit + CLOSE * np.abs(right)).all():
            parameters = {"digits": digits}
            share = float(wrong.mean())
            return (Cause(PRECISION_LOSS.code, share, SURE, parameters, variant="digits"),)
        return ()
    return ()


def of_codes(expected: FloatArray, served: FloatArray, wrong: Mask) -> tuple[Cause, ...]:
    """Return the causes of wrong codes, where what is expected are a few whole numbers from 0."""
    present = np.unique(expected[np.isfinite(expected)])
    codes = [*range(int(present.max(initial=-1.0)) + 1)] if len(present) <= MAX_CODES else []
    if len(codes) < 2 or not {*present.tolist()} <= {-1.0, *map(float, codes)}:
        return ()
    step = Vocabulary(tuple(map(str, codes)))
    levels = [None if np.isnan(x) else f"{x:.0f}" for x in expected.tolist()]
    return of_levels(Feature("", "categorical", (step,)), levels, [served], wrong)


def of_outputs(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """Return causes of numbers of which no steps are known: a line is one of the right values."""
    return tuple(map(_of_output, causes))


def _of_output(cause: Cause) -> Cause:
    if cause.code == UNIT_CHANGE.code and cause.variant in ("", "sign"):
        return replace(cause, variant="served_sign") if cause.variant else cause
    offset, scale = (cause.parameters.get(key) for key in ("offset", "scale"))
    if cause.code != WRONG_PARAMETERS.code or not isinstance(scale, float):
        return cause
    shift = -offset * scale if isinstance(offset, float) else 0.0
    times, plus = abs(scale - 1) > CLOSE, abs(shift) > CLOSE * abs(scale)
    line: dict[str, object] = {"factor": scale} if times else {}
    line |= {"shift": shift} if plus else {}
    variant = "times_plus" if times and plus else "times" if times else "plus"
    return replace(cause, variant=variant, parameters={"shift": shift} | line, details={})


def likely(causes: Sequence[Cause], wrong: float) -> tuple[Cause, ...]:
    """Return the causes that some of the wrong answers show, of a share `wrong` of the rows.

    Numbers read off the rows must fit half of these: a line fits any few of a hundred. What is no
    likelier than a rival is left out beside others.
    """
    shown = [
        cause for cause in causes
        if cause.share >= MIN_SHARE_OF_READ_OFF * wrong
        or not (CAUSES[cause.code].recovered or CAUSES[cause.code].fits_few)
    ]  # fmt: skip
    sure = tuple(cause for cause in shown if cause.confidence > OPEN)
    return sure or tuple(shown)


def of_keys(
    feature: Feature, keys: Sequence[str | None], raw: FloatArray, served: FloatArray,
    lost: FloatArray, wrong: Mask,
) -> tuple[Cause, ...]:  # fmt: skip
    """Return the causes of wrong answers of a feature whose parameters are by a key."""
    from skewcheck.causes.by_key import explain_by_key  # few features have keys

    names = [*dict.fromkeys(key for key in keys if key is not None), None]
    codes = np.array([names.index(key) for key in keys], np.intp)
    segments = {segment_column(feature.by or ""): SegmentCodes(tuple(names), codes)}
    values = {feature.name: raw}
    rows = SampledRows(served, values, 0.0, lost, segments=segments, logged=raw)
    share = float(wrong.mean())
    evidence = Evidence(FeatureContext(feature), rows.only(wrong), share, rows)
    return tuple(explain_by_key(evidence, nulls=False).causes)


def of_scope(
    feature: Feature, raw: FloatArray, results: FloatArray, served: FloatArray, lost: FloatArray,
    others: Mapping[Tried, FloatArray], wrong: Mask,
) -> tuple[Cause, ...]:  # fmt: skip
    """Return the causes of wrong answers of a feature that is normalized over a scope.

    `results` are of its scope, `others` what other scopes give in its place, with what follows.
    """
    from skewcheck.causes.by_scope import explain_by_scope  # few features have a scope

    scope = ScopeColumn.of(feature, feature.name)
    if scope is None:
        return ()
    tried = {}
    for other, expected in others.items():
        known = wrong & np.isfinite(expected) & np.isfinite(served)
        near = np.abs(served - expected) <= lost + CLOSE * (1 + np.abs(expected))
        tried[other] = int((known & near).sum()), int(known.sum())
    after = replace(feature, steps=feature.steps[len(scope.before) + 1 :], reference=None)
    rows = SampledRows(served, {feature.name: raw}, 0.0, lost, results=results)
    share = float(wrong.mean())
    evidence = Evidence(FeatureContext(after), rows.only(wrong), share, rows)
    return tuple(explain_by_scope(evidence, scope, tried, nulls=False).causes)
