"""Read a dict or list of several transformers that were saved in one file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import ITEMS, PickledObject, is_own, name_of
from skewcheck.parameters.several.chain import Beside, chained
from skewcheck.parameters.several.stages import NameList, Stage
from skewcheck.parameters.sklearn.composition import is_transformer
from skewcheck.parameters.sklearn.fitted_object import FittedObject, ReadContext
from skewcheck.parameters.sklearn.input_names import input_count, input_names
from skewcheck.parameters.sklearn.pandas_objects import as_list
from skewcheck.parameters.sklearn.transformers import apply_transformer
from skewcheck.text.numbers import shortened

_GENERIC_KEY = re.compile(
    r"(?i)scal|encod|imput|transform|preproc|pipeline|normali[sz]er|vectori|binari|^(le|ohe|ss)$"
)
"""Keys that name the kind of object and not the column that it is for."""


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
    it or a transformer before it with the right number of names; else names given by the user, in
    the file's order. Transformers of one class for the same columns are parameters by a key, and
    none takes what another makes.
    """
    stages, lists = stages_and_names(context, value)
    alike = _alike(stages)
    if alike:
        return _by_key(context, stages, alike)
    chain = chained(context.source, stages, Beside(lists))
    context.notes += chain.notes
    if chain.repeated:
        context.notes.append(
            f"{shortened([*chain.repeated], 5)}: more than one transformer in the file, taken one"
            " after the other"
        )
    return list(chain.columns.values())


def _alike(stages: Sequence[Stage]) -> list[Stage]:
    """Return the transformers of one class for the same columns; empty without several."""
    kinds: dict[tuple[str, object], list[Stage]] = {}
    for stage in stages:
        if stage.kind and (stage.names or stage.count > 1):
            kinds.setdefault((stage.kind, stage.names or stage.count), []).append(stage)
    return next((alike for alike in kinds.values() if len(alike) > 1), [])


def _by_key(
    context: ReadContext, stages: Sequence[Stage], alike: Sequence[Stage]
) -> list[PipelineColumn]:
    """Return the columns of each key, called `key.column` as in files of numbers by a key.

    ParameterError where the keys of the dict name no groups, or others stand beside them.
    """
    keys = [stage.hint for stage in alike]
    if len(alike) < len(stages) or not all(keys) or len({*keys}) < len(keys):
        places = shortened([stage.label for stage in alike], 3)
        raise context.source.error(
            f"{places}: are a {alike[0].kind} each, of the same columns, and nothing says which"
            " rows each is for; give the file of one of them"
        )
    names = alike[0].names or context.source.names_for(alike[0].count)
    return [
        column
        for stage in alike
        for column in stage.apply([PipelineColumn(f"{stage.hint}.{name}") for name in names])
    ]


def stage_of(fitted: FittedObject, hint: str = "", file: str = "") -> Stage:
    """Return a transformer as a part of a pipeline; ParameterError if its width is not known."""

    def preview(columns: list[PipelineColumn]) -> list[PipelineColumn]:
        alone = FittedObject(ReadContext(fitted.context.source), fitted.pickled, fitted.place)
        return apply_transformer(alone, columns)

    names = input_names(fitted)
    return Stage(
        ": ".join(filter(None, (file, fitted.place))) or fitted.name,
        len(names) or input_count(fitted), lambda columns: apply_transformer(fitted, columns),
        preview, names, hint, file, kind=fitted.name,
    )  # fmt: skip


def stages_and_names(
    context: ReadContext, value: object, file: str = ""
) -> tuple[list[Stage], list[NameList]]:
    """Return the transformers, and the lists of names beside them by key.

    `file` stands before their places where they are of one file of several.
    """
    stages: list[Stage] = []
    lists: list[NameList] = []
    own: list[tuple[str, str]] = []
    places: list[str] = []
    for key, place, item in _walk(value):
        context.spend(1)
        if isinstance(item, PickledObject) and is_own(item.module):
            own.append((place, name_of(item)))
        elif isinstance(item, PickledObject) and is_transformer(item):
            hint = "" if _GENERIC_KEY.search(key) else key
            places.append(place)
            stages.append(stage_of(FittedObject(context, item, place), hint, file))
        elif isinstance(item, PickledObject) and _is_fitted(item):
            context.notes.append(f"{place}: {item.name} is no transformer and not looked at")
        else:
            names = as_list(item)
            if names and all(isinstance(name, str) for name in names):
                lists.append(NameList(repr(key), tuple(str(name) for name in names)))
    if not stages:
        raise context.source.error(_nothing_fitted(own))
    _note_own(context, own, places)
    return stages, lists


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
