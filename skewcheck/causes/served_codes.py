"""Causes of served codes of categories without their raw levels, from the shares of the codes.

In this module p are shares of training, q those of the log, as arrays over the codes -1, 0, 1 ...
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from skewcheck.catalogue.causes import CATEGORY_RENAMED, ENCODING_CHANGED, STUCK_VALUE
from skewcheck.causes import encoding, faulty_parts
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.places import located, of_mask
from skewcheck.counts.categorical import CategoricalCounts, Levels
from skewcheck.features.histogram import Histogram
from skewcheck.features.steps import Map, OneHot, Vocabulary
from skewcheck.features.types import CategoricalReference, FloatArray, NumericReference
from skewcheck.results.causes import LIKELY, OPEN, Cause

MIN_NOISE = 0.02
"""Difference up to which shares count as equal, however many rows there are."""
MIN_STUCK_SHARE = 0.95
"""Share of one code from which it is a constant: the other rows may be strays."""
MIN_NEW_SHARE = 0.03
"""Share of the only code that training never gives from which it is a constant of some rows."""
MIN_IMPOSSIBLE_ROWS = 5
"""Rows of a code that no right server gives; fewer may be strays."""
MIN_DISTINCT_SHARES = 5
"""Levels whose shares all differ: the shares of fewer may be exchanged by drift."""


def causes_of_codes(
    levels: Levels, reference: CategoricalReference, step: Vocabulary | OneHot | Map,
    counts: CategoricalCounts, rows: SampledRows,
) -> list[Cause]:  # fmt: skip
    """Return the causes of the codes of a log, or of the one part that differs from training.

    Codes that training never gives are a cause by themselves where nothing explains them. The
    numbers of a map have no order in which others could be told.
    """
    if isinstance(step, Map):
        return _impossible_codes(levels, reference, counts, rows)

    def of(part_counts: CategoricalCounts) -> list[Cause]:
        cause = explain_codes(part_counts, levels, reference, step)
        return [] if cause is None else [cause]

    whole = of(counts)
    present = np.isfinite(rows.served)
    training = _distribution_of_codes(levels, reference)
    if (whole and whole[0].share == 1) or not present.any() or training is None:
        return whole or _impossible_codes(levels, reference, counts, rows)
    kept = rows.only(present)

    def diagnose(part_rows: SampledRows) -> list[Cause]:
        return of(CategoricalCounts.of_numbers(part_rows.served, levels))

    part = faulty_parts.explain_part(training, (), kept.served, 0.0, kept, diagnose)
    return part or whole or _impossible_codes(levels, reference, counts, rows)


def _impossible_codes(
    levels: Levels, reference: CategoricalReference, counts: CategoricalCounts, rows: SampledRows
) -> list[Cause]:
    """Return a cause for codes that no right server gives; empty for few such rows.

    Their levels are identified where the sorted shares agree with training's.
    """
    if counts.unseen < MIN_IMPOSSIBLE_ROWS:
        return []
    impossible = {float(name): n for name, n in counts.names.items()}
    is_impossible = np.isfinite(rows.served) & (levels.of_numbers(rows.served) < 0)
    place, share = located(of_mask(rows, is_impossible)), counts.unseen / counts.present
    if len(impossible) == 1 and share < 1 and _single_new_code(levels, reference, counts):
        parameters = {"value": next(iter(impossible))}
        return [Cause(STUCK_VALUE.code, share, LIKELY, parameters, place, "strange_code")]
    training_rows = {name: n for name, n in reference.counts.items() if n}
    p, q = (np.array(list(n.values()), float) for n in (training_rows, impossible))
    p, q = p / p.sum(), q / q.sum()
    noise = max(MIN_NOISE, 1.5 / math.sqrt(counts.unseen))
    mapping = None
    if len(p) == len(q) and _distinguishable(p) and _within(np.sort(p), np.sort(q), noise):
        pairs = zip(np.argsort(-p, kind="stable"), np.argsort(-q, kind="stable"), strict=True)
        mapping = {[*training_rows][i]: [*impossible][j] for i, j in pairs}
    return [encoding.of_unknown_codes(impossible, share, LIKELY, place, mapping)]


def _single_new_code(
    levels: Levels, reference: CategoricalReference, counts: CategoricalCounts
) -> bool:
    """Return whether a new code is frequent while the others are as frequent as in training."""
    training_rows = np.array([reference.counts.get(name, 0) for name in levels.names], float)
    rest = counts.present - counts.unseen
    if not rest or not training_rows.any() or counts.unseen < MIN_NEW_SHARE * counts.present:
        return False
    noise = max(MIN_NOISE, 1.5 / math.sqrt(rest))
    return _within(training_rows / training_rows.sum(), counts.counts / rest, noise)


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


def explain_codes(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference,
    step: Vocabulary | OneHot,
) -> Cause | None:  # fmt: skip
    """Return the cause that the shares of codes show: a constant, shifted codes, another order.

    None where shares are as in training, and where drift is as likely.
    """
    p, q = _shares(counts, levels, reference, len(step.values))
    if not p.any() or not q.any():
        return None
    noise = max(MIN_NOISE, 1.5 / math.sqrt(counts.present))
    most_frequent = int(np.argmax(q))
    if q[most_frequent] > MIN_STUCK_SHARE and q[most_frequent] - p[most_frequent] > max(
        noise, 1 - MIN_STUCK_SHARE
    ):
        return _one_code(most_frequent, float(q[most_frequent]), p, step)
    if _within(p, q, noise):
        return None
    # Few shares in another order are drift as likely as not; a code that no right server gives is
    # not drift, nor are many distinct shares in another order.
    impossible = (p == 0) & (q * counts.present >= MIN_IMPOSSIBLE_ROWS)
    impossible[int(step.codes(["\x00"])[0]) + 1] = False
    for shift in (1, -1):
        share = _share_recoded(p, np.roll(p, shift), q, noise, proven=impossible.any())
        if share is not None:
            confidence = (
                LIKELY if impossible.any() or (share == 1 and _all_distinct(p, noise)) else OPEN
            )
            return _recoded(share, confidence, {"shift": shift}, "shifted", {"shift": shift})
    if not _distinguishable(p):
        return None
    confidence = LIKELY if impossible.any() or _all_distinct(p, noise) else OPEN
    for variant, codes in encoding.orders(step.values):
        # The new index of each index of p: of -1, of the codes of the vocabulary.
        places = [0, *(int(codes[level]) + 1 for level in step.values)]
        if np.abs(np.bincount(places, p[:-1], len(p)) - q).max() < noise:
            mapping = {str(i): codes[level] for i, level in enumerate(step.values)}
            return _recoded(1.0, confidence, mapping, variant)
    if _within(np.sort(p), np.sort(q), noise):
        pairs = zip(np.argsort(-p, kind="stable"), np.argsort(-q, kind="stable"), strict=True)
        mapping = {str(int(k) - 1): int(v) - 1 for k, v in pairs if p[k] > 0}
        return _recoded(1.0, confidence, mapping, "permuted")
    return None


def _one_code(i: int, share: float, p: FloatArray, step: Vocabulary | OneHot) -> Cause:
    """Return the cause that nearly all rows have the code i - 1.

    Unknown levels, which training had not, are spelt otherwise or new. A code that training had
    may be all that is left of a world that narrowed, and where training had a single one nobody
    knows which others it would have had.
    """
    unknown = float(step.codes(["\x00"])[0])
    if i - 1 == unknown and not 0 <= unknown < len(step.values):
        return Cause(CATEGORY_RENAMED.code, share, OPEN, variant="unknown")
    confidence = OPEN if p[i] > 0 or p.max() > MIN_STUCK_SHARE else LIKELY
    parameters = {"value": float(i - 1)}
    return Cause(STUCK_VALUE.code, share, confidence, parameters, variant="code")


def _recoded(
    share: float, confidence: float, mapping: Mapping[str, float], variant: str,
    details: Mapping[str, object] | None = None,
) -> Cause:  # fmt: skip
    code, parameters = ENCODING_CHANGED.code, {"mapping": mapping}
    return Cause(code, share, confidence, parameters, variant=variant, details=details or {})


def _all_distinct(p: FloatArray, noise: float) -> bool:
    """Return whether at least MIN_DISTINCT_SHARES levels have shares that differ beyond noise."""
    large = np.sort(p[p > 0])
    return len(large) >= MIN_DISTINCT_SHARES and bool((np.diff(large) > noise).all())


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


def _share_recoded(
    p: FloatArray, recoded: FloatArray, q: FloatArray, noise: float, *, proven: bool
) -> float | None:
    """Return the share of rows that are recoded; None where the mixture does not fit.

    By least squares: q = (1 - share) p + share recoded; exactly 1 where q is `recoded`. `proven`:
    there are rows that no right server gives, so that a small share is enough.
    """
    if _within(recoded, q, noise):
        return 1.0
    difference = recoded - p
    share = float(difference @ (q - p) / (difference @ difference)) if difference.any() else 0.0
    fits = 0.05 < share < 1 and _within(p + share * difference, q, noise)
    # The change is well above the residual, and reaches codes that training lacks.
    large = proven or bool(np.abs(share * difference).max() > 2 * noise)
    return share if fits and large and bool((q[(p == 0) & (recoded > 0)] > 0).all()) else None


def _place(name: str, size: int) -> int | None:
    """Return the index of a served code, 0 for -1; None for text that is no code."""
    try:
        code = float(name)
    except ValueError:
        return None
    return int(code) + 1 if code.is_integer() and -1 <= code < size - 1 else None


def _within(p: np.ndarray, q: np.ndarray, noise: float) -> bool:
    """Return whether all shares differ by less than the noise."""
    return bool(np.abs(p - q).max() < noise)


def _distinguishable(p: np.ndarray) -> bool:
    """Return whether more than two shares are large and differ enough to identify their levels.

    Two levels that exchange shares are drift as likely as not.
    """
    large = np.sort(p[p > 0.02])
    return len(large) > 2 and float(large[-1] - large[0]) > 0.1
