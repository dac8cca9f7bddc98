"""Served codes of categories without their raw levels: what their shares alone tell."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from skewcheck.catalogue.causes import ENCODING_CHANGED, STUCK_VALUE
from skewcheck.causes import encoding, parts
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.locating import located, of_mask
from skewcheck.counts.categorical import CategoricalCounts, Levels
from skewcheck.features.histogram import Histogram
from skewcheck.features.steps import OneHot, Vocabulary
from skewcheck.features.types import CategoricalReference, FloatArray, NumericReference
from skewcheck.results.causes import LIKELY, OPEN, Cause

NEAR = 0.02
"""Shares as near as this are the same for all purposes, however many rows say otherwise."""
STUCK = 0.95
NEW = 0.03
"""A share at which one code that training cannot give stands out."""
SURELY = 5
"""Rows of a code that no right server gives: fewer may be strays."""
MANY = 5
"""Levels with shares of their own: fewer may change places by drift."""


def told(
    levels: Levels, reference: CategoricalReference, step: Vocabulary | OneHot,
    counts: CategoricalCounts, rows: SampledRows,
) -> list[Cause]:  # fmt: skip
    """Return what befell the codes of a log, or of the one part of it that is not training's.

    Codes that training cannot give are told as such where nothing explains them.
    """

    def of(some: CategoricalCounts) -> list[Cause]:
        found = permuted(some, levels, reference, step)
        return [] if found is None else [found]

    whole = of(counts)
    known = np.isfinite(rows.served)
    training = _distribution_of_codes(levels, reference)
    if (whole and whole[0].share == 1) or not known.any() or training is None:
        return whole or _strangers(levels, reference, counts, rows)
    kept = rows.only(known)

    def diagnose(some: SampledRows) -> list[Cause]:
        return of(CategoricalCounts.of_numbers(some.served, levels))

    part = parts.explain_part(training, (), kept.served, 0.0, kept, diagnose)
    return part or whole or _strangers(levels, reference, counts, rows)


def _strangers(
    levels: Levels, reference: CategoricalReference, counts: CategoricalCounts, rows: SampledRows
) -> list[Cause]:
    """Tell codes that no right server gives, and where; which is which if their shares say so."""
    if counts.unseen < SURELY:
        return []
    strange = {float(name): n for name, n in counts.names.items()}
    some = np.isfinite(rows.served) & (levels.of_numbers(rows.served) < 0)
    place, share = located(of_mask(rows, some)), counts.unseen / counts.present
    if len(strange) == 1 and share < 1 and _stands_out(levels, reference, counts):
        found = {"value": next(iter(strange))}
        return [Cause(STUCK_VALUE.code, share, LIKELY, found, place, "strange_code")]
    own = {name: n for name, n in reference.counts.items() if n}
    p, q = (np.array(list(n.values()), float) for n in (own, strange))
    p, q = p / p.sum(), q / q.sum()
    noise = max(NEAR, 1.5 / math.sqrt(counts.unseen))
    mapping = None
    if len(p) == len(q) and _telling(p) and _near(np.sort(p), np.sort(q), noise):
        pairs = zip(np.argsort(-p, kind="stable"), np.argsort(-q, kind="stable"), strict=True)
        mapping = {[*own][i]: [*strange][j] for i, j in pairs}
    return [encoding.of_unknown_codes(strange, share, LIKELY, place, mapping)]


def _stands_out(levels: Levels, reference: CategoricalReference, counts: CategoricalCounts) -> bool:
    """Tell a share that is large, where all other codes are as frequent as in training."""
    known = np.array([reference.counts.get(name, 0) for name in levels.names], float)
    rest = counts.present - counts.unseen
    if not rest or not known.any() or counts.unseen < NEW * counts.present:
        return False
    noise = max(NEAR, 1.5 / math.sqrt(rest))
    return _near(known / known.sum(), counts.counts / rest, noise)


def _distribution_of_codes(
    levels: Levels, reference: CategoricalReference
) -> NumericReference | None:
    """Return the distribution of codes in training; None where there are none."""
    if levels.low is None or levels.high is None:
        return None
    at = np.array([reference.counts.get(name, 0) for name in levels.names], np.int64)
    edges = (levels.low + levels.high) / 2
    histogram = Histogram.discrete(edges, at)
    if not histogram.total:
        return None
    return NumericReference(
        histogram.total, min=float(edges[0]), max=float(edges[-1]), histogram=histogram
    )


def permuted(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference,
    step: Vocabulary | OneHot,
) -> Cause | None:  # fmt: skip
    """Return what served codes tell by their shares alone: stuck, shifted, or in another order."""
    p, q = _shares(counts, levels, reference, len(step.values))
    if not p.any() or not q.any():
        return None
    noise = max(NEAR, 1.5 / math.sqrt(counts.present))
    top = int(np.argmax(q))
    if q[top] > STUCK and q[top] - p[top] > max(noise, 1 - STUCK):
        found = {"value": float(top - 1)}
        return Cause(STUCK_VALUE.code, float(q[top]), LIKELY, found, variant="code")
    if _near(p, q, noise):
        return None
    # Another order of a few shares is drift as likely as not: one code that no right server gives,
    # or many shares that all came to stand elsewhere, are not.
    strange = (p == 0) & (q * counts.present >= SURELY)
    strange[int(step.codes(["\x00"])[0]) + 1] = False
    for shift in (1, -1):
        share = _mixed(p, np.roll(p, shift), q, noise, proven=strange.any())
        if share is not None:
            sure = LIKELY if strange.any() or (share == 1 and _apart(p, noise)) else OPEN
            return _recoded(share, sure, {"shift": shift}, "shifted", {"shift": shift})
    if not _telling(p):
        return None
    sure = LIKELY if strange.any() or _apart(p, noise) else OPEN
    for variant, codes in encoding.orders(step.values):
        # Where each place of p comes to stand: -1, the vocabulary's codes, one more.
        places = [0, *(int(codes[level]) + 1 for level in step.values)]
        if np.abs(np.bincount(places, p[:-1], len(p)) - q).max() < noise:
            mapping = {str(i): codes[level] for i, level in enumerate(step.values)}
            return _recoded(1.0, sure, mapping, variant)
    if _near(np.sort(p), np.sort(q), noise):
        pairs = zip(np.argsort(-p, kind="stable"), np.argsort(-q, kind="stable"), strict=True)
        mapping = {str(int(k) - 1): int(v) - 1 for k, v in pairs if p[k] > 0}
        return _recoded(1.0, sure, mapping, "permuted")
    return None


def _recoded(
    share: float, sure: float, mapping: Mapping[str, float], variant: str,
    details: Mapping[str, object] | None = None,
) -> Cause:  # fmt: skip
    code, found = ENCODING_CHANGED.code, {"mapping": mapping}
    return Cause(code, share, sure, found, variant=variant, details=details or {})


def _apart(p: FloatArray, noise: float) -> bool:
    """Tell many shares of which none can be taken for another."""
    large = np.sort(p[p > 0])
    return len(large) >= MANY and bool((np.diff(large) > noise).all())


def _shares(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference, size: int
) -> tuple[FloatArray, FloatArray]:
    """Return the shares of the codes -1 to `size` in training and in the log; zeros for none."""
    training, serving = np.zeros(size + 2), np.zeros(size + 2)
    for i, name in enumerate(levels.names):
        place = _place(name, size + 2)
        if place is not None:
            training[place] = reference.counts.get(name, 0)
            serving[place] = counts.counts[i]
    for name, rows in counts.names.items():
        place = _place(name, size + 2)
        if place is not None:
            serving[place] = rows
    return training / max(training.sum(), 1), serving / max(counts.present, 1)


def _mixed(
    p: FloatArray, other: FloatArray, q: FloatArray, noise: float, *, proven: bool
) -> float | None:
    """Return the share of rows that `other` explains and p does not; None where it does not fit.

    Exactly 1 where p has no part in it. By least squares: q = (1 - share) p + share other.
    `proven`: there are rows that no right server gives, so that few need to have moved.
    """
    if _near(other, q, noise):
        return 1.0
    away = other - p
    share = float(away @ (q - p) / (away @ away)) if away.any() else 0.0
    fits = 0.05 < share < 1 and _near(p + share * away, q, noise)
    # Far more has moved than is left over, and into a code that training lacks.
    large = proven or bool(np.abs(share * away).max() > 2 * noise)
    return share if fits and large and bool((q[(p == 0) & (other > 0)] > 0).all()) else None


def _place(name: str, size: int) -> int | None:
    """Return the place of a served code, -1 first; None for what is no code."""
    try:
        code = float(name)
    except ValueError:
        return None
    return int(code) + 1 if code.is_integer() and -1 <= code < size - 1 else None


def _near(p: np.ndarray, q: np.ndarray, noise: float) -> bool:
    return bool(np.abs(p - q).max() < noise)


def _telling(p: np.ndarray) -> bool:
    """Return whether the larger shares differ enough to tell who is who, and are not only two.

    Two levels that change places are drift as likely as not.
    """
    large = np.sort(p[p > 0.02])
    return len(large) > 2 and float(large[-1] - large[0]) > 0.1
