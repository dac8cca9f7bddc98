"""Consistency of parameters with training data: other data, swapped names, ddof, quantiles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

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
from skewcheck.training.ranks import (
    MAX_SHARE_OFF,
    MIN_ROWS,
    TOLERATED_ERRORS,
    Contradiction,
    wrong_quantile,
    wrong_rank,
)

MAX_MEAN_DISTANCE = 0.25
"""Standard deviations of the mean, beyond noise: a split by time moves it by less."""
MAX_STD_RATIO = 4.0
"""Of the data over the stored standard deviation, beyond noise."""
MAX_SWAP_DISTANCE = 0.15
"""Distance, beyond noise, of a column's numbers from those stored for another one, up to which
they are taken for swapped. A column's own must be three times as far."""
MAX_CODES = 1_000
"""Distinct values beyond which a column is no category that somebody encodes."""
ROWS_PER_KURTOSIS = 20
"""Rows per unit of kurtosis, with fewer of which a few rows make most of a variance: a single row
makes all of it at a kurtosis of n."""
SAMPLE_STD = ("Spark ML", "MLeap")
"""Formats whose frameworks divide by the sample standard deviation (ddof 1), as they should."""
ARITHMETIC = ("ONNX", "PMML")
"""Formats of mere arithmetic: (x - a) / b is read as a robust step, but need not be of medians."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A column's location and spread as stored in a file, and values of the column."""

    name: str
    kind: type[Step]
    """ZScore for mean and std, MinMax for ends, Robust for median and interquartile range."""
    center: float
    """Mean, minimum or median."""
    spread: float
    """Standard deviation, range or interquartile range: > 0."""
    values: FloatArray
    """Finite, after the steps before; of all rows or a sample of them."""
    raw: bool
    """The values are raw, but for filled nulls: then other columns' can be compared."""

    @property
    def noise(self) -> float:
        """The distance in spreads that is put down to chance."""
        return TOLERATED_ERRORS / math.sqrt(len(self.values))


def disagreements(
    parameters: Parameters, present: Iterable[Feature], counted: Mapping[str, Feature],
    sample: Mapping[str, FloatArray], *, complete: bool,
) -> tuple[ParameterWarning, ...]:  # fmt: skip
    """Return a warning for each kind of contradiction between parameters and training data.

    `present` are the features that the data has, as the file has them; `counted` have the
    references of the data, by name. `sample` are raw values by name, of all rows where
    `complete`, NaN for nulls.
    """
    warned = {(w.code, name) for w in parameters.warnings for name in w.features}
    format_ = parameters.model.get("format")
    known = [f for f in present if not f.output and f.untested is None]
    features = [f for f in known if f.by_itself]  # of others the data of a row says nothing
    claims = [
        claim
        for f in features
        if f.type == "numeric" and ("refitted", f.name) not in warned
        and (claim := _claim(f, sample.get(f.name, np.empty(0)))) is not None
        and not (claim.kind is Robust and format_ in ARITHMETIC)
    ]  # fmt: skip
    contradicted = {
        c.name: how
        for c in claims
        if (how := _contradiction(c)) is not None and not (c.raw and _of_codes(c))
    }
    swaps = _swapped(claims) if contradicted else {}
    contradicted = {name: how for name, how in contradicted.items() if name not in swaps}
    for feature in features:
        how = _no_common_level(feature, counted[feature.name])
        if how is not None:
            contradicted[feature.name] = how
    warnings = [*_order(swaps)]
    if contradicted:
        warnings.append(_listed("other_training_file", contradicted))
    if complete and format_ not in SAMPLE_STD:
        warnings += _ddof([claim for claim in claims if claim.name not in contradicted])
    others = [f for f in features if f.name not in contradicted and f.name not in swaps]
    quantiles = {
        f.name: how for f in others if (how := wrong_quantile(f, sample.get(f.name))) is not None
    }
    if quantiles:
        warnings.append(_listed("quantiles", quantiles))
    return tuple(warnings)


def _listed(code: str, contradictions: Mapping[str, Contradiction]) -> ParameterWarning:
    """Return one warning that lists the contradictions of all features."""
    listed = tuple({"feature": name, **how} for name, how in contradictions.items())
    return ParameterWarning(code, {"contradictions": listed}, tuple(contradictions))


def _claim(feature: Feature, sample: FloatArray) -> _Claim | None:
    """Return the claim of the first fitted step, or else of the stored mean; None without any."""
    for i, step in enumerate(feature.steps):
        if isinstance(step, ZScore | MinMax | Robust):
            prefix = feature.steps[:i]
            center, spread = _numbers(step)
            raw = all(isinstance(before, Impute) for before in prefix)
            return _with_values(feature.name, type(step), center, spread, prefix, sample, raw)
    stored = feature.reference
    if not isinstance(stored, NumericReference) or stored.mean is None or not stored.std:
        return None
    return _with_values(feature.name, ZScore, stored.mean, stored.std, (), sample, raw=True)


def _with_values(
    name: str, kind: type[Step], center: float, spread: float, prefix: Sequence[Step],
    sample: FloatArray, raw: bool,
) -> _Claim | None:  # fmt: skip
    """Return a claim with the finite values after a prefix of steps; None for too few of them."""
    with np.errstate(all="ignore"):
        values = forward(prefix, sample)
    values = values[np.isfinite(values)]
    if len(values) < MIN_ROWS or not spread > 0:
        return None
    return _Claim(name, kind, center, spread, values, raw)


def _numbers(step: ZScore | MinMax | Robust) -> tuple[float, float]:
    """Return the location and the spread of a step."""
    if isinstance(step, ZScore):
        return step.mean, step.std
    return (step.min, step.max - step.min) if isinstance(step, MinMax) else (
        step.center, step.scale)  # fmt: skip


