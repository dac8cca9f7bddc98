"""Causes of a categorical feature: levels spelt otherwise, codes that mean something else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from skewcheck.causes import encoding, renaming
from skewcheck.causes.diagnosis import LIKELY, OPEN, SURE, Diagnosis, drift
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.locating import Affected, located
from skewcheck.causes.mechanism import Known
from skewcheck.features import CategoricalReference, Feature, FloatArray
from skewcheck.profile.categorical import CategoricalCounts, Levels
from skewcheck.profile.plan import CategoricalSide
from skewcheck.steps import OneHot, Step, Vocabulary, encode, inverse

NEAR = 0.02
"""Shares as near as this are the same for all purposes, however many rows say otherwise."""
STUCK = 0.95
FAR = 0.2
"""Of a share: a change that drift seldom makes while it keeps all shares but their order."""
SURELY = 5
"""Rows expected to fail that none fails by chance once in 150 times."""
MOST = 0.9
"""Of the failing rows: what explains so many sits where they sit."""


def _encoder(steps: Sequence[Step]) -> tuple[int, Vocabulary | OneHot] | None:
    found = (pair for pair in enumerate(steps) if isinstance(pair[1], Vocabulary | OneHot))
    return next(((i, s) for i, s in found if isinstance(s, Vocabulary | OneHot)), None)


def levels_of(counts: object, side: object) -> dict[str, int]:
    """Return the rows of each known level of a raw column; nothing where it is no category."""
    if not (isinstance(counts, CategoricalCounts) and isinstance(side, CategoricalSide)):
        return {}
    return dict(zip(side.levels.names, counts.counts.tolist(), strict=True))


def recoded(
    evidence: Evidence, pairs: Mapping[tuple[str | None, float], int],
    logged: Mapping[str, int], rows: int,
) -> Iterator[Diagnosis]:  # fmt: skip
    """Yield what the codes of failing rows are, given how often each level got which code.

    `pairs` counts (raw level, served code) of rows that fail parity, `logged` the rows of each
    raw level, `rows` all rows.
    """
    steps = evidence.known.feature.steps
    encoder = _encoder(steps)
    most: dict[str, tuple[int, float]] = {}
    for (level, number), count in pairs.items():
        if level is not None and not math.isnan(number):
            most[level] = max(most.get(level, (0, 0.0)), (count, number))
    explained, total = sum(count for count, _ in most.values()), sum(pairs.values())
    if encoder is None or explained < 0.5 * total:
        return
    i, step = encoder
    codes = {level: number for level, (_, number) in most.items()}
    found = _older(evidence.known, codes)
    if found is None:
        # A level that never fails, though many of its rows should, keeps its own code.
        rate = explained / max(sum(logged.get(level, 0) for level in codes), explained)
        right = [x for x, n in logged.items() if x not in codes and n * rate >= SURELY]
        every = codes | dict(zip(right, encode(steps, right).values.tolist(), strict=True))
        undone = np.round(inverse(steps[i + 1 :], np.array(list(every.values()))), 6)
        own = dict(zip(every, undone.tolist(), strict=True))
        found = _told(codes, own, step)
    if found is None:
        return
    code, did, parameters = found
    place = None
    if explained >= MOST * total and evidence.all_rows is not None:
        failing = np.ones(len(evidence.rows), bool)
        place = located(Affected(evidence.rows, failing, evidence.all_rows, None, evidence.share))
    yield Diagnosis(code, explained / rows, SURE, did, parameters, place)


Told = tuple[str, str, dict[str, object]]


def _older(known: Known, codes: Mapping[str, float]) -> Told | None:
    """Return the older file whose steps give these codes."""
    for file, older in known.history:
        given = encode(older.steps, list(codes)).values if _encoder(older.steps) else None
        if given is not None and np.array_equal(given, list(codes.values())):
            return "stale_parameters", f"with the parameters of {file}", {"file": file}
    return None


def _told(
    codes: Mapping[str, float], own: Mapping[str, float], step: Vocabulary | OneHot
) -> Told | None:
    """Return what codes are: `own` are those of all levels, steps after the encoder undone."""
    unknown = float(step.codes(["\x00"])[0])
    distinct = set(own.values())
    if len(distinct) == 1 and len(own) > 1 and unknown not in distinct:
        return "stuck_value", "as one and the same code", {"value": next(iter(codes.values()))}
    told = encoding.named(own, step.values, unknown)
    return None if told is None else ("encoding_changed", f"with {told}", {"mapping": codes})


def moved(
    feature: Feature, counts: CategoricalCounts, side: CategoricalSide
) -> Iterator[Diagnosis]:
    """Yield why the levels of one side are not training's, likeliest first."""
    reference = side.reference
    found: Diagnosis | None = None
    if not side.numbers:
        found = _renamed(counts, side.levels, reference)
    elif reference is not None and (encoder := _encoder(feature.steps)) is not None:
        found = permuted(counts, side.levels, reference, encoder[1].values)
    if found is None:
        yield drift(LIKELY)
        return
    yield found
    if found.confidence <= OPEN:
        yield drift(OPEN)


