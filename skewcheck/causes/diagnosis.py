"""What is said of a cause, and how sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from skewcheck.causes.locating import Place
from skewcheck.causes.mechanism import Known, Mechanism, figures, final_linear, line, with_step
from skewcheck.features.steps import forward
from skewcheck.features.types import FloatArray

SURE = 0.99
LIKELY = 0.9
OPEN = 0.5
"""Confidence of a line fitted to a distribution: drift explains it as well."""
NEGLIGIBLE = 5e-5
"""Of a standard deviation: recovered parameters nearer than this do no harm."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One cause of what was seen of a feature."""

    code: str
    share: float
    """Of all rows of the log."""
    confidence: float
    did: str
    """What production did, to follow "were served "."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    where: Place | None = None
    negligible: bool = False
    """The parameters are off by less than matters, or only by the digits that were written."""


def negligible(mechanism: Mechanism, known: Known, raw: FloatArray | None = None) -> bool:
    """Tell what differs from training by less than matters, or by the digits in the file.

    Parameters of the last scaling are compared with each other; other steps by what they make of
    the raw values: those given, or the reference's.
    """
    steps = known.feature.steps
    own, other = final_linear(steps), final_linear(mechanism.steps)
    # Training's own steps stand in where those that were used are not known.
    if own is None or mechanism.source is not None or mechanism.steps == steps:
        return False
    if other is not None and with_step(mechanism.steps, other[0], own[1]) == steps:
        (offset, scale), (other_offset, other_scale) = line(own[1]), line(other[1])
        near = abs(other_scale / scale - 1) < NEGLIGIBLE
        near = near and abs(other_offset - offset) / abs(scale) < NEGLIGIBLE
        pairs = zip(figures(own[1]).values(), figures(other[1]).values(), strict=False)
        # Only recovered numbers may be the file's own before they were written.
        return near or (
            mechanism.code == "wrong_parameters"
            and all(
                isinstance(a, float) and isinstance(b, float) and _as_written(a, b)
                for a, b in pairs
            )
        )
    if raw is None:
        reference = known.reference
        raw = np.empty(0) if reference is None else np.append(reference.edges, np.nan)
    made, right = forward(mechanism.steps, raw), forward(steps, raw)
    return len(raw) > 0 and bool(np.isclose(made, right, 0, NEGLIGIBLE, equal_nan=True).all())


def _as_written(written: float, used: float) -> bool:
    """Return whether `used`, cut to the digits of `written`, is `written`."""
    digits = len(repr(written).replace(".", "").replace("-", "").lstrip("0").split("e")[0])
    return digits < 12 and float(f"{used:.{max(digits, 1)}g}") == written


def told(mechanism: Mechanism, confidence: float, known: Known) -> Diagnosis:
    """Return a mechanism that all rows of the log underwent as a diagnosis."""
    return Diagnosis(
        mechanism.code, 1.0, confidence, mechanism.did, mechanism.parameters,
        negligible=negligible(mechanism, known),
    )  # fmt: skip


def drift(confidence: float) -> Diagnosis:
    """Return the cause that is left where no mechanism explains what moved."""
    return Diagnosis("drift", 1.0, confidence, "as they came: the world moved")


def other_rows(share: float, confidence: float, where: Place | None = None) -> Diagnosis:
    """Return that the values are right, but those of other rows: no list of steps does that."""
    did, found = "with the right values, but those of other rows", {"swapped": "rows"}
    return Diagnosis("swapped_features", share, confidence, did, found, where)
