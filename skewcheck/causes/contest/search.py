"""The contest: which hypothesis explains values of a log with one side better than any other.

Each hypothesis is a function of raw values. What it makes of training's values is compared with the
values of the log; where training's lie on a grid, or are few, so are the places that values take.
All are charged for the numbers fitted and for those tried, and must beat a world that moved.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import UNIT_CHANGE
from skewcheck.causes import precision
from skewcheck.causes.contest import (
    casts,
    clocks,
    functions,
    limits,
    mixtures,
    multiples,
    offsets,
    printed,
    units,
)
from skewcheck.causes.contest.drifting import World
from skewcheck.causes.contest.fit import Fit, effective_rows, fitted, predicted
from skewcheck.causes.contest.hypothesis import Hypothesis
from skewcheck.causes.contest.image import Image
from skewcheck.causes.contest.values import Logged, Training, without_atom
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.causes.mechanism_causes import drift, of_all_rows
from skewcheck.causes.read_off import DIGITS_OF_UNTYPED, at_bounds, shortest_decimal
from skewcheck.features.steps import Clip, Log1p, Logarithm, Step
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause

MIN_ROWS, MIN_DISTINCT = 50, 3
"""Values of a log, and distinct ones: of fewer any function is met by chance."""
SCREENED = 129
"""Quantiles of training that are tried first, which is cheap."""
FIRST_SCREENED = 16
"""One in so many of these is looked at before the others."""
MAX_RANK_DISTANCE = 0.12
"""Distance of their ranks in the log, beside noise, beyond which nothing else is compared."""
FAMILIES = 7
"""Families that are tried, each charged for itself."""
MIN_MARGIN = 12.0
"""Logarithm of likelihood by which a hypothesis beats a world that moved: its distributions were
met by chance in one of 160,000."""
MIN_MARGIN_OPEN = 6.0
"""The same, from which it is told as a little likelier than drift."""
MIN_FACTS = 20.0
"""Logarithm of likelihood of the places that values take, from which a hypothesis is sure."""
FINER_WORLD = 12.0
"""What meeting images of a grid is charged: a source may have come to log otherwise."""
MIN_LEAD = 3.0
"""Logarithm of likelihood between the best two, from which the best is told alone."""
CONFIDENCE_OF_TWO = 0.6
"""Confidence in the better of two that are nearly as likely: a little more than an even chance."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A hypothesis, and how well it explains the values of a log."""

    hypothesis: Hypothesis
    fit: Fit
    likelihood: float
    """Its logarithm, with all charges."""
    facts: float
    """The part of it that is the places of the values."""


def winners(
    context: FeatureContext, values: FloatArray, steps: tuple[Step, ...],
    tolerance: FloatArray | float = 0.0,
) -> list[Cause]:  # fmt: skip
    """Return the cause of all finite values, if a hypothesis wins, beside drift; else none.

    `steps` lead from raw values to these: none for a raw column. Of served values those that were
    changed after the steps are tried as well.
    """
    training = None if context.reference is None else Training.of(context.reference)
    if training is None or len(values) < MIN_ROWS or len(training.values) < MIN_DISTINCT:
        return []
    logged = Logged.of(values, steps, tolerance)
    causes = [] if logged is None else _won(context, training, logged, raw_families)
    if causes and steps and causes[0].variant in limits.VARIANTS:
        return _with_bound(context, values, causes)
    if causes or not steps:
        return causes
    served = Logged.of(values, (), tolerance)
    bare = None if served is None else predicted(training.values, training.weights, served)
    if served is None or (bare is not None and fitted(bare, served, training).within_noise):
        return []  # raw values that were not normalized may be whole, too
    return _won(context, training.normalized(steps), served, cast_family)


def _with_bound(context: FeatureContext, values: FloatArray, causes: list[Cause]) -> list[Cause]:
    """Return values that end at a bound as those of a clip, which may follow normalization."""
    (key, bound), *_ = causes[0].parameters.items()
    low, high = (None, float(values.max())) if key == "max" else (float(values.min()), None)
    clipped = next(at_bounds(context.feature, low, high), None)
    if clipped is None:
        return causes
    if _is_short(bound) and not any(_is_short(end) for end in clipped.parameters.values()):
        used = {key: bound}  # near 0 the served value alone does not show what was typed
        clipped = replace(
            clipped, parameters={"op": "clip", **used}, variant="clipped",
            details={"used": used, "lost": ()},
        )  # fmt: skip
    return [of_all_rows(clipped, causes[0].confidence, context), *causes[1:]]


