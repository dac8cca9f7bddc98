"""Where the nulls are that training did not have: in a place, in the rows of some keys.

More nulls are no fault of a server by themselves: such causes are at OPEN. Where features are null
together, or beside raw values, the cause that says so gets the keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from skewcheck.catalogue.causes import STUCK_VALUE
from skewcheck.causes.absent_together import NULL, TOGETHER, Absent, absent_rows
from skewcheck.causes.log_evidence import LogEvidence
from skewcheck.causes.places import Mask, located, of_mask
from skewcheck.counts.rows import segment_column
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import OPEN, Cause
from skewcheck.results.tests import JudgedTest

KEYS = "null_keys"
"""Variant of the cause: in all rows of some keys."""
MIN_KEYS = 3
"""Keys whose rows are null, and those whose rows are not: of fewer it is a place."""
MIN_ROWS = 20
"""Null rows of keys of at least two sampled rows: one row is no evidence of its key."""
MIN_OF_KEYS = 0.95
"""Share of these rows that are of keys of which as large a share of the rows is null."""
Causes = Mapping[str, Sequence[Cause]]


def new_nulls(
    evidence: LogEvidence, causes: Causes, tests: Mapping[str, Sequence[JudgedTest]]
) -> dict[str, tuple[Cause, ...]]:
    """Return the causes of features whose nulls have a place or keys; empty for none.

    Of features without a mechanical cause of their nulls, and of those that are told as null.
    """
    result: dict[str, tuple[Cause, ...]] = {}
    for i, plan in enumerate(evidence.plan.features):
        name = plan.feature.name
        own = causes[name]
        told = next((c for c in own if (c.code, c.variant) in _AS_NULL), None)
        absent = absent_rows(evidence, i, own if told is None else _as_null(told), tests[name])
        if absent is None:
            continue
        found = told if told is not None else _placed(evidence, absent)
        if found.place is None:
            by = _key(evidence, absent.rows)
            if by is None:
                continue
            found = replace(found, variant=KEYS, parameters={"by": by})
        result[name] = (found, *(cause for cause in own if cause is not told))
    return result


def _as_null(cause: Cause) -> tuple[Cause, ...]:
    """Return a cause as that of nulls beside raw values; none for one of nulls of one side."""
    return (replace(cause, variant=NULL),) if cause.confidence > OPEN else ()


_AS_NULL = ((STUCK_VALUE.code, NULL), (STUCK_VALUE.code, TOGETHER))
"""Causes that say that a feature is null."""


def _placed(evidence: LogEvidence, absent: Absent) -> Cause:
    """Return that the rows are null, in the place that they have."""
    place = located(of_mask(evidence.of_log(0).rows, absent.rows))
    share = float(absent.rows.mean())
    return Cause(STUCK_VALUE.code, share, OPEN, {}, place, NULL, side=absent.side)


def _key(evidence: LogEvidence, nulls: Mask) -> str | None:
    """Return the first column of which some values are null in all rows, the others in none."""
    for name in dict.fromkeys((*evidence.plan.likely, *evidence.plan.segments)):
        codes = evidence.sample.get(segment_column(name))
        if codes is not None and _of_keys(codes, nulls):
            return name
    return None


def _of_keys(codes: FloatArray, nulls: Mask) -> bool:
    """Return whether nearly all null rows are of keys without other rows."""
    known = np.isfinite(codes)
    keys = np.unique(codes[known], return_inverse=True)[1]
    rows = np.bincount(keys)
    share = np.bincount(keys, weights=nulls[known]) / np.maximum(rows, 1)
    several = rows >= 2
    null_keys = several & (share >= MIN_OF_KEYS)
    right_keys = several & (share == 0)
    of_several = nulls[known] & several[keys]
    if of_several.sum() < max(MIN_ROWS, MIN_OF_KEYS * nulls.sum() / 2):
        return False
    if null_keys.sum() < MIN_KEYS or right_keys.sum() < MIN_KEYS:
        return False
    return bool((of_several & null_keys[keys]).sum() >= MIN_OF_KEYS * of_several.sum())
