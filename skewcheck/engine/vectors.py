"""Elements of logged lists that belong to no feature, or hold rows that are not read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from skewcheck.config.types import Settings
from skewcheck.counts.feature_plan import served_columns
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.source import Source
from skewcheck.features.notes import Note
from skewcheck.features.types import Feature
from skewcheck.logs.columns import element
from skewcheck.logs.log import has_value

HEAD_ROWS = 10_000
"""First rows of a file that are looked at."""
MAX_LOOKED_FOR = 64
"""Places after the last known one that are looked for: a vector may be an embedding."""


def extra_elements(features: Iterable[Feature], source: Source, settings: Settings) -> list[Note]:
    """Return a note per vector that has more elements than features, by first rows of files.

    `features` are all of the parameter file, whether they are audited or not.
    """
    known: dict[str, set[int]] = {}
    for feature in features:
        columns = FeatureColumns.of(feature, settings, source.has)
        for vector, place in filter(None, map(element, _names(feature, columns, source))):
            known.setdefault(vector, set()).add(place)
    candidates = {
        vector: tuple(
            name
            for place in range(max(places) + 1 + MAX_LOOKED_FOR)
            if place not in places and source.has(name := f"{vector}[{place}]")
        )
        for vector, places in known.items()
    }
    names = [name for of_vector in candidates.values() for name in of_vector]
    heads = source.heads(names, HEAD_ROWS) if names else ()
    logged = {
        name for head in heads for name, array in head.columns.items() if has_value(array)
    }  # fmt: skip
    extra = {
        vector: tuple(name for name in of_vector if name in logged)
        for vector, of_vector in candidates.items()
    }
    return [
        Note("extra_elements", {"column": vector, "names": of_vector})
        for vector, of_vector in extra.items()
        if of_vector
    ]


def unread_elements(features: Iterable[Feature], source: Source, settings: Settings) -> list[Note]:
    """Return a note per list of which features have a place inside, `a[0].b`, and others values.

    By first rows of files. `asked` says whether an option names the place: then it is meant, else
    the other elements may be rows that nobody looks at.
    """
    read: dict[str, set[int]] = {}
    rests: dict[str, str] = {}
    for feature in features:
        for name in _names(feature, FeatureColumns.of(feature, settings, source.has), source):
            for mark in _INSIDE.finditer(name):
                if source.has(name):
                    read.setdefault(name[: mark.start()], set()).add(int(mark[1]))
                    rests.setdefault(name[: mark.start()], name[mark.end() :])
    columns = {
        f"{path}[{place}]{rests[path]}": path
        for path, places in read.items()
        for place in range(max(places) + 1 + MAX_LOOKED_FOR)
        if place not in places and source.has(f"{path}[{place}]{rests[path]}")
    }
    counts: dict[str, int] = {}
    for head in source.heads(columns, HEAD_ROWS) if columns else ():
        for name, array in head.columns.items():
            if has_value(array):
                number = len(array) - array.null_count
                counts[columns[name]] = counts.get(columns[name], 0) + number
    return [
        Note("unread_elements", {
            "column": path, "rows": number,
            "asked": any(f"{path}[" in option for option in _options(settings)),
        })
        for path, number in counts.items()
    ]  # fmt: skip


_INSIDE = re.compile(r"\[(\d{1,9})\](?=[.\[])")
"""A place in a list, behind which the path goes on."""


def _options(settings: Settings) -> list[str]:
    """Return what options say of the columns of features."""
    texts = [settings.raw, settings.served or ""]
    for columns in settings.columns.values():
        served = columns.served or ""
        texts += [columns.raw or "", *([served] if isinstance(served, str) else served)]
    return texts


def _names(feature: Feature, columns: FeatureColumns, source: Source) -> tuple[str, ...]:
    raw = () if columns.raw is None else (columns.raw,)
    if columns.served is None:
        return raw
    return (*raw, *served_columns(feature, columns.served, source.has))
