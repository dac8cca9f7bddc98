"""The smallest standing shift that the test over nights finds within so many nights (`--state`).

The shift begins with the first night that may alarm, when it is hardest to see. Nights are drawn
as the test takes them to be in a steady world, with an error of the reference, and judged by its
own statistic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from skewcheck.catalogue.tests import NIGHTS
from skewcheck.results.nights import LEARN
from skewcheck.results.policy import Policy
from skewcheck.simulate.power.search import LIKELY, SURE, Detectable
from skewcheck.simulate.power.simulated_logs import Simulated, SimulatedNumbers
from skewcheck.statistics.nights import evidence
from skewcheck.verdict.nights import LOCATION, MIN_ROWS, MIN_VARIANCE, Measured, measured_of

TRIALS = 600
"""Simulated gates: a power of 0.99 is then known to 0.004 (standard error)."""
SMALLEST, LARGEST = 0.002, 0.5
"""Shifts that are tried, in standard deviations: a larger one is seen by a night's own tests."""
PRECISION = 1.03
"""Factor to which a shift is given."""
LOOKS = 10
"""Nights at which gates are looked at, beginning with the last: evidence hardly changes from one to
the next, and few gates alarm in one between two looks alone."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """The nights of a gate."""

    nights: int
    """Those in which the shift is to be found, from the first that may alarm."""
    learn: int = LEARN
    """Those before them."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The number of a feature in which a change is seen, and how many are followed of it."""

    measured: Measured
    """Its variance in a night, and the error of the reference."""
    weight: float
    """Of its evidence in the feature's: the other numbers are taken to say nothing."""
    level: float | None = None
    """The share of the level that is followed; None of numbers."""

    @property
    def unit(self) -> float:
        """Return the change that is a shift of one standard deviation: of a level, in its share."""
        p = self.level
        return 1.0 if p is None else math.sqrt(max(p * (1 - p), MIN_VARIANCE))

    def spread(self, shift: float) -> float:
        """Return the standard deviation of a night after a shift, in that of one before."""
        if self.level is None:
            return 1.0
        change = shift * self.unit
        p, q = self.level, self.level + (change if self.level < 0.5 else -change)
        return math.sqrt(max(q * (1 - q), 0.0) / (p * (1 - p)))


def followed(logs: Simulated, rows: int) -> Followed | None:
    """Return what is followed of a feature in nights of so many rows; None where nothing is.

    Of numbers the location, in the units of `nights`; of categories the share of the most frequent
    level, down or, under a half, up. Of two levels the other one says the same.
    """
    training = logs.rows
    level: int | None = None
    if isinstance(logs, SimulatedNumbers):
        measured = measured_of(logs.sample(training, logs.reference, part=True))
        present = training[:-2]
    else:
        measured = measured_of(logs.sample(training, logs.reference, part=True))
        present = training[:-1]
        level = int(present.argmax())
    of_training = measured.get(LOCATION if level is None else str(level))
    nights = int(training.sum()) / rows  # training has the rows of so many
    if of_training is None or int(present.sum()) / nights < MIN_ROWS:
        return None
    shift = of_training.shift._replace(variance=of_training.shift.variance * nights)
    of_night = Measured(shift, of_training.offset)
    if level is None:
        return Followed(of_night, 1 / len(measured))
    share = (int(present[level]) + 0.5) / (int(present.sum()) + 1)
    same = 2 if np.count_nonzero(present) == 2 else 1
    return Followed(of_night, same / len(measured), share)


def standing(
    of_feature: Followed, name: str, policy: Policy, ahead: Ahead, features: int
) -> Detectable:
    """Return the smallest changes that stand and alarm within the nights ahead.

    `features` share the level: the evidence of all others is taken to be none.
    """
    threshold = policy.threshold(name, NIGHTS.code)
    least = (NIGHTS.threshold if threshold is None else threshold) or 0.0
    if policy.fail_on == "warn":
        least /= NIGHTS.warns
    limit = -math.log(policy.alpha * of_feature.weight / features)
    shifts = _smallest(of_feature, limit, least, ahead)
    return Detectable(*(None if shift is None else shift * of_feature.unit for shift in shifts))


@lru_cache(maxsize=1024)
def _smallest(
    of_feature: Followed, limit: float, least: float, ahead: Ahead
) -> tuple[float | None, float | None]:
    """Return the shifts that alarm with the powers `LIKELY` and `SURE`; None for none of those.

    All sizes are tried on the same nights, so that the share of alarms grows with the size.
    """
    random = np.random.default_rng(0)
    variance, offset = of_feature.measured.shift.variance, of_feature.measured.offset
    rows = random.normal(0, math.sqrt(variance), (TRIALS, ahead.learn + ahead.nights))
    reference = random.normal(0, math.sqrt(offset), (TRIALS, 1))
    since = np.arange(ahead.learn + ahead.nights) >= ahead.learn
    looks = range(len(since), ahead.learn, -max(1, math.ceil(ahead.nights / LOOKS)))

    def share(size: float, looked: range) -> float:
        """Return the share of gates that alarm in a night that is looked at."""
        spread = np.where(since, of_feature.spread(size), 1.0)
        nights, alarms = reference + rows * spread + size * since, np.zeros(TRIALS, bool)
        for n in looked:
            left = np.flatnonzero(~alarms)
            if len(left):
                found = evidence(nights[left, :n], np.full(n, variance), offset, ahead.learn)
                alarms[left] = (found.log_e >= limit) & (np.abs(found.shift) >= least)
        return float(alarms.mean())

    def smallest(power: float, low: float) -> float | None:
        """Return the smallest shift above `low` with this share of alarms; None where none has it.

        First by the last night alone, which most alarms reach, then by all that are looked at.
        """
        high = LARGEST
        if share(high, looks) < power:
            return None
        while high > low * PRECISION:
            middle = math.sqrt(low * high)
            low, high = (low, middle) if share(middle, looks[:1]) >= power else (middle, high)
        while share(high / PRECISION, looks) >= power:
            high /= PRECISION
        return high

    likely = smallest(LIKELY, SMALLEST)
    return likely, None if likely is None else smallest(SURE, likely)
