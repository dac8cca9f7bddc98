"""What an audit said of a faulty log, held against what was done to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from server_fault import Number, Numbers, ServerFault
from server_logs import FAULTY_HOST, Case, Log, Wrong
from server_sets import ServerSet

from skewcheck.catalogue.causes import CAUSES
from skewcheck.results.audit import Audit
from skewcheck.results.causes import LIKELY, Cause
from skewcheck.results.verdicts import ALARMS

NEAR = {"paired": 1e-3, "served": 2e-2, "raw": 2e-2}
"""Relative errors of numbers that still count as right: exact row by row, else estimated."""
NEAR_SECONDS = {"paired": 600, "served": 7200, "raw": 7200}
"""How far from the first wrong row a time may be told as the beginning: 2 % of a log where only
distributions tell it."""


@dataclass(frozen=True)
class Claim:
    """A mechanical cause that was told."""

    code: str
    confidence: float
    true: bool
    """Whether it names a part of what was done, with no other numbers."""


@dataclass(frozen=True)
class Run:
    """What an audit said of one feature of one log."""

    case: Case
    feature: str
    fault: str
    """Empty for a feature that nothing was done to."""
    family: str
    grid: bool
    alarmed: bool
    first: str
    """The code of the first cause; `none` without one."""
    named: bool
    """Whether the code is right; of several at once, whether all are told."""
    right: bool
    """Whether it is, with its numbers."""
    claims: tuple[Claim, ...]
    """All mechanical causes that were told."""
    place: bool | None
    """Whether the place is right where there is one; None where none is judged."""
    misplaced: bool | None
    """Whether a place is named where there is none; None where there is one."""
    seen: bool
    """Whether the logged column shows the fault: see `server_logs.Wrong`."""
    told: str
    """The parameters of the first cause."""

    @property
    def wrong(self) -> tuple[str, ...]:
        """Return the mechanical causes at 0.9 or more that are not true."""
        return tuple(
            f"{claim.code} {claim.confidence:.2g}"
            for claim in self.claims if claim.confidence >= LIKELY and not claim.true
        )  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """The runs of a log, and how many causes its report tells."""

    runs: tuple[Run, ...]
    told: int


def judged(case: Case, fault: ServerFault | None, log: Log, data: ServerSet, said: Audit) -> Judged:
    """Return what was said of every feature, with the fault or without."""
    judge = _Judge(case, fault, log, data)
    runs = [judge.run(f.name, f.causes, alarmed=f.verdict in ALARMS) for f in said.features]
    return Judged(tuple(runs), _told(said))


def _told(said: Audit) -> int:
    """Return how many causes a reader meets: of several features once, drift behind others not."""
    covered = {(cause.code, name) for cause in said.causes for name in cause.features}
    return len(said.causes) + sum(
        (cause.code, f.name) not in covered and (place == 0 or CAUSES[cause.code].mechanical)
        for f in said.features
        for place, cause in enumerate(f.causes)
    )


@dataclass(frozen=True)
class _Judge:
    case: Case
    fault: ServerFault | None
    log: Log
    data: ServerSet

    def run(self, feature: str, causes: tuple[Cause, ...], *, alarmed: bool) -> Run:
        wrong = self.log.wrong.get(feature)
        fault = self.fault if wrong is not None else None
        first = causes[0] if causes else None
        named, right = (False, False) if fault is None else self._right(feature, causes, fault)
        place, misplaced = self._place(first, fault, wrong)
        return Run(
            self.case, feature, fault.name if fault is not None else "",
            fault.family if fault is not None else "", self.data.grid(feature), alarmed,
            first.code if first is not None else "none", named, right,
            tuple(self._claims(feature, causes, wrong)), place, misplaced,
            wrong is None or wrong.seen, "" if first is None else str(dict(first.parameters)),
        )  # fmt: skip

    def expected(self, feature: str, fault: ServerFault, code: str) -> Numbers | None:
        """Return the numbers that a code must tell; None for a code that does not name it."""
        if code not in fault.codes:
            return None
        made = self.log.made
        numbers = {**fault.codes[code], **made.numbers.get(code, {})}
        source = made.sources.get(feature)
        if code == "swapped_features" and source in self.data.steps and source is not None:
            numbers["feature"] = source
        return numbers

    def _right(
        self, feature: str, causes: tuple[Cause, ...], fault: ServerFault
    ) -> tuple[bool, bool]:
        """Return whether the first cause names the fault, and whether it has its numbers.

        Row by row all numbers are asked for; of one side alone those that it tells must be right.
        """
        told = causes if fault.every else causes[:1]
        found: dict[str, bool] = {}
        for cause in told:
            numbers = self.expected(feature, fault, cause.code)
            if numbers is not None and cause.code not in found:
                missing, other = self._compared(feature, cause, numbers)
                right = not other and not (missing and self.case.mode == "paired")
                found[cause.code] = right or self._one_batch(feature, cause)
        needed = len(fault.codes) if fault.every else 1
        return len(found) >= needed, len(found) >= needed and all(found.values())

    def _one_batch(self, feature: str, cause: Cause) -> bool:
        """Return whether all wrong rows were served with the numbers that a cause tells.

        Those of a log that is shorter than a batch, say.
        """
        wrong = self.log.wrong.get(feature)
        computed = cause.code == "recomputed_parameters" and self.case.mode == "paired"
        return computed and wrong is not None and self._predicts(feature, cause, wrong)

    def _compared(self, feature: str, cause: Cause, numbers: Numbers) -> tuple[bool, bool]:
        """Return whether a number is missing, and whether one is another.

        A mean that is told within bounds is another only beyond them.
        """
        told, near = cause.parameters, NEAR[self.case.mode]
        missing = [k for k, value in numbers.items() if k not in told and value != ""]
        spread = near * self._spread(feature)
        other = any(
            not _same(told[k], v, near, max(spread, _number(told.get(f"{k}_within"))))
            if k in _OFFSETS
            else not _same(told[k], v, near)
            for k, v in numbers.items()
            if k in told
        )
        # Moments of the whole log are those of no row, where each row has its own.
        return bool(missing), other or ("over" in missing and "mean" in told)

    def _spread(self, feature: str) -> float:
        """Return training's standard deviation of a feature; 0 for levels."""
        numeric = self.data.numeric(feature)
        return float(np.nanstd(self.data.training[feature])) if numeric else 0.0

    def _claims(
        self, feature: str, causes: tuple[Cause, ...], wrong: Wrong | None
    ) -> Iterator[Claim]:
        """Yield the mechanical causes that are told, and whether they are true."""
        for cause in causes:
            if CAUSES[cause.code].mechanical:
                true = self._true(feature, cause, wrong)
                yield Claim(cause.code, cause.confidence, true)

    def _true(self, feature: str, cause: Cause, wrong: Wrong | None) -> bool:
        if self.fault is not None and feature in self.log.touched:
            numbers = self.expected(feature, self.fault, cause.code)
            if numbers is not None and not self._compared(feature, cause, numbers)[1]:
                return True
            if cause.code in self.fault.also:
                return True
        return wrong is not None and self._predicts(feature, cause, wrong)

    def _predicts(self, feature: str, cause: Cause, wrong: Wrong) -> bool:
        """Return whether a line or a unit gives what was served: less than could be said."""
        get = {k: float(v) for k, v in cause.parameters.items() if isinstance(v, float | int)}
        if not self.data.numeric(feature) or self.case.mode == "raw":
            return False
        offset, scale = get.get("mean", get.get("min")), get.get("std")
        if scale is None and "min" in get and "max" in get:
            scale = get["max"] - get["min"]
        line = cause.code in ("wrong_parameters", "recomputed_parameters")
        if line and offset is not None and scale:
            served = (wrong.raw - offset) / scale
        elif cause.code == "unit_change" and "factor" in get:
            x = wrong.raw * get["factor"] + get.get("offset", 0.0)
            served = self.data.right(feature, x)[feature]
        else:
            return False
        near = NEAR[self.case.mode]
        within = _number(cause.parameters.get("mean_within")) / scale if scale else 0.0
        apart = max(near, within)
        return bool(np.allclose(served, wrong.served, rtol=near, atol=apart, equal_nan=True))

    def _place(
        self, first: Cause | None, fault: ServerFault | None, wrong: Wrong | None
    ) -> tuple[bool | None, bool | None]:
        if first is None or (fault is not None and not fault.placed):
            return None, None
        place = first.place
        if fault is None or wrong is None or self.case.part in ("all", "tenth"):
            return None, place is not None
        if place is None:
            return False, None
        if self.case.part == "host":
            return place.column == "host" and place.values == (FAULTY_HOST,), None
        near = NEAR_SECONDS[self.case.mode]
        soon = place.since is not None and abs(place.since - wrong.first) <= near
        return soon and not place.of_rows, None


_OFFSETS = frozenset({"mean", "min", "max", "value"})
"""Parameters whose error counts in standard deviations: they may be near 0."""


def _number(told: object) -> float:
    return float(told) if isinstance(told, float | int) else 0.0


def _same(told: object, value: Number, near: float, within: float = 0.0) -> bool:
    """Return whether a parameter is what it should be, to a relative error or within a bound."""
    if isinstance(value, tuple):
        return any(_same(told, one, near) for one in value)
    if isinstance(value, Mapping):
        return _same_map(told, value)
    if isinstance(value, str) or not isinstance(told, float | int):
        return str(told) == str(value)
    return bool(np.isclose(float(told), value, rtol=near, atol=1e-9 + within))


def _same_map(told: object, value: Mapping[float, float]) -> bool:
    """Return whether at least two values are told, each with what it became."""
    if isinstance(told, Mapping):
        told = list(told.items())
    if not isinstance(told, list | tuple):
        return False
    found = [(float(a), float(b)) for a, b in told]
    return len(found) > 1 and all(value.get(a) == b for a, b in found)
