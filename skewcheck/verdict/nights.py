"""The test over nights: a night's shifts from training, and what all nights say together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from skewcheck.catalogue.tests import NIGHTS
from skewcheck.counts.plan import Plan
from skewcheck.features.notes import Note
from skewcheck.features.types import FloatArray
from skewcheck.results.nights import Night, PastNights, Shift, Shifts
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest, Reason, of_feature
from skewcheck.results.verdicts import Verdict
from skewcheck.statistics.nights import FREE, adjusted, evidence, level, mean
from skewcheck.verdict.categorical import CategoricalSample
from skewcheck.verdict.feature import sample_of
from skewcheck.verdict.measured_log import MeasuredLog
from skewcheck.verdict.numeric import NumericSample

MIN_ROWS = 20
"""Rows of a night from which its means are taken to be normal."""
MIN_VARIANCE = 0.01
"""Variance of a share from which it is taken to be normal: of 1,000 rows ten have the level. Rarer
ones are measured by the deviation of such a share."""
MIN_SPREAD = 0.1
"""Variance of ranks, over that without ties, below which nearly all rows have one value."""
MAX_LEVELS = 8
"""Levels of a feature that are followed, the most frequent: what others gain these lose."""
CERTAIN = 4.0
"""Standard errors from which a shift from training is told after an accepted change: of hundreds of
numbers none is so far off by chance."""
LOCATION, NULLS = "location", "nulls"
"""What of a feature is followed, beside its levels, which are named by their places."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A shift and the variance of the error that the reference brings into each night."""

    shift: Shift
    offset: float


def shifts_of(log: MeasuredLog) -> dict[str, dict[str, Measured]]:
    """Return all shifts of a log; none of a feature that cannot be compared with training."""
    shifts: dict[str, dict[str, Measured]] = {}
    for plan, profile, deff in zip(
        log.plan.features, log.profile.features, log.design_effects, strict=True
    ):
        sample = None if plan.feature.role == "label" else sample_of(plan, profile, deff)
        if sample is None or sample.untested:
            continue
        name, of_name = plan.feature.name, measured_of(sample)
        table = None if log.plan.strata is None else log.plan.strata.features.get(name)
        if table is not None and sample.reference is not None:
            part = sample.reference.rows / max(int(table.counts.sum()), 1)
            of_name = {key: _of_its_part(one, min(part, 1.0)) for key, one in of_name.items()}
        shifts[name] = of_name
    return shifts


def measured_of(sample: NumericSample | CategoricalSample) -> dict[str, Measured]:
    """Return what is followed of one feature; nothing where there are too few rows."""
    return dict(_of_sample(sample))


def _of_its_part(measured: Measured, part: float) -> Measured:
    """Return a shift from a part of training: that part's error is the night's own.

    Of the error that all nights have in common that of all of training is left.
    """
    shift, offset = measured.shift, measured.offset
    return Measured(Shift(shift.value, shift.variance + offset * (1 - part)), offset * part)


def _of_sample(sample: NumericSample | CategoricalSample) -> Iterator[tuple[str, Measured]]:
    counts, reference = sample.counts, sample.reference
    if isinstance(sample, NumericSample):
        if sample.reference.assumed:
            return
        location = _location(*sample.cells, sample.deff)
        if location is not None:
            yield LOCATION, location
    else:
        training = sample.training[:-1]
        present, rows = int(sample.training.sum()), sample.counts.present
        for place in np.argsort(-training, kind="stable")[:MAX_LEVELS]:
            of_level = int(training[place]), int(sample.counts.counts[place])
            level = _share(of_level[0], present, of_level[1], rows, sample.deff)
            if level is not None:
                yield str(place), level
    nulls = _share(reference.nulls, reference.rows, counts.nulls, counts.rows, sample.deff)
    if nulls is not None:
        yield NULLS, nulls


def _location(
    training: np.ndarray[tuple[int], np.dtype[np.int64]],
    serving: np.ndarray[tuple[int], np.dtype[np.int64]], deff: float,
) -> Measured | None:  # fmt: skip
    """Return the shift of the mean placement among training's values.

    Of two normal distributions a shift of d deviations gives P(serving > training) = 1/2 +
    d / (2 sqrt(pi)) for small d; a single row moves it by its rank alone, whatever its value. The
    variance of a placement is (1 - sum of p**3) / 12 with ties (Lehmann, Nonparametrics, 1975,
    section 1.4).
    """
    m, rows = int(training.sum()), int(serving.sum())
    p = training / max(m, 1)
    spread = 1 - float((p**3).sum())
    n = rows / deff
    if n < MIN_ROWS or m < MIN_ROWS or spread < MIN_SPREAD:
        return None
    place = float(serving @ (np.cumsum(p) - p / 2)) / rows
    scale = 2 * math.sqrt(math.pi)
    variance = scale**2 * spread / 12
    return Measured(Shift(scale * (place - 0.5), variance / n), variance / m)


def _share(known: int, m: int, seen: int, rows: int, deff: float) -> Measured | None:
    """Return the change of a share, in deviations of a row that may have it."""
    n = rows / deff
    if n < MIN_ROWS or m < MIN_ROWS:
        return None
    p = (known + 0.5) / (m + 1)  # Jeffreys: none in training is no proof of none
    variance = p * (1 - p)
    unit = max(variance, MIN_VARIANCE)
    value = (seen / rows - known / m) / math.sqrt(unit)
    return Measured(Shift(value, variance / unit / n), variance / unit / m)


