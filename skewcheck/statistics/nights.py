"""Evidence over many nights that a number stands elsewhere than in training: an e-process.

Night t gives a shift y_t, in standard deviations of training, with the variance v_t of a night of
so many rows. Where nothing changed y_t is normal with mean b and variance v_t + tau**2: tau is how
much the nights of this world differ from each other, and b, normal with mean 0 and a known
variance, is the error of the reference, the same in all nights. From a night k on a shift d is
added.

For each tau the likelihood ratio of a shift to none, both with b integrated, is a nonnegative
martingale of mean 1, and so is its mixture over d and k (Robbins, Ann. Math. Statist. 41 (1970),
section 3; Howard et al., Ann. Statist. 49 (2021), section 3.2 and proposition 5, the normal
mixture; over k as in Shin, Ramdas and Rinaldo, arXiv 2203.03532, section 2). tau is not known: the
mixture over it is divided by the largest likelihood of any tau without a shift (universal
inference: Wasserman, Ramdas and Balakrishnan, PNAS 117 (2020), section 8). That is at most the
martingale of the true tau, so that the chance that it ever reaches 1/alpha is at most alpha (Ville,
1939; Shafer and Vovk, Game-Theoretic Foundations for Probability and Finance, 2019, section 2.1).
The weights of the mixtures are free, as long as they are chosen before the nights: they decide how
soon which shift is seen, never how often a clean gate alarms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from skewcheck.features.types import FloatArray, IntArray

TAUS: FloatArray = np.concatenate([[0.0], np.geomspace(0.004, 1.0, 32)])
"""Deviations between nights that are tried, in training's: below 0.004 none tells one from 0 in a
year of 1,000 rows a night, above 1 no shift matters. Neighbours differ by a fifth."""
_TAU_WEIGHTS: FloatArray = np.log(np.concatenate([[0.7], np.full(32, 0.3 / 32)]))
"""Most on 0: where nights do vary the likelihood soon outweighs it."""
SHIFTS = (0.04, 0.12)
"""Deviations of the normal mixture over the shift: between the least that matters, 0.03, and 0.25,
which a night's own tests see. Another size costs little."""
FROM_THE_FIRST, WHILE_LEARNING, LATER = 0.2, 0.05, 0.75
"""Weights of shifts that begin with the first night, in one of the others that are only learnt
from, and after these: a gate is taken into use where all is well, and a change comes later."""
TRAINING_NIGHTS = 7.0
"""Nights, at least, that training is taken to be of: its mean then varies by tau**2 / 7. With a
rhythm of the week it is of a week."""
REFINED = 9
"""Values of tau between neighbours of the best for the largest likelihood: off by a fortieth they
change it by 0.06 in a year."""
NEGLIGIBLE = 15.0
"""A tau above the likeliest whose log-likelihood is so much lower is left out of the mixture, which
is then smaller: the bound holds."""
TOGETHER = 64
"""Numbers that are computed at once: a year of them is then a few MB, as a cache has."""
FREE = 1.0
"""Variance of b where training is no longer what nights are compared with: after an accepted
change it may be anything."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What all nights say of a number, or of each of several: arrays of their shape."""

    log_e: FloatArray
    """The logarithm of the e-value."""
    shift: FloatArray
    """The mean of the shift that stands now by its posterior, in which there may be none."""
    start: IntArray
    """The likeliest first night of the shift, from 0."""


def evidence(shifts: FloatArray, variances: FloatArray, offset: float, learn: int) -> Evidence:
    """Return the evidence of all nights until now, the last axis of `shifts`.

    `variances` are those of the nights, the same for all numbers; `offset` is that of b, and
    `learn` how many nights are only learnt from. There must be a night; variances are positive.
    """
    numbers = shifts.reshape(-1, shifts.shape[-1])
    parts = [
        _evidence(numbers[i : i + TOGETHER], variances, offset, learn)
        for i in range(0, len(numbers), TOGETHER)
    ]
    log_e, shift, start = (np.concatenate(several) for several in zip(*parts, strict=True))
    shape = shifts.shape[:-1]
    return Evidence(log_e.reshape(shape), shift.reshape(shape), start.reshape(shape))


