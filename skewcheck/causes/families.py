"""All families of mechanisms, and the one that is seen from a whole log at once."""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.causes import (
    application,
    encoding,
    methods,
    parameters,
    pipeline,
    precision,
    recomputed,
    swaps,
    units,
)
from skewcheck.causes.diagnosis import SURE, Diagnosis
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.mechanism import Known, Mechanism, final_linear

FAMILIES = (application, parameters, methods, pipeline, encoding, units, swaps, precision)
"""Simplest first: of mechanisms that explain the same rows the first is named."""


def candidates(known: Known) -> Iterator[Mechanism]:
    """Yield all mechanisms that can be predicted from what training knew."""
    for family in FAMILIES:
        yield from family.candidates(known)


def recomputed_on(evidence: Evidence) -> Iterator[Diagnosis]:
    """Yield recomputed parameters, of the whole log or all files together."""
    found = list(recomputed.where(evidence))
    if not found:
        return
    share = sum(part for _, part in found)
    files = [file for file, _ in found if file is not None]
    data = "the serving data"
    if files:
        data = f"{files[0]} itself" if len(files) == 1 else f"each of {len(files)} files by itself"
    numbers: dict[str, object] = {}
    last = final_linear(evidence.known.feature.steps)
    if evidence.raw is not None and evidence.raw.whole.n and last is not None and last[0] == 0:
        whole = evidence.raw.whole if not files else evidence.raw.files[files[0]]
        if last[1].op == "zscore":
            numbers = {"mean": whole.mean, "std": whole.std}
        elif last[1].op == "minmax":
            numbers = {"min": whole.min, "max": whole.max}
    did = f"with parameters computed on {data}"
    yield Diagnosis("recomputed_parameters", min(share, 1.0), SURE, did, numbers)
