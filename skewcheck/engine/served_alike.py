"""Served columns of features by the names that those of others have, where values say nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from skewcheck.engine.served_groups import ServedColumns
from skewcheck.engine.served_names import letters, template_of
from skewcheck.features.transform import served_keys
from skewcheck.features.types import Feature

_NUMBERED = re.compile(r"(\D.*?|)(\d{1,6})(\D*)")
LEAST = 2
"""Columns in the order of training by which others are: one may be so by chance."""


def alike(
    features: Sequence[Feature], served: Mapping[str, ServedColumns], numeric: Collection[str]
) -> dict[str, ServedColumns]:
    """Return columns of features without any that are named as those of others, found by values.

    A server that leaves one feature as it is has nothing in its values that says so: `fare_z` is
    the served side of `fare` where `age_z` is that of `age`.
    """
    of_values = [
        template_of(f, [*served[f.name].columns.values()])
        for f in features if f.name in served and served[f.name].equal
    ]  # fmt: skip
    by_number = _by_number(features, served)
    templates = {t for t in of_values if t not in (None, "{feature}") and of_values.count(t) > 1}
    columns = frozenset(numeric)
    result: dict[str, ServedColumns] = {}
    for feature in features:
        if feature.name in served:
            own = _in_order(served[feature.name], by_number, columns)
            if own is None:
                own = _own_column(feature, features, served[feature.name], columns)
            if own is not None:
                result[feature.name] = own
            continue
        keys = [names[0] for names in served_keys(feature.name, feature.steps)]
        numbered = {key: by_number[key] for key in keys if by_number.get(key) in columns}
        if len(numbered) == len(keys):
            result[feature.name] = ServedColumns(numbered, named=True)
        for template in templates:
            named = {key: str(template).replace("{feature}", key) for key in keys}
            if columns.issuperset(named.values()):
                result[feature.name] = ServedColumns(named, named=True)
    return result


def _by_number(features: Sequence[Feature], served: Mapping[str, ServedColumns]) -> dict[str, str]:
    """Return columns by the keys of served ones, where several have them in the order of training.

    `x[1]` is that of the second feature where `x[0]` and `x[2]` are those of the first and third.
    """
    keys = [names[0] for f in features for names in served_keys(f.name, f.steps)]
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


def _own_column(
    feature: Feature, features: Sequence[Feature], found: ServedColumns, columns: Collection[str]
) -> ServedColumns | None:
    """Return the column that is named as one found by its values, which has another's name.

    `dist_z` is the served side of `dist`, though `hours_z` has the values: the server swaps them.
    None where the name that was found is of no other feature.
    """
    if len(found.columns) != 1:
        return None
    ((key, column),) = found.columns.items()
    if letters(feature.name) in letters(column):
        return None
    for other in features:
        template = template_of(other, [column]) if other.name in column else None
        own = None if template is None else template.replace("{feature}", key)
        if own in columns:
            return ServedColumns({key: str(own)}, named=True)
    return None
