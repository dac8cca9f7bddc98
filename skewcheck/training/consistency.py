"""Whether parameters and training data fit together: what real files get wrong shows here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.features.steps import (
    Impute,
    MinMax,
    OneHot,
    Robust,
    Step,
    Vocabulary,
    ZScore,
    forward,
)
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    FloatArray,
    NumericReference,
    Parameters,
    ParameterWarning,
)

Contradiction = Mapping[str, object]
"""How data contradicts what is stored: its `kind` and what its template in the catalogue takes."""
FEW = 20
"""Rows with a value below which nothing is doubted."""
NOISE = 6.0
"""Standard errors. A scaler that was fitted on a random part of the rows, down to a half of them,
has a mean within one of the whole's: that is no doubt, nor is a sample of what it was fitted on."""
_FAR = 0.25
"""Standard deviations of the mean, beyond noise: the days of a split move it by less."""
_WIDE = 4.0
"""Times the stored standard deviation, beyond noise."""
_OUTSIDE = 0.05
"""Of the values beyond a stored range, or of ranks about a stored quantile."""
_NEAR = 0.15
"""Distance, beyond noise, at which another column's numbers are meant."""
SAMPLE_STD = ("Spark ML", "MLeap")
"""Formats whose frameworks divide by the sample standard deviation (ddof 1), as they should."""
ARITHMETIC = ("ONNX", "PMML")
"""Formats of mere arithmetic: (x - a) / b is read as a robust step, but need not be of medians."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a file says that a column is like, and the column."""

    name: str
    kind: type[Step]
    """ZScore for mean and std, MinMax for ends, Robust for median and interquartile range."""
    center: float
    """Mean, minimum or median."""
    spread: float
    """Standard deviation, range or interquartile range: > 0."""
    values: FloatArray
    """Finite, as the claim takes them; of all rows or a sample of them."""
    alike: bool
    """They are the raw ones, but for filled nulls: other columns may be compared."""

    @property
    def noise(self) -> float:
        """How far chance takes a claim from values that bear it out, in spreads."""
        return NOISE / math.sqrt(len(self.values))


def disagreements(
    parameters: Parameters, there: Iterable[Feature], counted: Mapping[str, Feature],
    sample: Mapping[str, FloatArray], *, complete: bool,
) -> tuple[ParameterWarning, ...]:  # fmt: skip
    """Return what the training data contradicts.

    `there` are the features as the file has them, `counted` with the references of the data,
    `sample` raw values of rows of it (`complete`: of all rows), NaN for nulls.
    """
    known = {(w.code, name) for w in parameters.warnings for name in w.features}
    format_ = parameters.model.get("format")
    features = [f for f in there if not f.output and f.untested is None]
    claims = [
        claim
        for f in features
        if f.type == "numeric" and ("refitted", f.name) not in known
        and (claim := _claim(f, sample.get(f.name, np.empty(0)))) is not None
        and not (claim.kind is Robust and format_ in ARITHMETIC)
    ]  # fmt: skip
    off = {claim.name: why for claim in claims if (why := _off(claim)) is not None}
    order = _swapped(claims) if off else {}
    off = {name: why for name, why in off.items() if name not in order}
    off |= {f.name: why for f in features if (why := _strange(f, counted[f.name])) is not None}
    found = [*_order(order)]
    if off:
        found.append(_listed("other_training_file", off))
    if complete and format_ not in SAMPLE_STD:
        found += _ddof([claim for claim in claims if claim.name not in off])
    sure = [f for f in features if f.name not in off and f.name not in order]
    denied = {f.name: why for f in sure if (why := _denied(f, sample.get(f.name))) is not None}
    if denied:
        found.append(_listed("quantiles", denied))
    return tuple(found)


def _listed(code: str, why: Mapping[str, Contradiction]) -> ParameterWarning:
    listed = tuple({"feature": name, **contradiction} for name, contradiction in why.items())
    return ParameterWarning(code, {"contradictions": listed}, tuple(why))


def _claim(feature: Feature, sample: FloatArray) -> _Claim | None:
    """Return what the first step with learnt numbers, or else a stored mean, says."""
    for i, step in enumerate(feature.steps):
        if isinstance(step, ZScore | MinMax | Robust):
            prefix = feature.steps[:i]
            center, spread = _numbers(step)
            alike = all(isinstance(before, Impute) for before in prefix)
            return _measured(feature.name, type(step), center, spread, prefix, sample, alike)
    known = feature.reference
    if not isinstance(known, NumericReference) or known.mean is None or not known.std:
        return None
    return _measured(feature.name, ZScore, known.mean, known.std, (), sample, alike=True)


def _measured(
    name: str, kind: type[Step], center: float, spread: float, prefix: Sequence[Step],
    sample: FloatArray, alike: bool,
) -> _Claim | None:  # fmt: skip
    with np.errstate(all="ignore"):
        values = forward(prefix, sample)
    values = values[np.isfinite(values)]
    if len(values) < FEW or not spread > 0:
        return None
    return _Claim(name, kind, center, spread, values, alike)


def _numbers(step: ZScore | MinMax | Robust) -> tuple[float, float]:
    if isinstance(step, ZScore):
        return step.mean, step.std
    return (step.min, step.max - step.min) if isinstance(step, MinMax) else (
        step.center, step.scale)  # fmt: skip


def _like(kind: type[Step], values: FloatArray) -> tuple[float, float]:
    """Return the numbers that a step of that kind learns from values."""
    if kind is ZScore:
        return float(values.mean()), float(values.std())
    if kind is MinMax:
        return float(values.min()), float(np.ptp(values))
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return float(middle), float(high - low)


