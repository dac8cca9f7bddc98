"""Numbers that are read otherwise than they were written: without their point, in a small type."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa

from skewcheck.catalogue.causes import VALUE_MAPPED
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.features.transform import transformed
from skewcheck.features.types import FloatArray
from skewcheck.simulate.inject.arrived_rows import ArrivedRows, ArrivedValues
from skewcheck.simulate.inject.fault_settings import FaultSettings, check_keys, fault_error

DIGITS = 10
"""Significant digits with which numbers are printed: beyond them are errors of binary fractions."""


def _pointless(x: FloatArray) -> FloatArray:
    """Return numbers without their decimal point, as a reader that expects a comma has them."""
    made = [float(f"{v:.{DIGITS}g}".replace(".", "")) if v == v else v for v in x.tolist()]
    return np.array(made, np.float64)


def _around(least: int, values: int) -> Callable[[FloatArray], FloatArray]:
    """Return a cast to an integer type that overflows: numbers go around."""

    def cast(x: FloatArray) -> FloatArray:
        gone: FloatArray = (np.trunc(x) - least) % values + least
        return gone

    return cast


READERS: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "decimal_point_lost": _pointless,
    "int8": _around(-128, 256),
    "uint8": _around(0, 256),
    "int16": _around(-32_768, 65_536),
    "uint16": _around(0, 65_536),
}
"""What a server reads, by the name that the cause has for it."""


def misread(context: FeatureContext, rows: ArrivedRows, settings: FaultSettings) -> ArrivedValues:
    """Return a number after a reader's function, as the training steps have it."""
    check_keys(context, settings, ["function"])
    feature = context.feature
    if feature.type != "numeric":
        raise fault_error(context, f"{VALUE_MAPPED.code} needs a number")
    x = READERS[str(settings["function"])](rows.raw[feature.name])
    column = pa.array(x, pa.float64(), mask=np.isnan(x))
    return ArrivedValues(transformed(feature.name, feature.steps, column, numeric=True))
