"""A dict or list of transformers, as people save what belongs together in one file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import ITEMS, Inert
from skewcheck.parameters.sklearn.composing import applied, transforms
from skewcheck.parameters.sklearn.naming import count_of, names_of
from skewcheck.parameters.sklearn.part import Part, Reading
from skewcheck.parameters.sklearn.tables import listed

_KIND = re.compile(
    r"(?i)scal|encod|imput|transform|preproc|pipeline|normali[sz]er|vectori|binari|^(le|ohe|ss)$"
)
"""A key that says what the object is, and not which column it is for."""


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str
    part: Part


def holds_fitted(value: object) -> bool:
    """Return whether a dict or list holds a fitted transformer or model, at any depth."""
    return any(isinstance(inside, Inert) and _fitted(inside) for _, _, inside in _walk(value))


def _fitted(found: Inert) -> bool:
    plain = ("numpy", "pandas", "pyarrow", "collections", "builtins", "datetime")
    return bool(found.state) and found.module.split(".")[0] not in plain


def bundled(reading: Reading, value: object) -> list[PipelineColumn]:
    """Return the columns that come out of all transformers, each after those before it.

    A transformer gets the columns that it names; else the one that its key names, or a list of as
    many names that stands beside it; else those that the user names, in the file's order.
    """
    entries, lists = _found(reading, value)
    names: list[tuple[str, ...]] = []
    missing = 0
    for entry in entries:
        own = _names(entry, lists)
        missing += 0 if own else count_of(entry.part)
        names.append(own)
    given = iter(reading.source.names_for(missing) if missing else ())
    frame: dict[str, PipelineColumn] = {}
    again: dict[str, None] = {}
    for entry, own in zip(entries, names, strict=True):
        asked = own or tuple(next(given) for _ in range(count_of(entry.part)))
        again.update(dict.fromkeys(name for name in asked if name in frame))
        made = applied(entry.part, [frame.get(name) or PipelineColumn(name) for name in asked])
        _put(frame, asked, made)
    if again:
        some = ", ".join([*again][:5]) + (f" and {len(again) - 5} more" if len(again) > 5 else "")
        reading.notes.append(
            f"{some}: more than one transformer in the file, taken one after the other in its order"
        )
    return list(frame.values())


def _put(
    frame: dict[str, PipelineColumn], asked: tuple[str, ...], made: list[PipelineColumn]
) -> None:
    """Put a transformer's columns in the places of those that it got."""
    columns = {column.served or column.feature: column for column in made}
    for name in asked:
        if name not in columns:
            frame.pop(name, None)
    frame.update(columns)


def _found(reading: Reading, value: object) -> tuple[list[_Entry], dict[str, tuple[str, ...]]]:
    """Return the transformers, and the lists of names beside them."""
    entries: list[_Entry] = []
    lists: dict[str, tuple[str, ...]] = {}
    for key, place, inside in _walk(value):
        reading.spend(1)
        if isinstance(inside, Inert) and transforms(inside):
            entries.append(_Entry(key, Part(reading, inside, place)))
        elif isinstance(inside, Inert) and _fitted(inside):
            reading.notes.append(f"{place}: {inside.name} is no transformer and not looked at")
        else:
            names = listed(inside)
            if names and all(isinstance(name, str) for name in names):
                lists[key] = tuple(str(name) for name in names)
    if not entries:
        raise reading.source.error("holds no fitted transformer, so no normalization")
    return entries, lists


def _names(entry: _Entry, lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    own = names_of(entry.part)
    if own:
        return own
    count = count_of(entry.part)
    single = count == 1 and entry.key and (not _KIND.search(entry.key))
    if single:
        return (entry.key,)
    fitting = {key: names for key, names in lists.items() if len(names) == count}
    if len(set(fitting.values())) == 1:
        key, names = next(iter(fitting.items()))
        entry.part.note(f"its {count:,} columns are taken to be those in {key!r}")
        return names
    return ()


def _walk(value: object, key: str = "", place: str = "") -> Iterator[tuple[str, str, object]]:
    """Yield what is in dicts and lists, with the key nearest to it and its place."""
    if isinstance(value, Inert) and isinstance(value.state.get(ITEMS), dict | list):
        value = value.state[ITEMS]
    if isinstance(value, Mapping):
        for name, inside in value.items():
            yield from _walk(inside, str(name), f"{place}[{name!r}]")
    elif isinstance(value, list | tuple) and not all(isinstance(x, str) for x in value):
        for i, inside in enumerate(value):
            yield from _walk(inside, key, f"{place}[{i}]")
    else:
        yield key, place, value
