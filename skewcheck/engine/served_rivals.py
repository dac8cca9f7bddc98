"""Several places that are named as served values and hold others: which is meant must be said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from skewcheck.engine.served_groups import ServedColumns
from skewcheck.engine.served_names import (
    PREFIX,
    SERVED_PLACES,
    WORDS,
    is_served_place,
    is_transformer,
    letters,
)
from skewcheck.engine.served_values import EQUAL_SHARE, as_numbers, equal_share, sampled
from skewcheck.engine.source import Source
from skewcheck.features.transform import served_keys
from skewcheck.features.types import Feature, FloatArray
from skewcheck.text.errors import OptionName, UsageError

HEAD_ROWS = 10_000
"""First rows of a file, of which some are compared."""
_EDGE = re.compile(r"(?<=[\W_])|(?=[\W_])|(?<=[a-z0-9])(?=[A-Z])|^|$")
"""Where a word may begin or end in the name of a column: `scaled.fare`, `scaledFare`."""
_Columns = Mapping[str, str]
"""Columns by the names that training gives them."""


def refuse_rivals(
    features: Sequence[Feature], served: Mapping[str, ServedColumns], columns: Iterable[str],
    source: Source,
) -> None:  # fmt: skip
    """Raise UsageError where columns with names of served values differ from those that were taken.

    `served` are the columns taken, by feature, and `columns` all that may be served ones. A right
    place must not stand for a wrong one, whichever of both has the more usual name. Features that
    have other columns are half of those taken, as of the places of records.
    """
    used = {column for of in served.values() for column in of.columns.values()}
    others = [name for name in columns if name not in used and _may_say(name)]
    if not others:
        return
    having = [feature for feature in features if feature.name in served]
    # A file that states the names of its served values has said which columns are meant.
    unstated = [of for of in served.values() if not of.stated]
    taken = {key: name for of in unstated for key, name in of.columns.items()}
    for (before, after), rival in _places(having, others).items():
        shared = {key: taken[key] for key in rival if key in taken}
        if 2 * len(shared) < len(taken) or not _differ(shared, rival, source):
            continue
        raise several_places(
            source.names[0], *(repr(next(iter(of.values()))) for of in (shared, rival)),
            template=f"{before}{{feature}}{after}",
        )  # fmt: skip


def several_places(name: str, taken: str, other: str, *, template: str) -> UsageError:
    """Return the error of a log two places of which may hold the served values, and differ."""
    return UsageError(
        f"{name}: several places may hold the served values: {taken}, {other}; ",
        OptionName("served", template),
        " says which",
    )


def differ(one: FloatArray, other: FloatArray) -> bool:
    """Return whether two columns of the same rows hold other values; not where one is empty."""
    if not (np.isfinite(one).any() and np.isfinite(other).any()):
        return False
    return min(equal_share(one, other), equal_share(other, one)) < EQUAL_SHARE


def _may_say(column: str) -> bool:
    """Return whether a column may have the name of served values, whatever feature's it is."""
    return "__" in column or any(word in letters(column) for word in SERVED_PLACES)


def _places(
    features: Sequence[Feature], columns: Sequence[str]
) -> dict[tuple[str, str], dict[str, str]]:
    """Return the columns that say that they are served, by what stands around the names of
    features."""
    keys: dict[str, str] = {}
    for feature in features:
        of_feature = served_keys(feature.name, feature.steps)
        stated = feature.stated_names
        for key in of_feature:
            for text in key:
                keys.setdefault(letters(text), key[0])
        if len(stated) == len(of_feature):
            for key, text in zip(of_feature, stated, strict=True):
                keys.setdefault(letters(text), key[0])
    result: dict[tuple[str, str], dict[str, str]] = {}
    for column in columns:
        for before, text, after in _parts(column):
            if text in keys and _is_served(before, after):
                result.setdefault((before, after), {}).setdefault(keys[text], column)
    return result


def _parts(column: str) -> Iterator[tuple[str, str, str]]:
    """Yield the parts of a name before, in and behind each run of its words."""
    edges = sorted({edge.start() for edge in _EDGE.finditer(column)})
    for i, start in enumerate(edges):
        for end in edges[i + 1 :]:
            if column[start].isalnum() and (column[end - 1].isalnum() or column[end - 1] == "]"):
                yield column[:start], letters(column[start:end]), column[end:]


def _is_served(before: str, after: str) -> bool:
    """Return whether what stands around a feature's name says that its values are served."""
    if is_served_place(before) and not after:
        return True
    if PREFIX.fullmatch(before) and not after:
        return is_transformer(before)
    word = letters(f"{before}{after}")
    return word in WORDS and not (before and after)


def _differ(one: _Columns, other: _Columns, source: Source) -> bool:
    """Return whether the first rows that have both hold other values of some feature."""
    wanted = sorted({name for of in (one, other) for name in of.values()})
    for head in source.heads(wanted, HEAD_ROWS):
        rows = sampled(head)
        pairs = ((rows[one[key]], rows[other[key]]) for key in one
                 if one[key] in rows and other[key] in rows)  # fmt: skip
        if any(differ(as_numbers(a), as_numbers(b)) for a, b in pairs):
            return True
    return False
