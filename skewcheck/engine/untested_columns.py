"""Columns of a log that hold served values of features whose normalization cannot be reapplied.

What code that is not read, or several features together, make has no raw column, and often other
names than the file knows: only the place where the served columns stand tells that it is served.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import cache

import pyarrow as pa

from skewcheck.config.readers import NO_SERVED
from skewcheck.config.types import Settings
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.engine.columns import columns_in_use, table_of
from skewcheck.engine.served_names import Affixes, affixes_of
from skewcheck.engine.source import Source
from skewcheck.features.types import Feature


def with_untested_columns(
    plans: tuple[FeaturePlan, ...], features: Iterable[Feature], source: Source, settings: Settings
) -> tuple[FeaturePlan, ...]:
    """Return the plans, of which those of untested features have the served columns of these.

    They are those that the file names, in the place of other served columns, or else all columns of
    numbers there that have the name of the same transformer. `features` are all of the file: the
    columns of one are none of another. A feature whose served columns are known keeps these.
    """
    left = [plan for plan in plans if _is_left(plan, settings)]
    if not left:
        return plans
    places = [("", ""), *_places(plans)]
    features = [*features]
    taken = columns_in_use(features, settings).union(*map(_columns, plans))
    columns = [n for n, kind in source.leaves().items() if n not in taken and _counts(kind)]
    tested = [name for f in features if f.untested is None for name in _names(f)]
    others = {f"{before}{name}{after}" for name in tested for before, after in places}
    free = {name: None for name in columns if name not in others}
    of_block = cache(lambda block: _of_block(block, places, free))
    by_name = {p.feature.name: _named(p.feature, places, free) or of_block(_block(p.feature))
               for p in left}  # fmt: skip
    return tuple(
        replace(plan, uncompared=found) if (found := by_name.get(plan.feature.name)) else plan
        for plan in plans
    )


def _is_left(plan: FeaturePlan, settings: Settings) -> bool:
    """Return whether nothing says yet where an untested feature's served values are."""
    feature = plan.feature
    none = NO_SERVED in (settings.served, table_of(feature, settings)[1].served)
    return feature.untested is not None and not (feature.made or plan.uncompared or none)


def _names(feature: Feature) -> tuple[str, ...]:
    """Return what training calls a feature's served columns."""
    return tuple(dict.fromkeys(feature.stated_names or feature.served_names))


def _columns(plan: FeaturePlan) -> tuple[str, ...]:
    return (*(plan.served.columns if plan.served is not None else ()), *plan.uncompared)


def _places(plans: Sequence[FeaturePlan]) -> list[Affixes]:
    """Return what stands around the features' names in those of the served columns.

    Letters beside a name, in one column alone, may be those of a word that holds the name.
    """
    found = Counter(affixes_of(p.feature, column) for p in plans for column in _columns(p))
    return [
        affixes for affixes, times in found.items()
        if affixes is not None
        and (times > 1 or not (affixes[0][-1:].isalnum() or affixes[1][:1].isalnum()))
    ]  # fmt: skip


def _counts(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
    )  # fmt: skip


def _named(feature: Feature, places: Collection[Affixes], free: Collection[str]) -> tuple[str, ...]:
    """Return the columns of a feature that are named as the file says; empty for none."""
    names = _names(feature)
    named = [f"{before}{name}{after}" for before, after in places for name in names]
    return tuple(name for name in named if name in free)


def _block(feature: Feature) -> str:
    """Return what stands before a feature's name in those of its transformer's outputs."""
    names = (name for name in _names(feature) if name.endswith(feature.name))
    return next(names, feature.name).removesuffix(feature.name)


def _of_block(block: str, places: Collection[Affixes], free: Collection[str]) -> tuple[str, ...]:
    """Return the columns of a transformer in one of the places; empty for none."""
    for before, after in places:
        start = f"{before}{block}"
        if not (start or after):
            continue  # any column of the log
        least = len(start) + len(after)
        columns = [n for n in free if n.startswith(start) and n.endswith(after) and len(n) > least]
        if columns:
            return tuple(columns)
    return ()