def _renamed(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference | None
) -> Diagnosis | None:
    """Return how unseen levels of a raw column are spelt, if that explains them."""
    kept = sum(counts.names.values())
    if not kept:
        return None
    found, confidence = renaming.mapping(counts.names, levels.names), LIKELY
    if found is None:
        short = _abbreviated(counts, levels, reference)
        if short is None:
            return None
        found, confidence = ("abbreviations with the shares of others", short), OPEN
    difference, mapping = found
    # Of many unseen levels only some are kept: the others are taken to be like them.
    share = sum(counts.names[name] for name in mapping) / kept * counts.unseen / counts.rows
    did = f"under other names: {difference}"
    return Diagnosis("category_renamed", share, confidence, did, {"mapping": mapping})


def _abbreviated(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference | None
) -> dict[str, str] | None:
    """Return which vanished level each unseen one abbreviates; None where names were not kept."""
    present = counts.present
    if reference is None or sum(counts.names.values()) < counts.unseen:
        return None
    m = max(sum(reference.counts.values()) + reference.other, 1)
    gone = {
        name: reference.counts.get(name, 0) / m
        for name, rows in zip(levels.names, counts.counts, strict=True)
        if not rows and reference.counts.get(name, 0)
    }
    noise = max(NEAR, 2 / math.sqrt(present), 2 / math.sqrt(m))
    return renaming.abbreviated({x: n / present for x, n in counts.names.items()}, gone, noise)


def permuted(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference,
    vocabulary: Sequence[str],
) -> Diagnosis | None:  # fmt: skip
    """Return what served codes tell by their shares alone: stuck, shifted, or in another order."""
    p, q = _shares(counts, levels, reference, len(vocabulary))
    if not p.any() or not q.any():
        return None
    noise = max(NEAR, 1.5 / math.sqrt(counts.present))
    top = int(np.argmax(q))
    if q[top] > STUCK and q[top] - p[top] > max(noise, 1 - STUCK):
        found: dict[str, object] = {"value": float(top - 1)}
        did = "as one and the same code"
        return Diagnosis("stuck_value", float(q[top]), LIKELY, did, found)
    if _near(p, q, noise):
        return None
    for shift in (1, -1):
        share = _mixed(p, np.roll(p, shift), q, noise)
        if share is not None:
            did, found = f"with codes shifted by {shift:+d}", {"mapping": {"shift": shift}}
            sure = LIKELY if share == 1 else OPEN
            return Diagnosis("encoding_changed", share, sure, did, found)
    if not _telling(p):
        return None
    # Another order of what moved little is a small drift as well: several orders are tried.
    sure = LIKELY if np.abs(p - q).max() >= FAR else OPEN
    for told, codes in encoding.orders(vocabulary):
        # Where each place of p comes to stand: -1, the vocabulary's codes, one more.
        places = [0, *(int(codes[level]) + 1 for level in vocabulary)]
        if np.abs(np.bincount(places, p[:-1], len(p)) - q).max() < noise:
            found = {"mapping": {str(i): codes[level] for i, level in enumerate(vocabulary)}}
            return Diagnosis("encoding_changed", 1.0, sure, f"with {told}", found)
    if _near(np.sort(p), np.sort(q), noise):
        pairs = zip(np.argsort(-p, kind="stable"), np.argsort(-q, kind="stable"), strict=True)
        found = {"mapping": {str(int(k) - 1): int(v) - 1 for k, v in pairs if p[k] > 0}}
        return Diagnosis("encoding_changed", 1.0, sure, "with codes permuted", found)
    return None


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
    return training / max(training.sum(), 1), serving / max(serving.sum(), 1)


def _mixed(p: FloatArray, other: FloatArray, q: FloatArray, noise: float) -> float | None:
    """Return the share of rows that `other` explains and p does not; None where it does not fit.

    Exactly 1 where p has no part in it. By least squares: q = (1 - share) p + share other.
    """
    if _near(other, q, noise):
        return 1.0
    away = other - p
    share = float(away @ (q - p) / (away @ away)) if away.any() else 0.0
    fits = 0.05 < share < 1 and _near(p + share * away, q, noise)
    # Far more has moved than is left over, and into a code that training lacks.
    large = bool(np.abs(share * away).max() > 2 * noise)
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
