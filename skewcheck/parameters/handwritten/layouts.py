"""Group the leaves of a tree into one row of numbers per feature, for any layout.

The path of a number contains one key that names the kind of number (`mean`, `data_min_`); the other
keys of the path, and the index in a list, name the feature. `{age: {mean: 1}}`, `{mean: {age: 1}}`,
`{mean_age: 1}` and `{mean: [1], columns: [age]}` are equivalent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.types import Role
from skewcheck.parameters.handwritten import key_names
from skewcheck.parameters.handwritten.flatten import FloatArray
from skewcheck.parameters.handwritten.groups import GroupedLeaves, NumberGroup
from skewcheck.parameters.source import ParameterSource


@dataclass(frozen=True, slots=True)
class FeatureNumbers:
    """The numbers of one feature."""

    feature: str
    numbers: Mapping[str, float]
    """By kind of number: mean, std, min ..."""
    places: Mapping[str, str]
    """Where in the file each number is, by kind."""
    method: str | None = None
    """The method that the file names, as a step; None if it names none."""
    range: tuple[float, float] | None = None
    """Output range of min-max scaling; None if the file has none."""
    flags: Mapping[str, bool] = field(default_factory=dict)
    """scikit-learn's settings that are true or false, by key."""
    role: Role = "feature"
    masked: bool = False
    """Whether the file's mask leaves the feature as it is."""
    ranged: bool = False
    """Whether the numbers are the ends of what values may be, and no scaling."""


def feature_rows(source: ParameterSource, grouped: GroupedLeaves) -> Iterator[FeatureNumbers]:
    """Yield the numbers of each feature; ParameterError if counts of values and names differ."""
    if grouped.mixed:
        first_key, second_key = grouped.mixed
        raise source.error(
            f"{first_key} and {second_key} may both be the kind of number here, and the other one"
            " a feature; rename the feature, and give its log column with raw in skewcheck.toml"
        )
    groups = {path: group for path, group in grouped.groups.items() if _has_numbers(group)}
    wrappers = _wrapper_count(list(groups))
    if not groups:
        groups, wrappers = {p: g for p, g in grouped.groups.items() if g.numbers}, 0
    has_outputs = _has_inputs_and_outputs(
        {path[wrappers:]: group for path, group in groups.items()}
    )
    names = _feature_names(list(groups), wrappers, has_outputs)
    if source.names and len(names) == 1 and not _is_scalar(next(iter(groups.values()))):
        names = dict.fromkeys(names, "")  # the user's names, in place of parts of the file's own
    if len(names) > 1 and sorted(names.values()) == sorted(str(i) for i in range(len(names))):
        user_names = source.names_for(len(names))
        names = {path: user_names[int(name)] for path, name in names.items()}
    for path, group in groups.items():
        role: Role = (
            "label" if has_outputs and key_names.side(path[wrappers]) == "output" else "feature"
        )
        inherited = _inherited_group(grouped.groups, path)
        if has_outputs:
            owner = key_names.side(path[wrappers])
            inherited.names = {
                key: listed
                for key, listed in inherited.names.items()
                if key_names.name_list_side(key) == owner
            }
        name = names[path]
        if not name and has_outputs and _is_scalar(group) and not (inherited.names or source.names):
            name = path[wrappers]  # a model of one input, which has no other name
        in_ranges = any(map(key_names.is_range_table, path[:-1]))
        for row in _rows_of_group(source, name, inherited, group):
            ranged = in_ranges and row.method is None and {*row.numbers} == {"min", "max"}
            yield replace(row, role=role, ranged=ranged) if ranged or role != row.role else row


def _has_inputs_and_outputs(groups: Mapping[tuple[str, ...], NumberGroup]) -> bool:
    """Return whether the groups are a model's inputs and outputs, and nothing else.

    A single number each for x and y belongs to two features: coordinates.
    """
    sides = {key_names.side(path[0]) if path else None for path in groups}
    is_coordinate = ("x",) in groups and _is_scalar(groups["x",])
    return sides == {"input", "output"} and not is_coordinate


def _is_scalar(group: NumberGroup) -> bool:
    return all(isinstance(x, float) for x in group.numbers.values())


def _has_numbers(group: NumberGroup) -> bool:
    """Return whether the group has numbers of its own, beyond a count or range for all."""
    return bool(set(group.numbers) - key_names.COMMON_KINDS - {"mask"})


def _wrapper_count(paths: Sequence[tuple[str, ...]]) -> int:
    """Return how many leading keys contain everything and name no feature."""
    count = 0
    while paths and all(len(path) > count and path[count] == paths[0][count] for path in paths):
        key = paths[0][count]
        is_wrapper = key_names.normalized_key(key) in key_names.WRAPPER_KEYS
        if not is_wrapper and not key_names.is_range_table(key):
            break
        count += 1
    return count


def _feature_names(
    paths: Sequence[tuple[str, ...]], wrappers: int, has_outputs: bool
) -> dict[tuple[str, ...], str]:
    """Return the name of each group's feature, empty where others must name it.

    Keys such as `x` beside `y` are no part of it, but where an output has no other name, or one
    that an input has as well.
    """
    names = {path: ".".join(path[wrappers:]) for path in paths}
    if not has_outputs:
        return names
    inputs = [path for path in paths if key_names.side(path[wrappers]) == "input"]
    names |= {path: ".".join(path[wrappers + 1 :]) for path in inputs}
    taken = {names[path] for path in inputs}
    for path in paths:
        inner = ".".join(path[wrappers + 1 :])
        if path not in inputs and inner and inner not in taken:
            names[path] = inner
    return names


