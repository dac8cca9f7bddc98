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
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from skewcheck.features.types import FloatArray

TAUS: FloatArray = np.concatenate([[0.0], np.geomspace(0.004, 1.0, 32)])
"""Deviations between nights that are tried, in training's: below 0.004 none tells one from 0 in a
year of 1,000 rows a night, above 1 no shift matters. Neighbours differ by a fifth."""
_TAU_WEIGHTS: FloatArray = np.log(np.concatenate([[0.5], np.full(32, 0.5 / 32)]))
SHIFTS = (0.03, 0.1, 0.3)
"""Deviations of the normal mixture over the shift: the least that matters, and what a night's own
tests begin to see; a shift of another size costs little."""
TRAINING_NIGHTS = 7.0
"""Nights, at least, that training is taken to be of: its mean then varies by tau**2 / 7. With a
rhythm of the week it is of a week."""
REFINED = 9
"""Values of tau between neighbours of the best for the largest likelihood: off by a fortieth they
change it by 0.06 in a year."""
NEGLIGIBLE = 15.0
"""A tau above the likeliest whose log-likelihood is so much lower is left out of the mixture, which
is then smaller: the bound holds."""
FREE = 1.0
"""Variance of b where training is no longer what nights are compared with: after an accepted
change it may be anything."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What all nights say of one number."""

    log_e: float
    """The logarithm of the e-value."""
    shift: float
    """The mean of the shift that stands now by its posterior, in which there may be none."""
    start: int
    """The likeliest first night of the shift, from 0."""


def evidence(shifts: FloatArray, variances: FloatArray, offset: float) -> Evidence:
    """Return the evidence of all nights until now; `offset` is the variance of b.

    There must be a night; variances are positive.
    """
    likelihoods = _without_shift(shifts, variances, offset, TAUS)
    best = int(likelihoods.argmax())
    near = np.linspace(TAUS[max(best - 1, 0)], TAUS[min(best + 1, len(TAUS) - 1)], REFINED)
    refined = _without_shift(shifts, variances, offset, near)
    largest = max(float(likelihoods[best]), float(refined.max()))
    kept = (np.arange(len(TAUS)) <= best) | (likelihoods > largest - NEGLIGIBLE)
    prior = likelihoods[kept] + _TAU_WEIGHTS[kept]
    ratios, means = _ratios(shifts, variances, offset, TAUS[kept])
    with_shift = ratios + prior[None, :, None]
    nights = len(shifts)
    later = float(logsumexp(prior)) - np.log(nights + 1.0)
    total = float(np.logaddexp(logsumexp(with_shift), later))
    weights = np.exp(with_shift - total)
    start = int(weights.sum(axis=(0, 1)).argmax())
    return Evidence(total - largest, float((weights * means).sum()), start)


def _without_shift(
    shifts: FloatArray, variances: FloatArray, offset: float, taus: FloatArray
) -> FloatArray:
    """Return the log-likelihood of each tau without a shift, b integrated, up to a constant.

    The covariance is diag(1 / w) + r 1 1': its inverse and determinant are those of Sherman and
    Morrison (Ann. Math. Statist. 21 (1950), p. 124).
    """
    squares = taus**2
    w = 1 / (variances + squares[:, None])
    r = offset + squares / TRAINING_NIGHTS
    s, y = w.sum(axis=1), w @ shifts
    quadratic = w @ (shifts * shifts) - r * y * y / (1 + r * s)
    result: FloatArray = 0.5 * (np.log(w).sum(axis=1) - np.log1p(r * s) - quadratic)
    return result


def _ratios(
    shifts: FloatArray, variances: FloatArray, offset: float, taus: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return log-likelihood ratios to no shift, weighted, and the posterior means of the shift.

    By the deviation of the mixture, tau, and the first night k from 1, of weight 1 / (k (k + 1)).
    With a the information on the shift and z its score, the ratio for a normal mixture of variance
    m is exp(m z**2 / 2 (1 + m a)) / sqrt(1 + m a): Howard et al., as above, equation 14.
    """
    squares = taus[:, None] ** 2
    w = 1 / (variances + squares)
    r = offset + squares / TRAINING_NIGHTS
    information = np.cumsum(w[:, ::-1], axis=1)[:, ::-1]
    score = np.cumsum((w * shifts)[:, ::-1], axis=1)[:, ::-1]
    of_b = r * information / (1 + r * information[:, :1])
    a, z = information * (1 - of_b), score - of_b * score[:, :1]
    k = np.arange(1.0, len(shifts) + 1)
    m = np.array(SHIFTS)[:, None, None] ** 2
    d = 1 + m * a
    ratios = m * z * z / (2 * d) - np.log(d) / 2 - np.log(k * (k + 1) * len(SHIFTS))
    return ratios, m * z / d


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