def _off(claim: _Claim) -> Contradiction | None:
    """Return how the column contradicts the claim, beyond what chance and a split do; or None."""
    if claim.kind is MinMax:
        values, top = claim.values, claim.center + claim.spread
        beyond = float(((values < claim.center) | (values > top)).mean())
        outside = beyond > _OUTSIDE + claim.noise * math.sqrt(_OUTSIDE)
        return {"kind": "outside", "share": beyond} if outside else None
    if claim.kind is Robust:
        # Exactly 0 is what a scaler has that does not center.
        return _ranked(claim.values, "median", claim.center, 0.5, 3 * _OUTSIDE) if (
            claim.center) else None  # fmt: skip
    mean, std = _like(ZScore, claim.values)
    far = abs(claim.center - mean) / max(std, claim.spread)
    if claim.center and far > _FAR + claim.noise:
        return {"kind": "moment", "moment": "mean", "stored": claim.center, "actual": mean}
    if claim.spread != 1 and std > claim.spread * _widest(claim, std):
        return {"kind": "moment", "moment": "std", "stored": claim.spread, "actual": std}
    return None


def _widest(claim: _Claim, std: float) -> float:
    """Return how many times smaller a standard deviation chance and a split may make.

    The standard error of log(std) is sqrt((kurtosis - 1) / 4n). Where a few rows make most of the
    variance, a part of the rows may have any - and so may more rows than these have a larger one.
    """
    squares = ((claim.values - claim.values.mean()) / (std or 1)) ** 2
    kurtosis = float((squares**2).mean())
    if kurtosis > len(squares) / 20:
        return math.inf
    return _WIDE * math.exp(NOISE * math.sqrt(max(kurtosis - 1, 0) / (4 * len(squares))))


def _ranked(
    values: FloatArray, mark: str, value: float, share: float, slack: float
) -> Contradiction | None:
    """Return how many values lie below or above `mark`, which should have that share below it."""
    slack += NOISE * math.sqrt(share * (1 - share) / len(values))
    below, above = float((values < value).mean()), float((values > value).mean())
    if below > share + slack:
        return {"kind": "below", "share": below, "mark": mark}
    if above > 1 - share + slack:
        return {"kind": "above", "share": above, "mark": mark}
    return None


def _swapped(every: Sequence[_Claim]) -> dict[str, str]:
    """Return which other column a feature's numbers fit, where its own is far from them."""
    found: dict[str, str] = {}
    for kind in (ZScore, MinMax, Robust):
        claims = [claim for claim in every if claim.alike and claim.kind is kind]
        like = np.array([_like(kind, claim.values) for claim in claims]).reshape(-1, 2)
        center, spread = like[:, 0], np.where(like[:, 1] > 0, like[:, 1], np.nan)
        for i, claim in enumerate(claims):
            with np.errstate(all="ignore"):
                far = abs(claim.center - center) / spread + abs(np.log(claim.spread / spread))
            own, far[i] = far[i], np.inf
            best = int(np.argmin(np.where(np.isfinite(far), far, np.inf)))
            if not own < 3 * (_NEAR + claim.noise) and far[best] < _NEAR + claim.noise:
                found[claim.name] = claims[best].name
    # One alone is chance; names in a wrong order come at least in pairs.
    return found if len(found) > 1 and len({*found.values()}) > 1 else {}


def _order(swapped: Mapping[str, str]) -> Iterator[ParameterWarning]:
    if swapped:
        swaps = tuple({"feature": name, "other": other} for name, other in swapped.items())
        yield ParameterWarning("order", {"swaps": swaps}, tuple(swapped))


def _strange(feature: Feature, counted: Feature) -> Contradiction | None:
    """Return that the training data has no level of an encoder's, where it has some."""
    known = counted.reference
    if not isinstance(known, CategoricalReference) or sum(known.counts.values()) < FEW:
        return None
    for step in feature.steps:
        if isinstance(step, Vocabulary | OneHot) and not known.counts.keys() & {*step.values}:
            return {"kind": "levels"}
    return None


def _ddof(claims: Iterable[_Claim]) -> Iterator[ParameterWarning]:
    """Yield that standard deviations are those of these very rows, but with ddof 1."""
    names = []
    for claim in claims:
        n = len(claim.values)
        mean, std = _like(ZScore, claim.values)
        slack = 0.1 / (2 * n)  # a tenth of what the two differ by
        same = abs(claim.center - mean) <= slack * std + 1e-6 * abs(mean)
        other = std * math.sqrt(n / (n - 1))
        if claim.kind is ZScore and same and abs(claim.spread - other) < slack * other:
            names.append(claim.name)
    if names:
        yield ParameterWarning("ddof", features=tuple(names))


def _denied(feature: Feature, sample: FloatArray | None) -> Contradiction | None:
    """Return which stored quantile or end the data contradicts, if any."""
    known = feature.reference
    if not isinstance(known, NumericReference) or sample is None:
        return None
    values = sample[np.isfinite(sample)]
    if len(values) < FEW:
        return None
    marks = [(f"quantile {share:g}", value, share) for share, value in known.quantiles.items()]
    ends = [("min", known.min, 0.0), ("max", known.max, 1.0)]
    marks += [(name, end, share) for name, end, share in ends if end is not None]
    for name, value, share in marks:
        why = _ranked(values, name, value, share, _OUTSIDE)
        if why is not None:
            return why
    return None
