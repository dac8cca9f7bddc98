"""Read a dict or list of several transformers that were saved in one file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import ITEMS, PickledObject, is_own, name_of
from skewcheck.parameters.sklearn.composition import is_transformer
from skewcheck.parameters.sklearn.fitted_object import FittedObject, ReadContext
from skewcheck.parameters.sklearn.input_names import input_count, input_names
from skewcheck.parameters.sklearn.pandas_objects import as_list
from skewcheck.parameters.sklearn.transformers import apply_transformer

_GENERIC_KEY = re.compile(
    r"(?i)scal|encod|imput|transform|preproc|pipeline|normali[sz]er|vectori|binari|^(le|ohe|ss)$"
)
"""Keys that name the kind of object and not the column that it is for."""


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str
    transformer: FittedObject


def holds_fitted(value: object) -> bool:
    """Return whether a dict or list holds a fitted transformer or model, at any depth."""
    return any(isinstance(item, PickledObject) and _is_fitted(item) for _, _, item in _walk(value))


def holds_transformer(value: object) -> bool:
    """Return whether a tree holds a transformer, at any depth."""
    return any(isinstance(x, PickledObject) and is_transformer(x) for _, _, x in _walk(value))


def _is_fitted(item: PickledObject) -> bool:
    container_packages = ("numpy", "pandas", "pyarrow", "collections", "builtins", "datetime")
    return bool(item.state) and item.module.split(".")[0] not in container_packages


def bundled(context: ReadContext, value: object) -> list[PipelineColumn]:
    """Return the columns after all transformers, each applied to the output of those before it.

    A transformer gets the columns that it names; else the one that its key names, or a list beside
    it with the right number of names; else names given by the user, in the file's order.
    """
    entries, lists = _transformers_and_names(context, value)
    names: list[tuple[str, ...]] = []
    missing = 0
    for entry in entries:
        entry_names = _input_names(entry, lists)
        missing += 0 if entry_names else input_count(entry.transformer)
        names.append(entry_names)
    user_names = iter(context.source.names_for(missing) if missing else ())
    columns: dict[str, PipelineColumn] = {}
    repeated: dict[str, None] = {}
    for entry, entry_names in zip(entries, names, strict=True):
        inputs = entry_names or tuple(
            next(user_names) for _ in range(input_count(entry.transformer))
        )
        repeated.update(dict.fromkeys(name for name in inputs if name in columns))
        outputs = apply_transformer(
            entry.transformer, [columns.get(name) or PipelineColumn(name) for name in inputs]
        )
        _replace_columns(columns, inputs, outputs)
    if repeated:
        listed = ", ".join([*repeated][:5]) + (
            f" and {len(repeated) - 5} more" if len(repeated) > 5 else ""
        )
        context.notes.append(
            f"{listed}: more than one transformer in the file, taken one after the other in its"
            " order"
        )
    return list(columns.values())


def _replace_columns(
    columns_by_name: dict[str, PipelineColumn],
    inputs: tuple[str, ...],
    outputs: list[PipelineColumn],
) -> None:
    """Replace a transformer's input columns by its output columns."""
    columns = {column.served or column.feature: column for column in outputs}
    for name in inputs:
        if name not in columns:
            columns_by_name.pop(name, None)
    columns_by_name.update(columns)


def _transformers_and_names(
    context: ReadContext, value: object
) -> tuple[list[_Entry], dict[str, tuple[str, ...]]]:
    """Return the transformers, and the lists of names beside them by key."""
    entries: list[_Entry] = []
    lists: dict[str, tuple[str, ...]] = {}
    own: list[tuple[str, str]] = []
    for key, place, item in _walk(value):
        context.spend(1)
        if isinstance(item, PickledObject) and is_own(item.module):
            own.append((place, name_of(item)))
        elif isinstance(item, PickledObject) and is_transformer(item):
            entries.append(_Entry(key, FittedObject(context, item, place)))
        elif isinstance(item, PickledObject) and _is_fitted(item):
            context.notes.append(f"{place}: {item.name} is no transformer and not looked at")
        else:
            names = as_list(item)
            if names and all(isinstance(name, str) for name in names):
                lists[key] = tuple(str(name) for name in names)
    if not entries:
        raise context.source.error(_nothing_fitted(own))
    _note_own(context, own, [entry.transformer.place for entry in entries])
    return entries, lists


def _nothing_fitted(own: Sequence[tuple[str, str]]) -> str:
    if not own:
        return "holds no fitted transformer, so no normalization"
    return (
        f"holds {own[0][1]}, whose code is not in a library: what it does cannot be read without"
        " running it; give the file of the scaler, or skewcheck fit of the training data"
    )


def _note_own(context: ReadContext, own: Sequence[tuple[str, str]], places: Sequence[str]) -> None:
    """Say of each object of the user's own what it holds, and that its code is not looked at."""
    for place, name in own:
        inner = [p for p in places if p.startswith(place) and len(p) > len(place)]
        if inner:
            context.notes.append(
                f"{', '.join(inner[:5])}: read from {name}, whose own code is not looked at"
            )
        else:
            context.notes.append(f"{place}: {name} is not looked at: no library has its code")


def _input_names(entry: _Entry, lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    stated_names = input_names(entry.transformer)
    if stated_names:
        return stated_names
    count = input_count(entry.transformer)
    is_single = count == 1 and entry.key and (not _GENERIC_KEY.search(entry.key))
    if is_single:
        return (entry.key,)
    fitting = {key: names for key, names in lists.items() if len(names) == count}
    if len(set(fitting.values())) == 1:
        key, names = next(iter(fitting.items()))
        entry.transformer.note(f"its {count:,} columns are taken to be those in {key!r}")
        return names
    return ()


def _walk(value: object, key: str = "", place: str = "") -> Iterator[tuple[str, str, object]]:
    """Yield each item of nested dicts and lists, with its nearest key and its place."""
    if isinstance(value, PickledObject) and isinstance(value.state.get(ITEMS), dict | list):
        value = value.state[ITEMS]
    if isinstance(value, PickledObject) and is_own(value.module) and value.state:
        yield key, place, value
        for name, item in value.state.items():
            yield from _walk(item, name, f"{place}.{name}" if place else name)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _walk(item, str(name), f"{place}[{name!r}]")
    elif isinstance(value, list | tuple) and not all(isinstance(x, str) for x in value):
        for i, item in enumerate(value):
            yield from _walk(item, key, f"{place}[{i}]")
    else:
        yield key, place, value