def _is_short(value: object) -> bool:
    """Return whether a number has so few digits that somebody typed it."""
    return isinstance(value, float) and shortest_decimal(value)[1] < DIGITS_OF_UNTYPED


Families = Callable[[FeatureContext, Training, Logged], Iterator[Hypothesis]]


def _won(
    context: FeatureContext, training: Training, logged: Logged, families: Families
) -> list[Cause]:
    """Return the hypothesis that wins among some families as a cause; none where none does."""
    others, logged = without_atom(training, logged)
    if len(logged.values) < MIN_ROWS or len(np.unique(logged.values)) < MIN_DISTINCT:
        return []
    scored = scores(families(context, training, logged), training, logged)
    unmoved = predicted(training.values, training.weights, logged)
    if not scored or unmoved is None:
        return []
    best = scored[0]
    near = [s for s in scored if s.likelihood > best.likelihood - MIN_LEAD]
    if any(
        s.hypothesis.cause is UNIT_CHANGE and (logged.steps or s.facts < MIN_FACTS) for s in near
    ):
        return []  # what a distribution, or the scale of served values, says of units: elsewhere
    world = World.of(others, logged, fitted(unmoved, logged, training))
    margin = best.likelihood - world.likelihood(best.fit.bins)
    if margin < MIN_MARGIN_OPEN or not _moved(world, best):
        return []
    return _causes(context, scored, open_=margin < MIN_MARGIN)


def of_some_rows(
    context: FeatureContext, values: FloatArray, steps: tuple[Step, ...],
    tolerance: FloatArray | float = 0.0,
) -> list[Cause]:  # fmt: skip
    """Return the cause of a share of the rows, beside drift, by values that training cannot give.

    Arguments as of `winners`; none where no hypothesis explains them.
    """
    training = None if context.reference is None else Training.of(context.reference)
    logged = None if training is None else Logged.of(values, steps, tolerance)
    if training is None or logged is None or len(training.values) < MIN_DISTINCT:
        return []
    tried = (h for h in raw_families(context, training, logged) if not h.fitted)
    explained = mixtures.parts(tried, training, logged)
    if not explained or explained[0].margin < MIN_MARGIN_OPEN + math.log(FAMILIES):
        return []
    best = explained[0]
    close = any(p.margin > best.margin - MIN_LEAD for p in explained[1:])
    alone = not close and best.margin >= MIN_MARGIN + math.log(FAMILIES)
    confidence = LIKELY if alone else CONFIDENCE_OF_TWO
    cause = of_all_rows(best.hypothesis.as_mechanism(context.feature.steps), confidence, context)
    return [replace(cause, share=round(best.share, 4)), drift(round(1 - confidence, 2))]


def _moved(world: World, best: Scored) -> bool:
    """Return whether something is to be explained: a distribution, or the places of values."""
    return not world.unmoved.within_noise or best.facts >= MIN_FACTS


def _causes(context: FeatureContext, scored: list[Scored], *, open_: bool) -> list[Cause]:
    """Return the best hypothesis as a cause, beside a second that is as likely, and drift."""
    best, others = scored[0], scored[1:]
    rival = next((s for s in others if s.likelihood > best.likelihood - MIN_LEAD), None)
    sure = best.facts >= MIN_FACTS
    doubtful = open_ or not best.fit.within_noise
    alone = rival is None and not doubtful
    confidence = (SURE if sure else LIKELY) if alone else CONFIDENCE_OF_TWO
    if best.hypothesis.as_worlds_do:
        rival, confidence = None, OPEN
    mechanism = best.hypothesis.as_mechanism(context.feature.steps)
    causes = [of_all_rows(mechanism, confidence, context)]
    if rival is not None:
        second = rival.hypothesis.as_mechanism(context.feature.steps)
        causes.append(of_all_rows(second, round(1 - confidence - 0.1, 2), context))
    if confidence < SURE:
        causes.append(drift(round(1 - sum(c.confidence for c in causes), 2)))
    return causes


