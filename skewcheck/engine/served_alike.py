"""Served columns of features by the names that those of others have, where values say nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from skewcheck.config.types import Settings
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.served_families import families, named_alike
from skewcheck.engine.served_groups import FoundServed, ServedColumns
from skewcheck.engine.served_names import affixes_of
from skewcheck.engine.source import Source
from skewcheck.features.types import Feature
from skewcheck.results.gate import UnaskedServed

_NUMBERED = re.compile(r"(\D.*?|)(\d{1,6})(\D*)")
MAX_LISTED = 20
"""Columns that are named as those of which one may hold a feature's served values."""
LEAST = 2
"""Columns in the order of training by which others are: one may be so by chance."""


def alike(
    features: Sequence[Feature], served: Mapping[str, ServedColumns], numeric: Collection[str]
) -> dict[str, ServedColumns]:
    """Return columns of features without any that are named as those of others, found by values.

    A server that leaves one feature as it is has nothing in its values that says so: `fare_z` is
    the served side of `fare` where `age_z` is that of `age`.
    """
    by_number = _by_number(features, served)
    columns = frozenset(numeric)
    equal: dict[str, Collection[str]] = {}
    for found in served.values():
        equal |= {key: (column,) for key, column in found.columns.items() if found.equal}
        equal |= found.equals
    result = families(features, served, equal, columns)
    for feature in features:
        if feature.name in result:
            continue
        if feature.name in served:
            own = _in_order(served[feature.name], by_number, columns)
            if own is not None:
                result[feature.name] = own
            continue
        keys = feature.served_names
        numbered = {key: by_number[key] for key in keys if by_number.get(key) in columns}
        if len(numbered) == len(keys):
            result[feature.name] = ServedColumns(numbered, named=True)
    return result


def with_undecided(
    found: FoundServed, features: Sequence[Feature], served: Mapping[str, ServedColumns],
    undecided: Collection[str], numeric: Sequence[str],
) -> FoundServed:  # fmt: skip
    """Return what is found with the features that are left though others have served columns.

    A wrong server's columns equal nothing. Where those of others were taken by their values,
    whatever they are called, they may be any column; else they are a family of their own.
    """
    left = [f for f in features if f.name in undecided and f.name not in served]
    used = {column for of in served.values() for column in of.columns.values()}
    free = [name for name in numeric if name not in used]
    if not (found.certain and left and free):
        return found
    nameless = any(of.equal and not (of.named or of.family) for of in served.values())
    if nameless:
        names = tuple(feature.name for feature in left)
        group = UnaskedServed(names, tuple(free[:MAX_LISTED]), likely=False)
    else:
        columns = named_alike(left, free)
        if not columns:
            return found
        group = UnaskedServed((*columns,), tuple(columns.values()))
    return FoundServed(found.certain, (*found.unasked, group))


def _by_number(features: Sequence[Feature], served: Mapping[str, ServedColumns]) -> dict[str, str]:
    """Return columns by the keys of served ones, where several have them in the order of training.

    `x[1]` is that of the second feature where `x[0]` and `x[2]` are those of the first and third.
    """
    keys = [name for f in features for name in f.served_names]
    places = {key: place for place, key in enumerate(keys)}
    found: Counter[tuple[str, int, str]] = Counter()
    for columns in served.values():
        for key, column in columns.columns.items() if columns.equal else ():
            match = _NUMBERED.fullmatch(column)
            if match is not None and key in places:
                found[match[1], int(match[2]) - places[key], match[3]] += 1
    if not found:
        return {}
    (before, offset, after), times = found.most_common(1)[0]
    if times < LEAST:
        return {}
    return {key: f"{before}{place + offset}{after}" for key, place in places.items()}


def _in_order(
    found: ServedColumns, by_number: Mapping[str, str], columns: Collection[str]
) -> ServedColumns | None:
    """Return the column of a vector that is in its place, of one found by values in another."""
    if len(found.columns) != 1:
        return None
    ((key, column),) = found.columns.items()
    own = by_number.get(key, column)
    same = _NUMBERED.fullmatch(column), _NUMBERED.fullmatch(own)
    if own == column or own not in columns or same[0] is None or same[1] is None:
        return None
    if same[0].group(1, 3) != same[1].group(1, 3):
        return None
    return ServedColumns({key: own}, named=True)


def with_unchanged(
    found: FoundServed, plans: Sequence[FeaturePlan], columns: Collection[str], source: Source,
    settings: Settings,
) -> FoundServed:  # fmt: skip
    """Add the served columns of features that a model takes as they are, beside certain ones.

    They are those that the parameter file names, or stand in the one place of all others. `columns`
    are no raw ones. What a server does wrong, such as a swap, it does to these too.
    """
    certain = dict(found.certain)
    taken = {column for of in certain.values() for column in of.columns.values()}
    affixes = {
        affixes_of(p.feature, column)
        for p in plans
        if p.feature.name in certain
        for column in certain[p.feature.name].columns.values()
    }
    place = affixes.pop() if len(affixes) == 1 else None
    for plan in plans:
        feature = plan.feature
        changed = plan.normalized or feature.untested is not None or feature.output
        if changed or plan.raw is None or plan.served is not None:
            continue
        if FeatureColumns.of(feature, settings).asked:
            continue
        stated = [name for name in feature.stated_names if name in columns]
        usual = [*feature.stated_names, feature.name] if place is not None else []
        before, after = place or ("", "")
        placed = (name for text in usual if (name := f"{before}{text}{after}") in columns)
        column = stated[0] if len(stated) == 1 else next(placed, "")
        if column in columns and column not in taken and not source.lacking(column):
            certain[feature.name] = ServedColumns({feature.name: column}, named=True)
    return replace(found, certain=certain)
