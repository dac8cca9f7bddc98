"""Causes of a categorical feature: levels spelt otherwise, codes that mean something else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from skewcheck.catalogue.causes import (
    CATEGORY_RENAMED,
    ENCODING_CHANGED,
    STALE_PARAMETERS,
    STUCK_VALUE,
)
from skewcheck.causes import codes, encoding, spelling
from skewcheck.causes.diagnosis import drift
from skewcheck.causes.evidence import Evidence, SampledRows
from skewcheck.causes.locating import AffectedRows, located, of_mask
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.causes.swaps import other_rows
from skewcheck.counts.categorical import CategoricalCounts, Levels
from skewcheck.counts.feature_plan import CategoricalSide
from skewcheck.features.steps import OneHot, Step, Vocabulary, encode, inverse
from skewcheck.features.types import CategoricalReference, Feature
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause, Place

NEAR = 0.02
"""Shares as near as this are the same for all purposes, however many rows say otherwise."""
SURELY = 5
"""Rows expected to fail that none fails by chance once in 150 times."""
ONE_EACH = 0.8
"""Of the failing rows: so many have the one code of their level if a level has one code."""
LEAST = 20
"""Fewer rows than this do not tell whether values belong together."""
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
) -> Iterator[Cause]:  # fmt: skip
    """Yield what the codes of failing rows are, given how often each level got which code.

    `pairs` counts (raw level, served code) of rows that fail parity, `logged` the rows of each
    raw level, `rows` all rows.
    """
    steps = evidence.context.feature.steps
    encoder = _encoder(steps)
    most: dict[str, tuple[int, float]] = {}
    for (level, number), count in pairs.items():
        if level is not None and not math.isnan(number):
            most[level] = max(most.get(level, (0, 0.0)), (count, number))
    explained, total = sum(count for count, _ in most.values()), sum(pairs.values())
    if encoder is None or not explained:
        return
    i, step = encoder
    astray = astray_levels(steps, pairs, logged)
    one_each = explained >= ONE_EACH * total
    even = one_each and _even({x: n for x, (n, _) in most.items()}, logged)
    if astray and not even:
        yield other_rows(total / rows, LIKELY, _place(evidence))
        return
    if not one_each:
        return
    codes = {level: number for level, (_, number) in most.items()}
    found = _older(evidence.context, codes)
    if found is None:
        # A level that never fails, though many of its rows should, keeps its own code.
        rate = explained / max(sum(logged.get(level, 0) for level in codes), explained)
        right = [x for x, n in logged.items() if x not in codes and n * rate >= SURELY]
        every = codes | dict(zip(right, encode(steps, right).values.tolist(), strict=True))
        undone = np.round(inverse(steps[i + 1 :], np.array(list(every.values()))), 6)
        own = dict(zip(every, undone.tolist(), strict=True))
        found = _recoded(codes, own, step)
    if found is None:
        return
    place = _place(evidence) if explained >= MOST * total else None
    # Two levels that are as frequent have each other's code in rows of others, too.
    either = astray and len(most) == 2
    sure = OPEN if either else SURE
    yield replace(found, share=explained / rows, confidence=sure, place=place)
    if either:
        yield other_rows(explained / rows, sure, place)


def _place(evidence: Evidence) -> Place | None:
    """Return where the failing rows are."""
    if evidence.all_rows is None:
        return None
    failing = np.ones(len(evidence.rows), bool)
    return located(AffectedRows(evidence.rows, failing, evidence.all_rows, None, evidence.share))


def astray_levels(
    steps: Sequence[Step], pairs: Mapping[tuple[str | None, float], int], logged: Mapping[str, int]
) -> bool:
    """Tell codes that are right, but of other rows: all are as frequent as they should be.

    No more rows fail than if each had the code of any other.
    """
    known = {x: n for x, n in pairs.items() if x[0] is not None and not math.isnan(x[1])}
    levels = [str(level) for level, _ in known]
    right = np.round(encode(steps, levels).values, 6)
    served = np.round([number for _, number in known], 6)
    rows = np.array(list(known.values()), float)
    if rows.sum() < LEAST:
        return False
    for code in np.unique((right, served)):
        should, does = rows[right == code].sum(), rows[served == code].sum()
        if abs(should - does) > 3 * math.sqrt(should + does):
            return False
    n = sum(logged.values())
    chance = n - sum(count * count for count in logged.values()) / max(n, 1)
    return bool(rows.sum() <= chance + 3 * math.sqrt(chance))


def _even(failing: Mapping[str, int], logged: Mapping[str, int]) -> bool:
    """Tell levels that all fail in about the same share of their rows, as in those of one host."""
    share = sum(failing.values()) / max(sum(logged.get(x, 0) for x in failing), 1)
    expected = {x: share * logged.get(x, 0) for x in failing}
    return all(abs(n - expected[x]) <= 4 * math.sqrt(expected[x]) for x, n in failing.items())


def _older(context: FeatureContext, codes: Mapping[str, float]) -> Cause | None:
    """Return, as of all rows, the older file whose steps give these codes."""
    for file, older in context.history:
        given = encode(older.steps, list(codes)).values if _encoder(older.steps) else None
        if given is not None and np.array_equal(given, list(codes.values())):
            return Cause(STALE_PARAMETERS.code, 1.0, SURE, {"file": file})
    return None


def _recoded(
    codes: Mapping[str, float], own: Mapping[str, float], step: Vocabulary | OneHot
) -> Cause | None:
    """Return, as of all rows, what codes are.

    `own` are those of all levels, steps after the encoder undone.
    """
    unknown = float(step.codes(["\x00"])[0])
    distinct = set(own.values())
    if len(distinct) == 1 and len(own) > 1 and unknown not in distinct:
        value = {"value": next(iter(codes.values()))}
        return Cause(STUCK_VALUE.code, 1.0, SURE, value, variant="code")
    named = encoding.describe_recoding(own, step.values, unknown)
    if named is None:
        return None
    variant, details = named
    mapping = {"mapping": codes}
    return Cause(ENCODING_CHANGED.code, 1.0, SURE, mapping, variant=variant, details=details)


def moved(
    feature: Feature, counts: CategoricalCounts, side: CategoricalSide, rows: SampledRows
) -> Iterator[Cause]:
    """Yield why the levels of one side are not training's, likeliest first.

    `rows` are sampled ones of the log: levels by their place, served codes as they are.
    """
    reference = side.reference
    found: list[Cause] = []
    if not side.numbers:
        found = _renamed(counts, side.levels, reference)
        strange = rows.raw.get(feature.name, np.empty(0)) == -1
        if found and len(strange):
            found = [replace(cause, place=located(of_mask(rows, strange))) for cause in found]
    elif reference is not None and (encoder := _encoder(feature.steps)) is not None:
        found = codes.told(side.levels, reference, encoder[1], counts, rows)
    yield from found or [drift(LIKELY)]
    if found and found[0].confidence <= OPEN:
        yield drift(OPEN)


def _renamed(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference | None
) -> list[Cause]:
    """Return how unseen levels of a raw column are spelt, if that explains them."""
    kept = sum(counts.names.values())
    if not kept:
        return []
    found, confidence = spelling.renamed(counts.names, levels.names), LIKELY
    if found is None:
        short = _abbreviated(counts, levels, reference)
        if short is None:
            return []
        found, confidence = spelling.Renaming("abbreviated", short), OPEN
    # Of many unseen levels only some are kept: the others are taken to be like them.
    share = sum(counts.names[name] for name in found.mapping) / kept * counts.unseen / counts.rows
    return [
        Cause(
            CATEGORY_RENAMED.code, share, confidence, {"mapping": found.mapping},
            variant=found.variant, details=found.details,
        )
    ]  # fmt: skip


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
    return spelling.abbreviated({x: n / present for x, n in counts.names.items()}, gone, noise)
