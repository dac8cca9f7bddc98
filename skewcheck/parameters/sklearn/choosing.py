"""Which columns go where: selections of a ColumnTransformer, masks of feature selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from skewcheck.features.steps import OneHot
from skewcheck.features.types import CategoricalReference
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import Inert
from skewcheck.parameters.sklearn.part import Part, array, says
from skewcheck.parameters.sklearn.tables import listed


def resolved(part: Part, name: str, asked: object, names: Sequence[str]) -> list[int]:
    """Return the places among `names` of the columns that a ColumnTransformer's member takes.

    Newer versions wrote them down; else `asked` is a name, a place, a list of either, a boolean
    mask or a slice (whose end is part of it where it is a name).
    """
    written = part.get("_transformer_to_input_indices")
    if isinstance(written, Mapping) and listed(written.get(name)) is not None:
        asked = written[name]
    places = _places(asked, names)
    if places is None or not all(-len(names) <= i < len(names) for i in places):
        raise part.error(f"{name}: its columns cannot be found among the {len(names):,} columns",
                         "transformers_")  # fmt: skip
    part.reading.spend(len(places))
    return [i % len(names) for i in places]


def _places(asked: object, names: Sequence[str]) -> list[int] | None:
    if isinstance(asked, Inert) and asked.name == "slice" and len(asked.args) == 3:
        return _sliced(asked.args, names)
    if isinstance(asked, slice):
        return _sliced((asked.start, asked.stop, asked.step), names)
    every = [asked] if isinstance(asked, str | int | np.integer) else listed(asked)
    if every is None:
        return None
    if every and all(isinstance(one, bool | np.bool_) for one in every):
        return [i for i, one in enumerate(every) if one] if len(every) == len(names) else None
    place = {name: i for i, name in reversed([*enumerate(names)])}
    found = [place.get(one) if isinstance(one, str) else _whole(one) for one in every]
    known = [i for i in found if i is not None]
    return known if len(known) == len(found) else None


def _sliced(ends: Sequence[object], names: Sequence[str]) -> list[int] | None:
    bounds: list[int | None] = []
    for end, one in enumerate(ends):
        if isinstance(one, str):
            if one not in names:
                return None
            bounds.append([*names].index(one) + (end == 1))
        elif one is None or _whole(one) is not None:
            bounds.append(_whole(one))
        else:
            return None
    return None if bounds[2] == 0 else list(range(len(names)))[slice(*bounds)]


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int | np.integer) else None


def asked_by_name(part: Part) -> tuple[str, ...]:
    """Return the names that a ColumnTransformer's members ask for, if that is all it takes."""
    names: dict[str, None] = {}
    for _, member, asked in members(part):
        if says(member, "drop"):
            continue
        every = [asked] if isinstance(asked, str) else listed(asked)
        if every is None or not all(isinstance(one, str) for one in every):
            return ()
        names.update(dict.fromkeys(str(one) for one in every))
    return tuple(names)


def members(part: Part) -> list[tuple[str, object, object]]:
    """Return a ColumnTransformer's members: name, transformer, columns that it takes."""
    found = []
    for one in part.items("transformers_"):
        member = listed(one)
        if member is None or len(member) != 3 or not isinstance(member[0], str):
            raise part.error("must hold names, transformers and columns", "transformers_")
        found.append((member[0], member[1], member[2]))
    return found


def selected(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """Feature selection: the columns that are kept, as far as the file says which."""
    mask = _mask(part, len(columns))
    if mask is None:
        return [column.untestable(f"{part.name} does not say here which columns it keeps")
                for column in columns]  # fmt: skip
    gone = [c.served or c.feature for c, keep in zip(columns, mask, strict=True) if not keep]
    if gone:
        more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
        part.note(f"{part.name} drops {', '.join(gone[:5])}{more}")
    return [column for column, keep in zip(columns, mask, strict=True) if keep]


def _mask(part: Part, count: int) -> list[bool] | None:
    if part.name == "VarianceThreshold" and part.has("variances_"):
        threshold = part.number("threshold", 0.0)
        return [variance > threshold for variance in part.numbers("variances_", count)]
    if part.name == "SelectKBest" and part.has("scores_"):
        scores = np.nan_to_num(np.array(part.numbers("scores_", count)), nan=-np.inf)
        if says(part.get("k"), "all"):
            return [True] * count
        # Of equal scores the last ones are kept.
        kept = min(max(part.number("k", 10), 0), count)  # NaN keeps none
        best = np.argsort(scores, kind="stable")[count - int(kept) :]
        return [i in set(best.tolist()) for i in range(count)]
    if part.has("support_"):
        return [bool(x) for x in array(part, part.one_each("support_", count), "support_")]
    return None


def narrowed(columns: Sequence[PipelineColumn]) -> list[PipelineColumn]:
    """Return the columns with onehot steps of those levels only whose columns go on.

    The others' rows are then 0 everywhere, as strangers are. Where only some of a feature's levels
    were changed later, none of them can be reapplied.
    """
    levels: dict[str, list[PipelineColumn]] = {}
    for column in columns:
        if column.level is not None:
            levels.setdefault(column.feature, []).append(column)
    changed = {feature: _narrowed(some) for feature, some in levels.items()}
    return [
        column if column.level is None or (change := changed[column.feature]) is None
        else replace(change, served=column.served, level=column.level)
        for column in columns
    ]  # fmt: skip


def _narrowed(columns: Sequence[PipelineColumn]) -> PipelineColumn | None:
    """Return what each column of a onehot feature becomes; None where they stay as they are."""
    first = columns[0]
    lost = next((column for column in columns if column.untested is not None), None)
    if lost is not None:
        return first.untestable(lost.untested or "")
    hot = next((step for step in first.steps if isinstance(step, OneHot)), None)
    kept = {column.level for column in columns}
    if hot is None or kept >= {*hot.values}:
        return None
    if hot.unknown in kept:
        return first.untestable(
            "a selection of a onehot's columns, with one for strangers, which no step says"
        )
    step = OneHot(tuple(value for value in hot.values if value in kept))
    known = CategoricalReference(0, counts=dict.fromkeys(hot.values, 0))
    return replace(
        first, steps=tuple(step if one is hot else one for one in first.steps),
        reference=first.reference or known,
    )  # fmt: skip
