"""Causes of a categorical feature: levels with another spelling, codes of other levels."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from skewcheck.catalogue.causes import (
    CATEGORY_RENAMED,
    ENCODING_CHANGED,
    STALE_PARAMETERS,
    STUCK_VALUE,
)
from skewcheck.causes import encoding, served_codes, spelling
from skewcheck.causes.evidence import Evidence, SampledRows
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.causes.mechanism_causes import drift
from skewcheck.causes.places import AffectedRows, located, of_mask
from skewcheck.causes.swaps import other_rows
from skewcheck.counts.categorical import CategoricalCounts, Levels
from skewcheck.counts.sides import CategoricalSide
from skewcheck.features.steps import Map, OneHot, Step, Vocabulary, encode, inverse
from skewcheck.features.transform import map_to_several
from skewcheck.features.types import CategoricalReference, Feature
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause, Place

L = TypeVar("L", str, str | None)
C = TypeVar("C", float, str)
MIN_NOISE = 0.02
"""Difference up to which shares count as equal, however many rows there are."""
MIN_EXPECTED_FAILURES = 5
"""Expected failures of a level from which no failure means a right code: exp(-5) is 1 in 150."""
MIN_SHARE_OF_ONE_CODE = 0.8
"""Share of the failing rows with the most frequent code of their level: codes are a function of
levels from there on, the rest are other faults."""
MIN_ROWS = 20
"""Failing rows that distinguish codes of other rows from other codes."""
MIN_SHARE_FOR_PLACE = 0.9
"""Share of the failing rows that a cause must explain for their place to be its own."""


def _encoder(steps: Sequence[Step]) -> tuple[int, Vocabulary | OneHot | Map] | None:
    """Return the first encoder of categories to one number and its index; None without one."""
    for i, step in enumerate(steps):
        if isinstance(step, Vocabulary | OneHot) or (isinstance(step, Map) and not step.names):
            return i, step
    return None


def levels_of(counts: object, side: object) -> dict[str, int]:
    """Return the rows of each training level of a raw column; empty where it is no category."""
    if not (isinstance(counts, CategoricalCounts) and isinstance(side, CategoricalSide)):
        return {}
    return dict(zip(side.levels.names, counts.counts.tolist(), strict=True))


def recoded(
    evidence: Evidence, pairs: Mapping[tuple[str | None, float | str], int],
    logged: Mapping[str, int], rows: int,
) -> Iterator[Cause]:  # fmt: skip
    """Yield the causes of failing rows, given how often each level was served as which code.

    `pairs` counts (raw level, served code) of rows that fail parity, `logged` the rows of each
    raw level, `rows` all rows.
    """
    steps = evidence.context.feature.steps
    encoder = _encoder(steps)
    numbers = {
        (level, code): count for (level, code), count in pairs.items()
        if level is not None and isinstance(code, float) and not math.isnan(code)
    }  # fmt: skip
    frequent_codes = most_frequent(numbers)
    explained, total = sum(count for count, _ in frequent_codes.values()), sum(pairs.values())
    if encoder is None or not explained:
        return
    i, step = encoder
    exchanged = of_other_rows(steps, pairs, logged)
    one_each = explained >= MIN_SHARE_OF_ONE_CODE * total
    evenly = one_each and evenly_failing({x: n for x, (n, _) in frequent_codes.items()}, logged)
    if exchanged and not evenly:
        yield other_rows(total / rows, LIKELY, place_of(evidence))
        return
    if not one_each:
        return
    codes = {level: number for level, (_, number) in frequent_codes.items()}
    cause = _of_older_file(evidence.context, codes)
    if cause is None:
        # A level that never fails, though many of its rows should, has its right code.
        rate = explained / max(sum(logged.get(level, 0) for level in codes), explained)
        right_levels = served_rightly(pairs, logged, codes, rate)
        all_codes = codes | dict(
            zip(right_levels, encode(steps, right_levels).values.tolist(), strict=True)
        )
        before_later_steps = np.round(
            inverse(steps[i + 1 :], np.array(list(all_codes.values()))), 6
        )
        codes_undone = dict(zip(all_codes, before_later_steps.tolist(), strict=True))
        cause = _of_codes(codes, codes_undone, step)
    if cause is None:
        return
    place = place_of(evidence) if explained >= MIN_SHARE_FOR_PLACE * total else None
    # Two levels of equal frequency exchange their codes in values of other rows, too.
    ambiguous = exchanged and len(frequent_codes) == 2
    confidence = OPEN if ambiguous else SURE
    yield replace(cause, share=explained / rows, confidence=confidence, place=place)
    if ambiguous:
        yield other_rows(explained / rows, confidence, place)


def most_frequent(pairs: Mapping[tuple[L, C], int]) -> dict[L, tuple[int, C]]:
    """Return the most frequent code of each level, and its rows.

    Not of levels most of whose rows have others: these are no function of the level.
    """
    totals: Counter[L] = Counter()
    most: dict[L, tuple[int, C]] = {}
    for (level, code), count in pairs.items():
        totals[level] += count
        if level not in most or (count, code) > most[level]:
            most[level] = count, code
    return {level: top for level, top in most.items() if 2 * top[0] > totals[level]}


def served_rightly(
    pairs: Mapping[tuple[str | None, float | str], int], logged: Mapping[str, int],
    recoded_levels: Collection[str | None], rate: float,
) -> list[str]:  # fmt: skip
    """Return the levels that are served as in training, but for few rows.

    `rate` is the share of the rows of recoded levels that fail: of so many rows, some would.
    """
    failing: Counter[str | None] = Counter()
    for (level, _), count in pairs.items():
        failing[level] += count
    return [
        x for x, n in logged.items()
        if x not in recoded_levels and n * rate >= MIN_EXPECTED_FAILURES and 2 * failing[x] < n
    ]  # fmt: skip


def place_of(evidence: Evidence) -> Place | None:
    """Return the place of all failing rows; None without one."""
    if evidence.all_rows is None:
        return None
    failing = np.ones(len(evidence.rows), bool)
    return located(AffectedRows(evidence.rows, failing, evidence.all_rows, None, evidence.share))


def of_other_rows(
    steps: Sequence[Step], pairs: Mapping[tuple[str | None, float | str], int],
    logged: Mapping[str, int],
) -> bool:  # fmt: skip
    """Return whether codes, or the names of several numbers, are the right ones of other rows.

    Then each code is about as frequent as it should be among the failing rows (3 standard errors
    of a difference of Poisson counts), and no more rows fail than under random exchange.
    """
    several = map_to_several(steps) is not None
    coded = {
        (level, code): n for (level, code), n in pairs.items()
        if level is not None and isinstance(code, str) is several and code == code
    }  # fmt: skip
    encoded = encode(steps, [str(level) for level, _ in coded])
    if several:
        right_codes, served = np.array(encoded.levels, str), np.array([x for _, x in coded], str)
    else:
        right_codes = np.round(encoded.values, 6)
        served = np.round([float(code) for _, code in coded], 6)
    rows = np.array(list(coded.values()), float)
    if rows.sum() < MIN_ROWS:
        return False
    for code in np.unique((right_codes, served)):
        expected_rows, served_rows = rows[right_codes == code].sum(), rows[served == code].sum()
        if abs(expected_rows - served_rows) > 3 * math.sqrt(expected_rows + served_rows):
            return False
    n = sum(logged.values())
    chance = n - sum(count * count for count in logged.values()) / max(n, 1)
    return bool(rows.sum() <= chance + 3 * math.sqrt(chance))


def evenly_failing(failing: Mapping[str, int], logged: Mapping[str, int]) -> bool:
    """Return whether levels fail in about the same share of their rows, as those of one host do."""
    share = sum(failing.values()) / max(sum(logged.get(x, 0) for x in failing), 1)
    expected = {x: share * logged.get(x, 0) for x in failing}
    return all(abs(n - expected[x]) <= 4 * math.sqrt(expected[x]) for x, n in failing.items())


def _of_older_file(context: FeatureContext, codes: Mapping[str, float]) -> Cause | None:
    """Return the cause that an older file gives these codes, as of all rows; None without one."""
    for file, older in context.history:
        given = encode(older.steps, list(codes)).values if _encoder(older.steps) else None
        if given is not None and np.array_equal(given, list(codes.values())):
            return Cause(STALE_PARAMETERS.code, 1.0, SURE, {"file": file})
    return None


def _of_codes(
    codes: Mapping[str, float], level_codes: Mapping[str, float], step: Vocabulary | OneHot | Map
) -> Cause | None:
    """Return the cause of recoded levels, as of all rows; None where codes are training's.

    `level_codes` are the codes of all levels, with the steps after the encoder undone.
    """
    unknown = float(step.codes(["\x00"])[0])
    distinct = set(level_codes.values())
    if len(distinct) == 1 and len(level_codes) > 1 and unknown not in distinct:
        value = {"value": next(iter(codes.values()))}
        return Cause(STUCK_VALUE.code, 1.0, SURE, value, variant="code")
    if isinstance(step, Map):
        # Numbers that are near those of training fail parity all the same.
        described = encoding.describe_mapping(level_codes, step)
        named: encoding.Recoding | None = described or ("other_numbers", {})
    else:
        named = encoding.describe_recoding(level_codes, step.values, unknown)
    if named is None:
        return None
    variant, details = named
    mapping = {"mapping": codes}
    return Cause(ENCODING_CHANGED.code, 1.0, SURE, mapping, variant=variant, details=details)


def moved(
    feature: Feature, counts: CategoricalCounts, side: CategoricalSide, rows: SampledRows
) -> Iterator[Cause]:
    """Yield the causes of levels that are not distributed as training's, likeliest first.

    `rows` are sampled: raw levels as their index in the training levels, served codes as they are.
    """
    reference, new = side.reference, drift(LIKELY)
    causes: list[Cause] = []
    if not side.numbers:
        causes = _renamed(counts, side.levels, reference)
        unseen = rows.raw.get(feature.name, np.empty(0)) == -1
        if unseen.any():
            place = located(of_mask(rows, unseen))
            causes = [replace(cause, place=place) for cause in causes]
            new = replace(new, place=place)
    elif reference is not None and (encoder := _encoder(feature.steps)) is not None:
        causes = served_codes.causes_of_codes(side.levels, reference, encoder[1], counts, rows)
    yield from causes or [new]
    if causes and causes[0].confidence <= OPEN:
        yield drift(OPEN)


def _renamed(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference | None
) -> list[Cause]:
    """Return the cause that unseen levels are other spellings of training levels, if they are."""
    named_rows = sum(counts.names.values())
    if not named_rows:
        return []
    renaming, confidence = spelling.renamed(counts.names, levels.names), LIKELY
    if renaming is None:
        abbreviations = _abbreviated(counts, levels, reference)
        if abbreviations is None:
            return []
        renaming, confidence = spelling.Renaming("abbreviated", abbreviations), OPEN
    # Only some of many unseen levels are counted by name: the others are taken to be like them.
    share = (
        sum(counts.names[name] for name in renaming.mapping)
        / named_rows
        * counts.unseen
        / counts.rows
    )
    return [
        Cause(
            CATEGORY_RENAMED.code, share, confidence, {"mapping": renaming.mapping},
            variant=renaming.variant, details=renaming.details,
        )
    ]  # fmt: skip


def _abbreviated(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference | None
) -> dict[str, str] | None:
    """Return which vanished level each unseen one abbreviates; None where not all are named."""
    present = counts.present
    if reference is None or sum(counts.names.values()) < counts.unseen:
        return None
    m = max(sum(reference.counts.values()) + reference.other, 1)
    vanished = {
        name: reference.counts.get(name, 0) / m
        for name, rows in zip(levels.names, counts.counts, strict=True)
        if not rows and reference.counts.get(name, 0)
    }
    noise = max(MIN_NOISE, 2 / math.sqrt(present), 2 / math.sqrt(m))
    return spelling.abbreviated({x: n / present for x, n in counts.names.items()}, vanished, noise)
