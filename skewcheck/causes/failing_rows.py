"""Causes of rows that fail parity, and what is known of those that no cause explains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import CAUSES, STEP_CHANGED, STUCK_VALUE, WRONG_PARAMETERS
from skewcheck.causes import exchanges, functions, recomputed, refitted, relations, states
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.families import candidates, causes_of_moments
from skewcheck.causes.learned import MIN_SHARE_LEFT, with_function
from skewcheck.causes.lines import on_a_line
from skewcheck.causes.mechanism import Mechanism, final_linear
from skewcheck.causes.mechanism_causes import cause_of, negligible
from skewcheck.causes.moments_by_part import failing
from skewcheck.causes.places import AffectedRows, located
from skewcheck.causes.row_search import MAX_CAUSES, RowExplanation, explain_rows
from skewcheck.causes.swaps import other_rows
from skewcheck.causes.unexplained import MIN_ROWS, of_other_rows, unrelated_to_raw
from skewcheck.counts.moments import Moments
from skewcheck.features.steps import Quantile, forward
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause, Place, Remainder

ROUNDING_OF_SHARES = 0.02
"""What the share of failing rows may exceed that of the parts with parameters of their own: a few
rows fail for other reasons, or fall into no part."""

MIN_ROUNDED = 0.9
"""Share of the failing rows that a rounding of their raw values must predict: values of other rows
are round as well, and some of them near."""
MAX_LINES = 3
"""Lines through failing rows from which on none is likely that has no place of its own: a stop has
two, and who has more may have numbers that change."""
MAX_REST_OF_LINES = 0.02
"""Share of the failing rows that so many lines may leave: those of a few servers leave none."""
EQUAL = 1e-6
"""Difference of values that a mechanism leaves as they are, in units of them and 1."""
MIN_CHANGED, MAX_CHANGED = 50, 0.5
"""Rows of the log's sample, and their share, that a mechanism changes, where it is asked whether it
does so everywhere."""
MIN_SHARE_OF_WRONG = 0.1
"""Share of the failing rows that a cause must explain to be likely where most of them are
unexplained: what is wrong with those may have made these as well."""


@dataclass(frozen=True, slots=True)
class Explained:
    """The causes of rows that fail parity, and the rows that they leave."""

    causes: Sequence[Cause]
    """The one of the most rows first."""
    unexplained: float = 0.0
    """Share of all rows of the log that fail parity and that no cause explains."""
    remainder: Remainder | None = None
    """What is known of those; None where a search row by row was not needed."""


def explain_failing_rows(evidence: Evidence, *, nulls: bool = True) -> Explained:
    """Return the causes of rows that fail parity; none without any such row.

    Moments of whole files are looked at first, then mechanisms row by row. `nulls`: served values
    that are none are nulls, and no cells of another type.
    """
    if not len(evidence.rows):
        return Explained([])
    estimated = causes_of_moments(evidence)
    total = sum(cause.share for cause in estimated)
    covered = bool(estimated) and 0.5 * total < evidence.share < total + ROUNDING_OF_SHARES
    if covered and estimated[0].parameters:
        return _unless_by_state(evidence, estimated)
    evidence, feature = functions.with_pointless(evidence), evidence.context.feature
    explanations, left = explain_rows(evidence, _mechanisms(evidence))
    other_quantiles = left.mean() > MIN_SHARE_LEFT and refitted.of_other_quantiles(evidence)
    if not other_quantiles:
        explanations, left = with_function(evidence, explanations, left)
    if not states.is_settled(explanations, evidence.rows.times):
        by_state = states.cause_by_state(evidence, states.most_by_one(explanations))
        if by_state is not None:
            return _explained_by(by_state, evidence)
    # Numbers read off the rows fit some of other rows' values, too; predicted ones cannot.
    predicted = any(
        e.explained.mean() > (MIN_ROUNDED if e.mechanism.cause.rounds else 0.5)
        and (e.mechanism.cause.rounds or not e.mechanism.cause.read_off)
        for e in explanations
    )
    if not predicted and of_other_rows(feature, evidence.rows, evidence.all_rows):
        place = _place(np.ones(len(evidence.rows), bool), failing(evidence), evidence)
        return Explained([other_rows(evidence.share, LIKELY, place)])
    if other_quantiles and left.all():
        place = _place(left, failing(evidence), evidence)
        op = {"op": Quantile.op}
        return Explained([
            Cause(STEP_CHANGED.code, evidence.share, OPEN, op, place, "quantiles")
        ])  # fmt: skip
    rest = float(left.mean())
    causes = _doubted([c for e in explanations for c in _causes(e, evidence, rest)], rest)
    if covered:
        causes = [_as_estimated(cause, estimated[0]) for cause in causes]
    served = evidence.rows.served
    absent = {"null": np.isnan(served) & nulls, "infinite": np.isinf(served)}
    absent = {variant: left & rows for variant, rows in absent.items()}
    left = left & np.isfinite(served)
    causes += _of_absent(evidence, absent, float(left.mean()))
    causes.sort(key=lambda cause: -cause.share)
    remainder = _remainder(evidence, left, len(explanations))
    return Explained(causes, evidence.share * float(left.mean()), remainder)


def _doubted(causes: Sequence[Cause], rest: float) -> list[Cause]:
    """Return causes, with lines as open where there are too many of them.

    Numbers that change with time have lines through some rows: those of a stretch of time, or, with
    a `rest` that no cause explains, of any rows. Those of a host, say, are its numbers anyway.
    """
    lines = [cause for cause in causes if cause.code == WRONG_PARAMETERS.code]
    if len(lines) < MAX_LINES:
        return list(causes)
    return [
        replace(cause, confidence=min(cause.confidence, OPEN))
        if cause in lines and _changing(cause.place, rest) else cause
        for cause in causes
    ]  # fmt: skip


def _changing(place: Place | None, rest: float) -> bool:
    return rest > MAX_REST_OF_LINES if place is None else not place.of_rows


def _mechanisms(evidence: Evidence) -> list[Mechanism]:
    """Return all mechanisms that may explain rows, simplest first."""
    return [
        *candidates(evidence.context), *recomputed.candidates(evidence),
        *refitted.candidates(evidence), *exchanges.candidates(evidence),
        *functions.candidates(evidence), *relations.candidates(evidence),
    ]  # fmt: skip


def _unless_by_state(evidence: Evidence, estimated: Sequence[Cause]) -> Explained:
    """Return causes that moments show, or the state that gives the same ones and explains rows.

    Each of many batches has a mean of 0, so that all rows together have it as well.
    """
    per = estimated[0].parameters.get("per")
    if per is not None and states.each_by_itself(evidence, str(per)):
        return Explained(estimated)
    every = np.ones(len(evidence.rows), bool)
    fit = on_a_line(evidence.context.feature, evidence.rows, every, evidence.rows.served)
    on_line = 0.0 if fit is None else float(fit[1].mean())
    by_state = None if on_line >= states.SETTLED else states.cause_by_state(evidence, on_line)
    return Explained(estimated) if by_state is None else _explained_by(by_state, evidence)


def _explained_by(cause: Cause, evidence: Evidence) -> Explained:
    """Return one cause, with the share of the rows that it leaves."""
    rest = max(evidence.share - cause.share, 0.0)
    return Explained([cause], rest, Remainder.OTHERS if rest else None)


def _of_absent(
    evidence: Evidence, absent: Mapping[str, NDArray[np.bool_]], rest: float
) -> Iterator[Cause]:
    """Yield that the served values of unexplained rows are null, or infinite; by the variant.

    `rest` is the share of the failing rows that nothing explains.
    """
    for variant, rows in absent.items():
        if rows.any():
            place = _place(rows, failing(evidence), evidence)
            share, confidence = float(rows.mean()), confidence_of(float(rows.mean()), rest, place)
            yield Cause(STUCK_VALUE.code, evidence.share * share, confidence, {}, place, variant)


def confidence_of(explained: float, rest: float, place: Place | None) -> float:
    """Return the confidence in a cause of a share of the failing rows.

    `rest` is the share of them that no cause explains. SURE where that is no more than half; OPEN
    for a few rows beside such a rest that are in no place of their own.
    """
    if rest <= 0.5:
        return SURE
    apart = place is not None and place.of_rows
    return LIKELY if explained >= MIN_SHARE_OF_WRONG or apart else OPEN


def _as_estimated(cause: Cause, estimated: Cause) -> Cause:
    """Say of recovered parameters that they were estimated on the serving data, if they were."""
    if not CAUSES[cause.code].recovered:
        return cause
    return replace(cause, code=estimated.code, variant=estimated.variant, details=estimated.details)


def _remainder(evidence: Evidence, left: NDArray[np.bool_], explanations: int) -> Remainder:
    """Return what is known of the rows that are left, beside those of the explanations."""
    if explanations == MAX_CAUSES:
        return Remainder.MANY
    unrelated = (
        left.sum() > MIN_ROWS
        and left.mean() > 0.5
        and unrelated_to_raw(evidence.context.feature, evidence.rows.only(left))
    )
    if explanations:
        return Remainder.OTHERS_ASTRAY if unrelated else Remainder.OTHERS
    return Remainder.ALL_ASTRAY if unrelated else Remainder.ALL


def _causes(explanation: RowExplanation, evidence: Evidence, rest: float) -> Iterator[Cause]:
    """Yield a mechanism that explains rows, then those that explain them as well.

    `rest` is the share of the failing rows that nothing explains.
    """
    explained = explanation.explained
    share = evidence.share * float(explained.mean())
    place = _place(explained, failing(evidence), evidence)
    if place is not None and place.of_rows and _wherever_it_may(explanation, evidence):
        place = None
    raw = evidence.rows.raw.get(evidence.context.feature.name)
    raw = None if raw is None else raw[explained]
    confidence = confidence_of(float(explained.mean()), rest, place)
    if explanation.rivals or (explanation.as_settings and confidence < SURE):
        confidence = OPEN
    first = _with_moments(explanation.mechanism, explained, evidence)
    for mechanism in (first, *explanation.rivals):
        small = negligible(mechanism, evidence.context, raw)
        yield cause_of(mechanism, share, confidence, place, small=small)


def _wherever_it_may(explanation: RowExplanation, evidence: Evidence) -> bool:
    """Return whether the rows that a mechanism would change fail in no place of their own.

    A bound changes the largest values alone, which some values of a column have and others not.
    False for mechanisms that change most rows, and of too few rows in the sample of the log.
    """
    log, name = evidence.all_rows, evidence.context.feature.name
    mechanism = explanation.mechanism
    if log is None or not mechanism.steps or mechanism.source is not None or name not in log.raw:
        return False
    made, right = (
        forward(steps, log.raw[name]) for steps in (mechanism.steps, evidence.context.feature.steps)
    )
    changed = ~np.isclose(made, right, EQUAL, EQUAL, equal_nan=True)
    if changed.sum() < MIN_CHANGED or changed.mean() > MAX_CHANGED:
        return False
    fails = failing(evidence)[changed]
    affected = AffectedRows(evidence.rows, explanation.explained, log.only(changed), fails)
    return located(affected) is None


def _place(
    explained: NDArray[np.bool_], fails: NDArray[np.bool_], evidence: Evidence
) -> Place | None:
    """Return the place of the explained rows; None without one."""
    if evidence.all_rows is None:
        return None
    span = evidence.span if explained.all() else None
    return located(AffectedRows(evidence.rows, explained, evidence.all_rows, fails, span=span))


def _with_moments(
    mechanism: Mechanism, explained: NDArray[np.bool_], evidence: Evidence
) -> Mechanism:
    """Add that recovered parameters are about the moments of the affected rows, if they are."""
    last, name = final_linear(evidence.context.feature.steps), evidence.context.feature.name
    if last is None or not mechanism.cause.recovered:
        return mechanism
    x = forward(evidence.context.feature.steps[: last[0]], evidence.rows.raw[name][explained])
    moments = Moments.of(x[np.isfinite(x)])
    if not recomputed.close(evidence, mechanism, moments):
        return mechanism
    return replace(mechanism, variant="like_rows")
