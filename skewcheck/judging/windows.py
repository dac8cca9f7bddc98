"""Windows of a log: a series of figures per feature, when it changed, and whether that is skew.

Neighbouring windows of one distribution form a run, and runs are what is tested. Any of the
w(w + 1)/2 possible runs might have been: for so many p-values is corrected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from skewcheck import changes, stats
from skewcheck.auditing import Change, Trend, WindowFigures
from skewcheck.features import FloatArray, IntArray, NumericReference
from skewcheck.judging.rows import Parted, Reference, binned, reference_cells
from skewcheck.profile.coarse import CoarseNumbers
from skewcheck.profile.parts import Key, Parts, Spans, Stretches
from skewcheck.verdict import Subject, Test, Verdict, of_feature
from skewcheck.wording import figure, percent

PREVIOUS, SAME_HOUR = "previous", "same-hour"
PROVEN, MOVED = "parity", "distribution"
ALIKE = 0.5
"""Cosine of two differences from the reference, from which on they are one and the same change."""
LABELS = {"ks": "KS D", "linf": "L∞", "psi": "PSI", "mannwhitney": "P(serving > training)"}
_ALARMS = (Verdict.SKEW, Verdict.WARN)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Windows first .. last - 1 of a feature, to be tested together."""

    view: str
    """`distribution`, or `parity`."""
    first: int
    last: int
    away: FloatArray
    """Shares of the bins less those of what they are compared with."""
    confidence: float
    """The probability that it begins where it does, and not a window before or after."""


def label(parts: Parts, key: Key) -> str:
    """Return the start of a window, as reports tell it."""
    match parts.dimension:
        case Spans(seconds=seconds):
            moment = datetime.fromtimestamp(int(key) * seconds, UTC)
            return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
        case Stretches(rows=rows):
            return f"row {int(key) * rows}"
        case _:
            return str(key)


@dataclass(frozen=True, slots=True)
class Series:
    """A feature over w windows."""

    parted: Parted
    parts: Parts
    baseline: str
    whole: Reference | None
    """The reference, or that of the baseline's file."""

    @property
    def windows(self) -> int:
        """How many there are."""
        return len(self.parts.keys)

    def compared(self, first: int, last: int) -> Reference | None:
        """Return what windows first .. last - 1 are compared with; the reference for the first."""
        earlier = np.arange(first)
        if self.baseline == SAME_HOUR:
            hours = self._hours()
            earlier = earlier[np.isin(hours[:first], hours[first:last])]
        elif self.baseline == PREVIOUS:
            earlier = earlier[-1:]
        else:
            return self.whole
        return self.parted.as_reference(earlier) if len(earlier) else self.whole

    def _hours(self) -> IntArray:
        """Return the place of each window in its day."""
        spans = self.parts.dimension
        a_day = int(86_400 / spans.seconds) if isinstance(spans, Spans) else 1
        return np.array([int(key) for key in self.parts.keys]) % a_day

    def runs(self, alpha: float) -> Iterator[Run]:
        """Yield the runs of windows of one distribution; of parity, too, where it is broken."""
        if self.whole is not None:
            cells = reference_cells(self.parted.coarse, self.whole)
            bins = self.parted.bin_of(self.whole)
            nulls = self.whole.rows - int(cells.sum())
            own = binned(cells[None, :], bins, np.array([nulls]))[0]
            counts = binned(self.parted.cells(), bins, self.parted.absent())
            yield from _cut(MOVED, counts, own, alpha, self.baseline == PREVIOUS)
        if "mismatched" in self.parted.tables and self.parted.tables["mismatched"].any():
            bad = self.parted.tables["mismatched"].astype(np.int64)
            counts = np.column_stack((self.parted.tables["compared"] - bad, bad)).astype(np.int64)
            yield from _cut(PROVEN, counts, np.array([1, 0]), alpha, False)

    def tests(self, run: Run) -> list[Test]:
        """Test a run: parity where that is what it is of, else all the others."""
        found = self.parted.tests(
            np.arange(run.first, run.last), self.compared(run.first, run.last)
        )
        return [test for test in found if (test.name == "parity") == (run.view == PROVEN)]

    def subject(self, run: Run) -> Subject:
        """Return the name of a run for the verdict."""
        return Subject(self.parted.name, run.view, f"{run.first}:{run.last}")

    def figures(self, verdicts: Sequence[Verdict]) -> tuple[WindowFigures, ...]:
        """Return the figures of each window."""
        tables, rows = self.parted.tables, self.parts.rows
        far, psi = self._distances()
        means = self.means()
        name = "ks" if isinstance(self.parted.coarse, CoarseNumbers) else "linf"
        absent = self.parted.absent()
        broken = _shares(tables.get("mismatched"), tables.get("compared"))
        return tuple(
            WindowFigures(
                label(self.parts, key), int(rows[i]), verdicts[i],
                ks=_told(far[i]) if name == "ks" else None,
                linf=_told(far[i]) if name == "linf" else None,
                psi=_told(psi[i]), mean=_told(means[i]), nulls=float(absent[i] / rows[i]),
                parity=None if broken is None else _told(broken[i]),
            )
            for i, key in enumerate(self.parts.keys)
        )  # fmt: skip

    def means(self) -> FloatArray:
        """Return the means in reference standard deviations, 0 its mean; NaN where unknown."""
        nothing: FloatArray = np.full(self.windows, np.nan)
        coarse, reference = self.parted.coarse, self.whole
        if not (isinstance(coarse, CoarseNumbers) and isinstance(reference, NumericReference)):
            return nothing
        mean, std = reference.mean, reference.std
        if mean is None or not std:
            return nothing
        numbers = self.parted.cells().sum(1)
        some = numbers > 0
        nothing[some] = self.parted.tables["total"][some] / numbers[some] + coarse.centre - mean
        nothing /= std
        return nothing

    def _distances(self) -> tuple[FloatArray, FloatArray]:
        """Return KS D or the largest change of a share, and PSI less its expectation.

        The expectation is (B - 1)(1/n + 1/m): see `stats.psi`.
        """
        if self.whole is None:
            return np.full(self.windows, np.nan), np.full(self.windows, np.nan)
        cells, absent = self.parted.cells(), self.parted.absent()
        own = [self.whole]
        if self.baseline in (PREVIOUS, SAME_HOUR):
            own = [self.compared(i, i + 1) or self.whole for i in range(self.windows)]
        others = np.array([reference_cells(self.parted.coarse, one) for one in own])
        nulls = np.array([one.rows for one in own]) - others.sum(1)
        with np.errstate(invalid="ignore", divide="ignore"):
            apart = cells / cells.sum(1)[:, None] - others / others.sum(1)[:, None]
        if isinstance(self.parted.coarse, CoarseNumbers):
            apart = np.cumsum(apart, 1)
        bins = self.parted.bin_of(self.whole)
        p, q = binned(others, bins, nulls), binned(cells, bins, absent)
        used = (p.sum(0) + q.sum(0)) > 0
        p, q = p[:, used], q[:, used]
        expected = (p.shape[1] - 1) * (1 / p.sum(1) + 1 / q.sum(1))
        half = stats.PSEUDOCOUNT
        one, two = ((x + half) / (x.sum(1)[:, None] + half * x.shape[1]) for x in (p, q))
        psi = ((two - one) * np.log(two / one)).sum(1)
        return np.abs(apart).max(1), np.maximum(psi - expected, 0.0)


