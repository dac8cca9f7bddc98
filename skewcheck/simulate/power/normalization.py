"""The smallest error of the normalization itself that an audit of so many rows detects.

Logs of the reference's values, served as float32 with an error of the scale, are audited from end
to end: what a cause makes of a proof counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pyarrow as pa
from scipy.special import betainc

from skewcheck.causes.grids import MIN_USABLE_VALUES
from skewcheck.causes.mechanism import final_linear, like, line, with_step
from skewcheck.causes.mechanism_causes import NEGLIGIBLE
from skewcheck.config.types import Settings
from skewcheck.engine.plan import make_plan
from skewcheck.engine.source import open_source
from skewcheck.features.reference_moments import centers
from skewcheck.features.steps import Step, bounds, forward
from skewcheck.features.types import Feature, FloatArray, NumericReference, Parameters
from skewcheck.results.policy import Policy
from skewcheck.results.verdicts import ALARMS, Verdict
from skewcheck.simulate.power.search import LIKELY, SURE, Detectable
from skewcheck.verdict.judge import Logs, judge

SIMULATED_LOGS = 20
"""Per error: a power of 0.8 is then known to 0.09 (standard error). Most errors have a power of 0
or 1: values are those of the file to the rounding of float32, or they are not."""
MAX_MISSES = math.floor(SIMULATED_LOGS * (1 - LIKELY) + 1e-9)
"""Logs without an alarm beyond which an error has less power than any that is asked for."""
MAX_SIMULATED_ROWS = 2_000
"""Rows of such a log. An audit samples up to 10,000, so that the power is a lower bound."""
ERRORS = (1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2)
"""Relative errors of a scale that are tried where served values alone are logged, ascending."""
PARITY_ERRORS = NEGLIGIBLE * np.geomspace(1, 1 / NEGLIGIBLE, 500)
"""Those that are tried where raw values are logged, too, each 2 % larger: up to a factor of 2."""


def paired(feature: Feature, rows: int, policy: Policy, share: float) -> Detectable | None:
    """Return the relative error of the scale that parity detects, where both sides are logged.

    A row fails where the error moves it beyond the rounding of the arithmetic, and parity is skew
    where `share` of the rows fail. Audits tell from which of these errors on the cause is not
    negligible. None without a scale or a reference.
    """
    reference = feature.reference
    if not isinstance(reference, NumericReference) or not reference.finite:
        return None
    if final_linear(feature.steps) is None:
        return None
    values, weights = _values(reference)
    low, high = bounds(feature.steps, values, values)
    right = forward(feature.steps, values)

    def power(error: float) -> float:
        scaled = forward(_with_scale_error(feature, error), values)
        with np.errstate(invalid="ignore"):
            fails = (scaled < low) | (scaled > high) & np.isfinite(right)
        p = float(weights[fails].sum() / weights.sum())
        least = max(1.0, math.ceil(share * rows))
        return float(betainc(least, rows - least + 1, p)) if rows >= least else 0.0

    power_of, errors = cache(power), PARITY_ERRORS.tolist()
    shares = _failing(feature, rows, policy, with_raw=True)
    return Detectable(*(
        next((e for e in errors if power_of(e) >= target and shares(e) >= target), None)
        for target in (LIKELY, SURE)
    ))  # fmt: skip


def served(feature: Feature, rows: int, policy: Policy) -> Detectable | None:
    """Return the relative error of the scale that is detected in served values alone.

    None for a feature without a grid.
    """
    reference = feature.reference
    if not isinstance(reference, NumericReference) or not reference.step or not reference.finite:
        return None
    if final_linear(feature.steps) is None:
        return None
    errors = ERRORS if rows >= MIN_USABLE_VALUES else ()
    shares = _failing(feature, rows, policy, with_raw=False)
    return Detectable(
        *(next((e for e in errors if shares(e) >= target), None) for target in (LIKELY, SURE))
    )


def _failing(
    feature: Feature, rows: int, policy: Policy, *, with_raw: bool
) -> Callable[[float], float]:
    """Return a function that gives the share of simulated logs with an error whose audits fail.

    Shares below `LIKELY` are lower bounds: no more logs are audited than are needed to tell.
    """

    @cache
    def share(error: float) -> float:
        random, alarms = np.random.default_rng(0), 0
        for log in range(1, SIMULATED_LOGS + 1):
            alarms += _fails(feature, rows, policy, error, random, with_raw=with_raw)
            if log - alarms > MAX_MISSES:
                break
        return alarms / SIMULATED_LOGS

    return share


def _fails(
    feature: Feature, rows: int, policy: Policy, error: float, random: np.random.Generator, *,
    with_raw: bool,
) -> bool:  # fmt: skip
    """Return whether the audit of a log whose served values have this error of the scale fails."""
    reference = feature.reference
    if not isinstance(reference, NumericReference):
        return False
    values, weights = _values(reference)
    if reference.step:
        values = np.round(values / reference.step) * reference.step
    raw = random.choice(values, min(rows, MAX_SIMULATED_ROWS), p=weights / weights.sum())
    served = forward(_with_scale_error(feature, error), raw).astype(np.float32)
    columns = {f"{feature.name} raw": raw} if with_raw else {}
    log = open_source(pa.table({**columns, f"{feature.name} served": served}))
    settings = Settings(raw="{feature} raw", served="{feature} served", by=(), policy=policy)
    parameters = Parameters((feature,), "")
    plan = make_plan(parameters, log, settings)
    verdict = judge(parameters, plan, log.measure(plan), policy, Logs(log.names)).verdict
    return verdict in (ALARMS if policy.fail_on == "warn" else (Verdict.SKEW,))


def _values(reference: NumericReference) -> tuple[FloatArray, FloatArray]:
    """Return the edges and the centers between them that hold rows, and these rows."""
    values = np.empty(2 * len(reference.histogram) + 1)
    values[::2], values[1::2] = centers(reference), reference.histogram.edges
    weights = reference.histogram.interleaved.astype(np.float64)
    return values[weights > 0], weights[weights > 0]


def _with_scale_error(feature: Feature, error: float) -> tuple[Step, ...]:
    """Return the training steps with the last scale times 1 + error."""
    last = final_linear(feature.steps)
    if last is None:
        return feature.steps
    offset, scale = line(last[1])
    return with_step(feature.steps, last[0], like(last[1], offset, scale * (1 + error)))
