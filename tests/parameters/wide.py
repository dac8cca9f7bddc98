"""Wide and deep parameter files: tests count what reading them does, `make bench` how long."""

from __future__ import annotations

import numpy as np
from pmml_text import X, field
from sklearn.preprocessing import StandardScaler


def scaler(columns: int) -> StandardScaler:
    """Return a scaler fitted to so many named columns."""
    fitted = StandardScaler().fit(np.random.default_rng(1).normal(size=(10, columns)))
    names = [f"column number {n}" for n in range(columns)]
    fitted.feature_names_in_ = np.array(names, dtype=object)
    return fitted


def nested(depth: int) -> str:
    """Return a PMML field that adds 1 to x so many times, each time around the last."""
    return field("<Apply function='+'><Constant>1</Constant>" * depth + X + "</Apply>" * depth)


def indicators(levels: int) -> str:
    """Return a PMML field for each of so many levels of c."""
    return "".join(
        field(f'<NormDiscrete field="c" value="{i}"/>', f"is_{i}") for i in range(levels)
    )