def _inherited_group(
    groups: Mapping[tuple[str, ...], NumberGroup], path: tuple[str, ...]
) -> NumberGroup:
    """Return counts, ranges, methods, flags and names of enclosing objects, nearest first."""
    inherited = NumberGroup()
    for i in range(len(path), -1, -1):
        outer = groups.get(path[:i])
        if outer is None:
            continue
        for number_kind in key_names.COMMON_KINDS & set(outer.numbers):
            inherited.numbers.setdefault(number_kind, outer.numbers[number_kind])
            inherited.places.setdefault(number_kind, outer.places[number_kind])
        inherited.texts = {**outer.texts, **inherited.texts}
        inherited.flags = {**outer.flags, **inherited.flags}
        inherited.names = inherited.names or outer.names
    return inherited


def _rows_of_group(
    source: ParameterSource, name: str, inherited: NumberGroup, group: NumberGroup
) -> Iterator[FeatureNumbers]:
    numbers = {**inherited.numbers, **group.numbers}
    mask = numbers.pop("mask", None)
    places = {**inherited.places, **group.places}
    output_range = numbers.pop("range", None)
    range_ends = (
        (float(output_range[0]), float(output_range[1]))
        if isinstance(output_range, np.ndarray) and output_range.shape == (2,)
        else None
    )
    method = next(
        (m for text in inherited.texts.values() if (m := key_names.method_name(text))), None
    )
    shape = _shape(source, numbers, places)
    masked = _masked(source, mask, shape, places)
    scalars = {k: v for k, v in numbers.items() if isinstance(v, float)}
    lists = {k: v for k, v in numbers.items() if isinstance(v, np.ndarray)}
    if not shape:
        values = {**scalars, **{k: float(v[0]) for k, v in lists.items()}}
        for feature_name in (name,) if name else _names_of_shared_number(source, inherited):
            yield FeatureNumbers(
                feature_name, values, places, method, range_ends, inherited.flags,
                masked=bool(masked),
            )  # fmt: skip
        return
    names = _names_of_list(source, name, inherited, shape, places[next(iter(lists))])
    for index, feature_name in zip(np.ndindex(shape), names, strict=True):
        suffix = "".join(f"[{i}]" for i in index)
        per_feature = {k: v for k, v in lists.items() if v.shape == shape}
        yield FeatureNumbers(
            feature_name,
            {
                **scalars,
                **{k: float(v.reshape(-1)[0]) for k, v in lists.items()},
                **{k: float(v[index]) for k, v in per_feature.items()},
            },
            {k: f"{place}{suffix}" if k in per_feature else place for k, place in places.items()},
            method,
            range_ends,
            inherited.flags,
            masked=bool(masked[index]),
        )


def _shape(
    source: ParameterSource, numbers: Mapping[str, FloatArray | float], places: Mapping[str, str]
) -> tuple[int, ...]:
    """Return the shape of all lists; empty if each holds a single number."""
    shapes = {k: v.shape for k, v in numbers.items() if isinstance(v, np.ndarray)}
    if all(np.prod(shape) == 1 for shape in shapes.values()):
        return ()
    for number_kind in key_names.COMMON_KINDS & set(shapes):
        if shapes[number_kind] == (1,):
            del shapes[number_kind]
    first_kind, shape = next(iter(shapes.items()))
    for number_kind, other_shape in shapes.items():
        if other_shape != shape:
            raise source.error(
                f"{places[first_kind]} has {_shape_text(shape)} values, but {places[number_kind]}"
                f" has {_shape_text(other_shape)}"
            )
    return shape


def _masked(
    source: ParameterSource, mask: FloatArray | float | None, shape: tuple[int, ...],
    places: Mapping[str, str],
) -> NDArray[np.bool_]:  # fmt: skip
    """Return which of the numbers a mask leaves out (0); ParameterError for another shape."""
    if mask is None:
        return np.zeros(shape, bool)
    kept = np.asarray(mask).reshape(-1) if not shape else np.asarray(mask)
    if kept.shape not in ((), shape or (1,)):
        first = next(place for kind, place in places.items() if kind != "mask")
        has = _shape_text(shape) if shape else "1"
        raise source.error(
            f"{places['mask']} has {_shape_text(kept.shape)} values, but {first} has {has}"
        )
    masked: NDArray[np.bool_] = np.broadcast_to(kept if shape else kept[0], shape) == 0
    return masked


def _shape_text(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{n:,}" for n in shape)


def _names_of_shared_number(source: ParameterSource, inherited: NumberGroup) -> tuple[str, ...]:
    """Return the names of the columns that share one set of numbers."""
    name_lists = list(inherited.names.values())
    return name_lists[0] if len(name_lists) == 1 else source.names or source.names_for(1)


def _names_of_list(
    source: ParameterSource, name: str, inherited: NumberGroup, shape: tuple[int, ...], place: str
) -> Sequence[str]:
    count = int(np.prod(shape))
    fitting = {key: names for key, names in inherited.names.items() if len(names) == count}
    of_inputs = {k: n for k, n in fitting.items() if key_names.name_list_side(k) != "output"}
    fitting = of_inputs or fitting  # target_names beside as many feature_names
    if len(set(fitting.values())) > 1:
        raise source.error(
            f"{' and '.join(fitting)} both have {count:,} names, and differ; keep the one that is"
            f" in the order of {place}"
        )
    if fitting:
        names = next(iter(fitting.values()))
        if len(set(names)) < count:
            duplicate = next(n for n in names if names.count(n) > 1)
            raise source.error(f"{next(iter(fitting))}: {duplicate!r} stands twice")
        return names
    if inherited.names and not name:
        key, names = next(iter(inherited.names.items()))
        raise source.error(f"{place} has {count:,} values, but {key} names {len(names):,}")
    if name:
        return [name + "".join(f"[{i}]" for i in index) for index in np.ndindex(shape)]
    return source.names_for(count)