def _evidence(
    numbers: FloatArray, variances: FloatArray, offset: float, learn: int
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return the fields of `Evidence` by number."""
    likelihoods, largest = _largest(numbers, variances, offset)
    # A smaller tau that is unlikely without a shift may be the likeliest with one.
    kept = np.arange(len(TAUS))[:, None] <= likelihoods.argmax(axis=0)
    kept |= likelihoods > largest - NEGLIGIBLE
    some = kept.any(axis=1)
    prior = np.where(kept, likelihoods + _TAU_WEIGHTS[:, None], -np.inf)[some]
    starts, none_yet = _starts(numbers.shape[-1], learn)
    ratios, means = _ratios(numbers, variances, offset, TAUS[some])
    with_shift = ratios + starts + prior[..., None]
    highest = np.maximum(with_shift.max(axis=(0, 1, 3)), prior.max(axis=0))
    weights = np.exp(with_shift - highest[:, None])
    of_starts = weights.sum(axis=(0, 1))
    total = of_starts.sum(axis=1) + none_yet * np.exp(prior - highest).sum(axis=0)
    shift = np.einsum("mtsk,mtsk->s", weights, means) / total
    return np.log(total) + highest - largest, shift, of_starts.argmax(axis=1)


def _starts(nights: int, learn: int) -> tuple[FloatArray, float]:
    """Return the log-weights of first nights of a shift until now, and the weight of later ones.

    After the nights that are learnt from it is 1 / log2(j + 1) - 1 / log2(j + 2) for the j-th: they
    add up, and fall nearly as slowly as any that do, so that a change is as soon seen in a year.
    """
    weights = np.empty(nights)
    weights[:1] = FROM_THE_FIRST
    weights[1:learn] = WHILE_LEARNING / max(learn - 1, 1)
    bounds = 1 / np.log2(np.arange(2.0, max(nights - learn, 0) + 3))
    weights[learn:] = LATER * (bounds[:-1] - bounds[1:])
    return np.log(weights), 1 - float(weights.sum())


def _largest(
    numbers: FloatArray, variances: FloatArray, offset: float
) -> tuple[FloatArray, FloatArray]:
    """Return the log-likelihoods without a shift by tau and number, and the largest of any tau."""
    likelihoods = _without_shift(numbers, variances, offset, TAUS[:, None])
    best = likelihoods.argmax(axis=0)
    low, high = TAUS[np.maximum(best - 1, 0)], TAUS[np.minimum(best + 1, len(TAUS) - 1)]
    near = np.linspace(low, high, REFINED)
    refined = _without_shift(numbers, variances, offset, near)
    return likelihoods, np.maximum(likelihoods.max(axis=0), refined.max(axis=0))


def _without_shift(
    numbers: FloatArray, variances: FloatArray, offset: float, taus: FloatArray
) -> FloatArray:
    """Return the log-likelihood of each tau without a shift, b integrated, up to a constant.

    `taus` are by tau, and number or 1. The covariance is diag(1 / w) + r 1 1': its inverse and
    determinant are those of Sherman and Morrison (Ann. Math. Statist. 21 (1950), p. 124).
    """
    squares = taus**2
    w = 1 / (variances + squares[..., None])
    r = offset + squares / TRAINING_NIGHTS
    s, y = w.sum(axis=-1), (w * numbers).sum(axis=-1)
    quadratic = (w * numbers**2).sum(axis=-1) - r * y * y / (1 + r * s)
    result: FloatArray = 0.5 * (np.log(w).sum(axis=-1) - np.log1p(r * s) - quadratic)
    return result


def _ratios(
    numbers: FloatArray, variances: FloatArray, offset: float, taus: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return log-likelihood ratios to no shift and the posterior means of the shift.

    By the deviation of the mixture, with its weight, tau, number and first night. With a the
    information on the shift and z its score, the ratio for a normal mixture of variance m is
    exp(m z**2 / 2 (1 + m a)) / sqrt(1 + m a): Howard et al., as above, equation 14.
    """
    squares = taus[:, None, None] ** 2
    w = 1 / (variances + squares)
    r = offset + squares / TRAINING_NIGHTS
    information = np.cumsum(w[..., ::-1], axis=-1)[..., ::-1]
    score = np.cumsum((w * numbers)[..., ::-1], axis=-1)[..., ::-1]
    of_b = r * information / (1 + r * information[..., :1])
    a, z = information * (1 - of_b), score - of_b * score[..., :1]
    m = np.array(SHIFTS)[:, None, None, None] ** 2
    d = 1 + m * a
    means = m * z / d
    return means * z / 2 - np.log(d) / 2 - np.log(len(SHIFTS)), means


def level(shifts: FloatArray, variances: FloatArray, offset: float) -> tuple[float, float]:
    """Return the mean shift of nights, weighted by their rows, and its standard error.

    That is by the rows or, where larger, by how nights vary, with the error of the reference, whose
    variance is `offset`. There must be a night; variances are positive.
    """
    weights = 1 / variances
    mean_shift = float(weights @ shifts / weights.sum())
    of_rows = 1 / float(weights.sum())
    of_nights = float(np.var(shifts, ddof=1)) / len(shifts) if len(shifts) > 1 else 0.0
    return mean_shift, float(np.sqrt(max(of_rows, of_nights) + offset))


def adjusted(log_e: Mapping[str, float]) -> dict[str, float]:
    """Return e-values, as logarithms, adjusted for their number, whatever depends on what.

    An e-value's is the least mean of any set of them with it in (Vovk and Wang, Ann. Statist. 49
    (2021), algorithm 1): that any of those without an effect ever reaches 1/alpha has a chance of
    alpha at most.
    """
    ordered = np.sort(np.array([*log_e.values()], float))
    sums = np.logaddexp.accumulate(ordered)
    means = {}
    for name, value in log_e.items():
        # Only smaller ones make a mean less, the smallest first.
        place = int(np.searchsorted(ordered, value))
        least = np.logaddexp(value, sums[:place]) - np.log(np.arange(2.0, place + 2))
        means[name] = float(min([value, *least]))
    return means


def mean(log_e: Sequence[float]) -> float:
    """Return the logarithm of the mean of e-values: an e-value whatever depends on what."""
    return float(logsumexp(log_e) - np.log(len(log_e)))