def judged_nights(
    log: MeasuredLog, judged: Mapping[str, tuple[JudgedTest, ...]], past: PastNights,
    policy: Policy, today: str,
) -> tuple[dict[str, tuple[JudgedTest, ...]], Night, tuple[Note, ...]]:  # fmt: skip
    """Return the judged tests with those over nights, the night as it is remembered, and notes.

    A feature that is skew by its other tests has none, and is not remembered of this night: what a
    gross fault does says nothing of how nights vary.
    """
    measured = {
        name: shifts for name, shifts in shifts_of(log).items()
        if of_feature(judged[name]) is not Verdict.SKEW
    }  # fmt: skip
    night = night_of(log.plan, measured, past, log.profile.newest)
    nights = (*past.before(night), night)
    notes = _accepted_notes(past, measured, nights)
    if len(nights) <= past.learn:
        return dict(judged), night, notes
    free = FREE if past.accepted is not None else 0.0
    by_feature = {
        name: _evidence(name, shifts, nights, free, past.learn) for name, shifts in measured.items()
    }
    e_values = adjusted({name: log_e for name, (log_e, _, _) in by_feature.items()})
    errors = _season_errors(log.plan)
    tests = {
        name: _judged(name, log_e, *by_feature[name][1:], errors.get(name, 0.0), policy, today)
        for name, log_e in e_values.items()
    }
    return (
        {
            name: (*of_name, tests[name]) if name in tests else of_name
            for name, of_name in judged.items()
        },
        night,
        notes,
    )


def _season_errors(plan: Plan) -> dict[str, float]:
    """Return by feature how far its reference of a month may be off by the season's curve."""
    if plan.strata is None:
        return {}
    from skewcheck.verdict.strata import season_error  # few features have a rhythm

    tables, parts = plan.strata.features, plan.strata.parts
    return {name: season_error(table, parts) for name, table in tables.items()}


def night_of(
    plan: Plan, measured: Mapping[str, Mapping[str, Measured]], past: PastNights,
    newest: float | None,
) -> Night:  # fmt: skip
    """Return the night of what was measured."""
    shifts: Shifts = {
        name: {key: _rounded(of_key.shift) for key, of_key in of_name.items()}
        for name, of_name in measured.items()
    }
    window = plan.window
    since = None if window is None or not math.isfinite(window.since) else window.since
    return Night(past.now, shifts, past.files, since, newest)


def _rounded(shift: Shift) -> Shift:
    """Return a shift as it is stored: far closer than its standard error."""
    return Shift(round(shift.value, 7), float(f"{shift.variance:.5g}"))


def _evidence(
    name: str, shifts: Mapping[str, Measured], nights: tuple[Night, ...], free: float, learn: int
) -> tuple[float, float, str]:
    """Return the logarithm of a feature's e-value, its shift, and since when it stands."""
    most: tuple[float, float, str] = (-math.inf, 0.0, "")
    log_e = []
    for key, of_key in shifts.items():
        values, variances, at = _of_nights(name, key, nights)
        result = evidence(values, variances, of_key.offset + free, learn)
        log_e.append(float(result.log_e))
        since = at[int(result.start)]
        most = max(most, (log_e[-1], float(result.shift), since))
    return (mean(log_e) if log_e else 0.0), most[1], most[2]


def _of_nights(
    name: str, key: str, nights: tuple[Night, ...]
) -> tuple[FloatArray, FloatArray, list[str]]:
    """Return the shifts of a number, their variances, and the times of the nights that have it."""
    of_nights = [
        (night.at, shift) for night in nights
        if (shift := night.shifts.get(name, {}).get(key)) is not None
    ]  # fmt: skip
    values = np.array([shift.value for _, shift in of_nights])
    variances = np.array([max(shift.variance, 1e-12) for _, shift in of_nights])
    return values, variances, [at for at, _ in of_nights]


def _judged(
    name: str, log_e: float, shift: float, since: str, error: float, policy: Policy, today: str
) -> JudgedTest:
    """Judge a feature: a shift is one beyond `error`, by which its reference may be off."""
    threshold = policy.threshold(name, NIGHTS.code)
    threshold = NIGHTS.threshold if threshold is None else threshold
    threshold = None if threshold is None else threshold + error
    limit = threshold or 0.0
    p = math.exp(-max(log_e, 0.0))
    verdict, effect = Verdict.OK, abs(shift)
    if p <= policy.alpha and effect > 0:
        warns = effect >= limit / NIGHTS.warns
        verdict = Verdict.SKEW if effect >= limit else Verdict.WARN if warns else Verdict.OK
    reason = None if verdict is Verdict.OK else Reason("stands_since", {"night": since[:10]})
    return JudgedTest(
        NIGHTS.code, verdict, shift, effect, None, p, p, threshold, reason=reason,
        waived=policy.waived(name, NIGHTS.code, today),
    )  # fmt: skip


def _accepted_notes(
    past: PastNights, measured: Mapping[str, Mapping[str, Measured]], nights: tuple[Night, ...]
) -> tuple[Note, ...]:
    """Return notes on the last accepted change, and on how far features stand from training since.

    Later nights are compared with each other: only this shows a creep that is accepted bit by bit.
    """
    if past.accepted is None:
        return ()
    change = Note("accepted_change", {"until": past.accepted.until, "text": past.accepted.why})
    standing = {}
    for name, shifts in measured.items():
        levels = [
            level(*_of_nights(name, key, nights)[:2], of_key.offset)
            for key, of_key in shifts.items()
        ]
        certain = [
            shift for shift, error in levels
            if abs(shift) >= max(CERTAIN * error, NIGHTS.threshold or 0.0)
        ]  # fmt: skip
        if certain:
            standing[name] = max(certain, key=abs)
    if not standing:
        return (change,)
    furthest = sorted(standing.items(), key=lambda pair: -abs(pair[1]))
    return change, Note("accepted_shifts", {"shifts": tuple(furthest)})