def _cut(view: str, counts: IntArray, own: IntArray, alpha: float, previous: bool) -> Iterator[Run]:
    """Cut windows into runs; `own` are the reference's counts in the same bins."""
    extra = changes.dispersion(counts)
    starts = (*changes.runs(counts, changes.penalty(counts, alpha, extra)), len(counts))
    before = own / max(int(own.sum()), 1)
    for i, (first, last) in enumerate(pairwise(starts)):
        total = counts[first:last].sum(0)
        shares = total / max(int(total.sum()), 1)
        sure = 1.0
        if i:
            begins = starts[i - 1]
            sure = float(changes.places(counts, begins, last, extra)[first - begins - 1])
        yield Run(view, first, last, shares - before, sure)
        before = shares if previous else before


def _shares(
    some: FloatArray | IntArray | None, of: FloatArray | IntArray | None
) -> FloatArray | None:
    if some is None or of is None:
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        found: FloatArray = some / of
    return found


def _told(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def alarm(tests: Sequence[Test]) -> Verdict:
    """Return the verdict of a part: too few rows in it are no reason to doubt the whole."""
    found = of_feature(t for t in tests if t.verdict is not Verdict.INCONCLUSIVE)
    return found if found in _ALARMS else Verdict.OK


def found_changes(
    series: Series, runs: Sequence[Run], tests: Mapping[Subject, Sequence[Test]]
) -> tuple[Change, ...]:
    """Return the changes: neighbouring runs that alarm and differ the same way, one at least skew.

    A change begins with its first alarm, a run that only warns among them: the window in which a
    fault begins holds rows from before it.
    """
    verdicts = {run: alarm(tests[series.subject(run)]) for run in runs}
    groups = [
        group
        for view in (MOVED, PROVEN)
        for group in _alike([run for run in runs if run.view == view], verdicts)
        if any(verdicts[run] is Verdict.SKEW for run in group)
    ]
    groups.sort(key=lambda group: group[0].first)
    return tuple(_change(series, group, tests) for group in groups)


def _alike(runs: Sequence[Run], verdicts: Mapping[Run, Verdict]) -> list[list[Run]]:
    """Group neighbouring runs that alarm and differ from the reference in the same way."""
    groups: list[list[Run]] = []
    for run in runs:
        if verdicts[run] is Verdict.OK:
            continue
        last = groups[-1][-1] if groups else None
        if last is not None and last.last == run.first and _cosine(last.away, run.away) >= ALIKE:
            groups[-1].append(run)
        else:
            groups.append([run])
    return groups


def _cosine(a: FloatArray, b: FloatArray) -> float:
    length = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / length if length else 0.0


def _change(
    series: Series, group: Sequence[Run], tests: Mapping[Subject, Sequence[Test]]
) -> Change:
    first, last = group[0].first, group[-1].last
    skewed = [
        test
        for run in group
        for test in tests[series.subject(run)]
        if test.verdict is Verdict.SKEW and not test.waived
    ]
    worst = max(skewed, key=lambda test: (test.effect or 0.0) / (test.threshold or 1.0))
    keys = series.parts.keys
    until = label(series.parts, keys[last]) if last < len(keys) else None
    return Change(
        label(series.parts, keys[first]), until, group[0].confidence,
        worst.name, worst.statistic or 0.0, _message(worst),
    )  # fmt: skip


def _message(test: Test) -> str:
    """Tell what it is; its times stand beside it."""
    statistic = test.statistic or 0.0
    if test.name == "parity":
        return f"parity broken in {percent(statistic)} of the rows"
    if test.name in LABELS:
        return f"{LABELS[test.name]} {figure(statistic)}"
    return f"{test.name} {percent(statistic)}"


def trend(series: Series, alpha: float) -> Trend | None:
    """Return the trend of the means, if it is significant at alpha."""
    slope, p = changes.trend(series.means().tolist())
    return Trend(slope, p) if p <= alpha and slope else None