def raw_families(
    context: FeatureContext, training: Training, logged: Logged
) -> Iterator[Hypothesis]:
    """Yield functions of raw values; offsets not after a logarithm: they are another one's."""
    yield from multiples.hypotheses(training, logged)
    yield from clocks.hypotheses(context)
    yield from printed.hypotheses(training)
    yield from units.hypotheses()
    logarithm = any(isinstance(step, Log1p | Logarithm) for step in context.feature.steps)
    for hypothesis in functions.hypotheses(training):
        if not (logarithm and hypothesis.parameters["function"] == "exp"):
            yield hypothesis  # without a logarithm, what is undone is its exponential
    clips = any(isinstance(step, Clip) for step in logged.steps)
    yield from () if clips else limits.hypotheses(training, logged)
    if not logarithm:
        yield from offsets.hypotheses(training, logged)


def cast_family(
    context: FeatureContext, training: Training, logged: Logged
) -> Iterator[Hypothesis]:
    """Yield casts of normalized values; none where training rounds them."""
    if not precision.training_rounds(context):
        yield from casts.hypotheses(training, logged)


def scores(tried: Iterable[Hypothesis], training: Training, logged: Logged) -> list[Scored]:
    """Return the hypotheses that may explain the values, the likeliest first."""
    scored, image = list[Scored](), Image(training, logged)
    rows = effective_rows(len(logged.values), training.rows)
    for hypothesis in _screened(tried, training, logged):
        with np.errstate(all="ignore"):
            made = hypothesis.change(training.values)
        prediction = predicted(made, training.weights, logged)
        if prediction is None:
            continue
        fit = fitted(prediction, logged, training)
        facts = hypothesis.facts
        if not facts:
            places = image.facts(hypothesis.change)
            if places == -math.inf:
                continue
            facts = max((places or 0.0) - FINER_WORLD, 0.0)
        if not fit.within_noise and (facts < MIN_FACTS or fit.distance > 2 * fit.limit):
            continue
        charges = hypothesis.fitted / 2 * math.log(rows) + math.log(
            FAMILIES * hypothesis.chosen_among
        )
        scored.append(Scored(hypothesis, fit, facts - fit.misfit - charges, facts))
    return sorted(scored, key=lambda s: -s.likelihood)


def _screened(
    tried: Iterable[Hypothesis], training: Training, logged: Logged
) -> Iterator[Hypothesis]:
    """Yield the hypotheses whose predicted quantiles have about their own ranks in the log."""
    hypotheses, raw = list(tried), training.quantiles((np.arange(SCREENED) + 0.5) / SCREENED)
    with np.errstate(all="ignore"):
        made = [logged.shown(hypothesis.change(raw)) for hypothesis in hypotheses]
    predicted = np.sort(np.array(made).reshape(-1, SCREENED), axis=1)
    counts = np.isfinite(predicted).sum(1)
    near = counts >= SCREENED / 2
    whole = np.flatnonzero(counts == SCREENED)
    for some in (slice(None, None, FIRST_SCREENED), slice(None)):
        # Most are far off at any few quantiles: the others need not be looked at.
        at = ((np.arange(SCREENED) + 0.5) / SCREENED)[some]
        near[whole] = _are_near(predicted[whole, some], at, logged)
        whole = whole[near[whole]]
    for i in np.flatnonzero(near & (counts < SCREENED)).tolist():
        values = predicted[i][np.isfinite(predicted[i])]
        at = (np.arange(len(values)) + 0.5) / len(values)
        near[i] = _are_near(values[None], at, logged)[0]
    yield from compress(hypotheses, near)


def _are_near(predicted: FloatArray, at: FloatArray, logged: Logged) -> NDArray[np.bool_]:
    """Return of rows of ascending values whether the log has them at about these ranks."""
    n = len(logged.values)
    near = 1e-6 * (np.abs(predicted) + 1) + 2 * logged.usual_noise
    below = np.searchsorted(logged.values, predicted - near, "left") / n
    up_to = np.searchsorted(logged.values, predicted + near, "right") / n
    off = np.maximum(below - at, at - up_to).max(1, initial=-np.inf)
    are_near: NDArray[np.bool_] = off <= MAX_RANK_DISTANCE + 2 / math.sqrt(n)
    return are_near