def _fit(kind: type[Step], values: FloatArray) -> tuple[float, float]:
    """Return the location and spread that a step of that kind has when fitted to values."""
    if kind is ZScore:
        return float(values.mean()), float(values.std())
    if kind is MinMax:
        return float(values.min()), float(np.ptp(values))
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return float(middle), float(high - low)


def _contradiction(claim: _Claim) -> Contradiction | None:
    """Return how the values contradict the claim, beyond chance and a split of the data."""
    if claim.kind is MinMax:
        values, top = claim.values, claim.center + claim.spread
        beyond = float(((values < claim.center) | (values > top)).mean())
        outside = beyond > MAX_SHARE_OFF + claim.noise * math.sqrt(MAX_SHARE_OFF)
        return {"kind": "outside", "share": beyond} if outside else None
    if claim.kind is Robust:
        # Exactly 0 is the location of a scaler that does not center.
        if not claim.center:
            return None
        return wrong_rank(claim.values, "median", claim.center, 0.5, 3 * MAX_SHARE_OFF)
    mean, std = _fit(ZScore, claim.values)
    distance = abs(claim.center - mean) / max(std, claim.spread)
    if claim.center and distance > MAX_MEAN_DISTANCE + claim.noise:
        return {"kind": "moment", "moment": "mean", "stored": claim.center, "actual": mean}
    if claim.spread != 1 and std > claim.spread * _max_ratio(claim, std):
        return {"kind": "moment", "moment": "std", "stored": claim.spread, "actual": std}
    return None


def _of_codes(claim: _Claim) -> bool:
    """Return whether a claim is of the codes of the values: a LabelEncoder came before the scaler.

    The codes are 0, 1, 2 ... in ascending order of the values.
    """
    distinct, codes = np.unique(claim.values, return_inverse=True)
    if len(distinct) > MAX_CODES or claim.kind is Robust:
        return False
    coded = replace(claim, values=codes.astype(np.float64))
    center, spread = _fit(claim.kind, coded.values)
    if claim.kind is MinMax:
        return (claim.center, claim.spread) == (center, spread)
    near = MAX_SWAP_DISTANCE + claim.noise
    return spread > 0 and abs(claim.center - center) / spread < near and (
        abs(math.log(claim.spread / spread)) < near
    )  # fmt: skip


def _max_ratio(claim: _Claim, std: float) -> float:
    """Return the ratio of standard deviations that is put down to chance and a split.

    The standard error of log(std) is sqrt((kurtosis - 1) / 4n). Infinite where a few rows make
    most of the variance: then parts of the data may have any.
    """
    squares = ((claim.values - claim.values.mean()) / (std or 1)) ** 2
    kurtosis = float((squares**2).mean())
    if kurtosis > len(squares) / ROWS_PER_KURTOSIS:
        return math.inf
    error = math.sqrt(max(kurtosis - 1, 0) / (4 * len(squares)))
    return MAX_STD_RATIO * math.exp(TOLERATED_ERRORS * error)


def _swapped(claims: Sequence[_Claim]) -> dict[str, str]:
    """Return the column that a feature's numbers fit instead of its own, by feature.

    None for a single feature, which may be chance: swapped names come at least in pairs.
    """
    swaps: dict[str, str] = {}
    for kind in (ZScore, MinMax, Robust):
        comparable = [claim for claim in claims if claim.raw and claim.kind is kind]
        fitted = np.array([_fit(kind, claim.values) for claim in comparable]).reshape(-1, 2)
        center, spread = fitted[:, 0], np.where(fitted[:, 1] > 0, fitted[:, 1], np.nan)
        for i, claim in enumerate(comparable):
            with np.errstate(all="ignore"):
                distances = abs(claim.center - center) / spread
                distances += abs(np.log(claim.spread / spread))
            to_itself, distances[i] = distances[i], np.inf
            best = int(np.argmin(np.where(np.isfinite(distances), distances, np.inf)))
            near = MAX_SWAP_DISTANCE + claim.noise
            if not to_itself < 3 * near and distances[best] < near:
                swaps[claim.name] = comparable[best].name
    return swaps if len(swaps) > 1 and len({*swaps.values()}) > 1 else {}


def _order(swapped: Mapping[str, str]) -> Iterator[ParameterWarning]:
    if swapped:
        swaps = tuple({"feature": name, "other": other} for name, other in swapped.items())
        yield ParameterWarning("order", {"swaps": swaps}, tuple(swapped))


def _no_common_level(feature: Feature, counted: Feature) -> Contradiction | None:
    """Return the contradiction if the training data has levels, but none of the encoder's."""
    reference = counted.reference
    if not isinstance(reference, CategoricalReference):
        return None
    if sum(reference.counts.values()) < MIN_ROWS:
        return None
    for step in feature.steps:
        if isinstance(step, Vocabulary | OneHot) and not reference.counts.keys() & {*step.values}:
            return {"kind": "levels"}
    return None


def _ddof(claims: Iterable[_Claim]) -> Iterator[ParameterWarning]:
    """Yield a warning if stored standard deviations are those of these very rows with ddof 1."""
    names = []
    for claim in claims:
        n = len(claim.values)
        mean, std = _fit(ZScore, claim.values)
        slack = 0.1 / (2 * n)  # a tenth of the relative difference of both
        same = abs(claim.center - mean) <= slack * std + 1e-6 * abs(mean)
        ddof_1 = std * math.sqrt(n / (n - 1))
        if claim.kind is ZScore and same and abs(claim.spread - ddof_1) < slack * ddof_1:
            names.append(claim.name)
    if names:
        yield ParameterWarning("ddof", features=tuple(names))
