"""Faults that are functions of whole columns in the order of arrival, by code and setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from skewcheck.catalogue.cause_spec import CauseSpec
from skewcheck.catalogue.causes import (
    RECOMPUTED_PARAMETERS,
    STUCK_VALUE,
    SWAPPED_FEATURES,
    VALUE_MAPPED,
)
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.simulate.inject.arrived_rows import ArrivedRows, ArrivedValues
from skewcheck.simulate.inject.column_order import reordered
from skewcheck.simulate.inject.fault_settings import FaultSettings
from skewcheck.simulate.inject.late_values import cached, lagged, lost
from skewcheck.simulate.inject.own_state import SPANS, recomputed_over
from skewcheck.simulate.inject.read_values import READERS, misread

Make = Callable[[FeatureContext, ArrivedRows, FaultSettings], ArrivedValues]


@dataclass(frozen=True, slots=True)
class ArrivalFault:
    """One kind of fault: a setting of a cause selects it."""

    cause: CauseSpec
    setting: str
    """The setting that selects it."""
    values: tuple[str, ...]
    """Values of the setting that do; empty: all do."""
    make: Make

    def is_asked(self, code: str, settings: FaultSettings) -> bool:
        """Return whether this is the fault with these settings."""
        value = settings.get(self.setting)
        if code != self.cause.code or value is None:
            return False
        return not self.values or value in self.values


ARRIVAL_FAULTS: tuple[ArrivalFault, ...] = (
    ArrivalFault(RECOMPUTED_PARAMETERS, "over", (), recomputed_over),
    ArrivalFault(SWAPPED_FEATURES, "lag", (), lagged),
    ArrivalFault(SWAPPED_FEATURES, "order", (), reordered),
    ArrivalFault(SWAPPED_FEATURES, "shift", (), reordered),
    ArrivalFault(STUCK_VALUE, "rows", (), cached),
    ArrivalFault(STUCK_VALUE, "seconds", (), cached),
    ArrivalFault(STUCK_VALUE, "value", ("null",), lost),
    ArrivalFault(VALUE_MAPPED, "function", tuple(READERS), misread),
)
"""All of them; the first that is asked for is made."""


def arrival_fault(code: str, settings: FaultSettings) -> ArrivalFault | None:
    """Return the fault that is asked for; None for a fault of each row by itself."""
    return next((f for f in ARRIVAL_FAULTS if f.is_asked(code, settings)), None)


def needs_time(settings: FaultSettings) -> bool:
    """Return whether a fault with these settings needs the times of rows."""
    return "seconds" in settings or settings.get("over") in SPANS
