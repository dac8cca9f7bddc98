"""From the ends of a tree to one row of numbers for each feature.

Whatever the layout, the path of a number holds one word that says which kind of number it is
(`mean`, `data_min_`); the rest of the path, and the position in a list, say of which feature.
`{age: {mean: 1}}`, `{mean: {age: 1}}`, `{mean_age: 1}` and `{mean: [1], columns: [age]}` are the
same to us.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from skewcheck.features.types import Role
from skewcheck.parameters.shapes import fields
from skewcheck.parameters.shapes.leaves import FloatArray, Leaf, Value
from skewcheck.parameters.source import ParameterSource


@dataclass(frozen=True, slots=True)
class Row:
    """The numbers of one feature."""

    feature: str
    numbers: Mapping[str, float]
    places: Mapping[str, str]
    """Where in the file each number stands."""
    method: str | None = None
    """How the file says they are applied; None where it does not say."""
    range: tuple[float, float] | None = None
    flags: Mapping[str, bool] = field(default_factory=dict)
    role: Role = "feature"


@dataclass(slots=True)
class Group:
    """What stands together: the numbers of one feature, or of several in lists."""

    numbers: dict[str, FloatArray | float] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """The groups of a tree by the keys that name their features, and what was not read."""

    groups: Mapping[tuple[str, ...], Group]
    unread: tuple[str, ...]
    mixed: tuple[str, str] | None = None
    """Two keys of one path that may both be the kind of number."""


def found(source: ParameterSource, every: Iterable[Leaf]) -> Found:
    """Sort the ends of a tree into groups."""
    groups: dict[tuple[str, ...], Group] = {}
    unread: list[str] = []
    mixed = None
    for leaf in every:
        at = _kinds(leaf)
        if len(at) > 1 and mixed is None:
            mixed = leaf.path[at[0]], leaf.path[at[1]]
        if not at and not (leaf.path and _noted(groups, leaf)):
            unread.append(leaf.place)
        if at:
            what, rest = _told(leaf, at[0])
            group = groups.setdefault(rest, Group())
            if what in group.numbers and not np.array_equal(group.numbers[what], leaf.value):
                if what == "count":
                    continue
                raise source.error(
                    f"{group.places[what]} and {leaf.place} are both {what}, and differ"
                )
            group.numbers[what] = _number(leaf.value)
            group.places.setdefault(what, leaf.place)
    return Found(groups, tuple(unread), mixed)


def _number(value: Value) -> FloatArray | float:
    return value if isinstance(value, np.ndarray | float) and not isinstance(value, bool) else 0.0


def kind(leaf: Leaf) -> str | None:
    """Return the kind of number that stands there, None where its path names none."""
    at = _kinds(leaf)
    return _told(leaf, at[0])[0] if at else None


def _kinds(leaf: Leaf) -> list[int]:
    """Return the positions in the path that may say which kind of number it is."""
    if not leaf.numeric:
        return []
    at = [i for i, key in enumerate(leaf.path) if fields.number(key)]
    best = max((leaf.shares[i] for i in at), default=0.0)
    at = [i for i in at if leaf.shares[i] == best]
    if not at and leaf.divided and fields.divided(leaf.path[-1]):
        return [len(leaf.path) - 1]
    return at


def _told(leaf: Leaf, at: int) -> tuple[str, tuple[str, ...]]:
    """Return the kind of number, and the keys that name its feature."""
    key, others = leaf.path[at], (*leaf.path[:at], *leaf.path[at + 1 :])
    if what := fields.number(key):
        return what, others
    what, name = fields.divided(key) or ("", "")
    return what, (*others, name)


def _noted(groups: dict[tuple[str, ...], Group], leaf: Leaf) -> bool:
    """Keep what is no number but says how to read them; False if it says nothing."""
    group = groups.setdefault(leaf.path[:-1], Group())
    key, value = fields.plain(leaf.path[-1]), leaf.value
    if isinstance(value, str) and key in fields.METHOD and fields.method(value):
        group.texts[key] = value
    elif isinstance(value, tuple) and key in fields.NAMES:
        group.names[key] = value
    elif isinstance(value, bool) and key in fields.FLAGS:
        group.flags[key] = value
    else:
        return False
    return True


def rows(source: ParameterSource, sorted_: Found) -> Iterator[Row]:
    """Yield a row for each feature; ParameterError where counts of values and names differ."""
    if sorted_.mixed:
        one, other = sorted_.mixed
        raise source.error(
            f"{one} and {other} may both be the kind of number here, and the other one a feature;"
            f" rename the feature, and give its log column with raw in skewcheck.toml"
        )
    groups = {path: group for path, group in sorted_.groups.items() if _own(group)}
    prefix = _prefix(list(groups))
    if not groups:
        groups, prefix = {p: g for p, g in sorted_.groups.items() if g.numbers}, 0
    paired = _paired({path[prefix:]: group for path, group in groups.items()})
    ends = {path: _name(path[prefix:], paired) for path in groups}
    if len(ends) > 1 and sorted(ends.values()) == sorted(str(i) for i in range(len(ends))):
        given = source.names_for(len(ends))
        ends = {path: given[int(name)] for path, name in ends.items()}
    for path, group in groups.items():
        role: Role = "label" if paired and path[prefix] in fields.OUTPUTS else "feature"
        for row in _expanded(source, ends[path], _inherited(sorted_.groups, path), group):
            yield row if role == row.role else replace(row, role=role)


def _paired(groups: Mapping[tuple[str, ...], Group]) -> bool:
    """Whether the numbers are of a model's inputs and of its outputs, and of nothing else.

    A number each for x and y is of two features: coordinates.
    """
    heads = {path[0] if path else "" for path in groups}
    both = heads & fields.INPUTS and heads & fields.OUTPUTS
    single = all(isinstance(x, float) for x in groups.get(("x",), Group()).numbers.values())
    return bool(both) and heads <= fields.INPUTS | fields.OUTPUTS and not (
        single and ("x",) in groups)  # fmt: skip


def _own(group: Group) -> bool:
    """Whether the group has numbers of its own, beyond what may be said once for all."""
    return bool(set(group.numbers) - {"count", "range"})


def _prefix(paths: Sequence[tuple[str, ...]]) -> int:
    """Return how many leading keys hold the whole and name no feature."""
    i = 0
    while paths and all(len(path) > i and path[i] == paths[0][i] for path in paths):
        if fields.plain(paths[0][i]) not in fields.WRAPPERS:
            break
        i += 1
    return i


def _name(path: tuple[str, ...], paired: bool) -> str:
    """Return a feature's name; inputs beside outputs are the features themselves: no name."""
    return ".".join(path[1:] if paired and path[0] in fields.INPUTS else path)


def _inherited(groups: Mapping[tuple[str, ...], Group], path: tuple[str, ...]) -> Group:
    """Return what is said once for all that stands below, the nearest first."""
    whole = Group()
    for i in range(len(path), -1, -1):
        other = groups.get(path[:i], Group())
        for kind in {"count", "range"} & set(other.numbers):
            whole.numbers.setdefault(kind, other.numbers[kind])
            whole.places.setdefault(kind, other.places[kind])
        whole.texts = {**other.texts, **whole.texts}
        whole.flags = {**other.flags, **whole.flags}
        whole.names = whole.names or other.names
    return whole


def _expanded(source: ParameterSource, name: str, said: Group, group: Group) -> Iterator[Row]:
    numbers = {**said.numbers, **group.numbers}
    places = {**said.places, **group.places}
    span = numbers.pop("range", None)
    ends = (float(span[0]), float(span[1])) if isinstance(span, np.ndarray) and span.shape == (2,) \
        else None  # fmt: skip
    method = next((m for text in said.texts.values() if (m := fields.method(text))), None)
    shape = _shape(source, numbers, places)
    plain = {k: v for k, v in numbers.items() if isinstance(v, float)}
    lists = {k: v for k, v in numbers.items() if isinstance(v, np.ndarray)}
    if not shape:
        values = {**plain, **{k: float(v[0]) for k, v in lists.items()}}
        for one in (name,) if name else _alone(source, said):
            yield Row(one, values, places, method, ends, said.flags)
        return
    names = _names(source, name, said, shape, places[next(iter(lists))])
    for index, one in zip(np.ndindex(shape), names, strict=True):
        mark = "".join(f"[{i}]" for i in index)
        wide = {k: v for k, v in lists.items() if v.shape == shape}
        yield Row(
            one, {**plain, **{k: float(v.reshape(-1)[0]) for k, v in lists.items()},
                  **{k: float(v[index]) for k, v in wide.items()}},
            {k: f"{place}{mark}" if k in wide else place for k, place in places.items()},
            method, ends, said.flags,
        )  # fmt: skip


def _shape(
    source: ParameterSource, numbers: Mapping[str, FloatArray | float], places: Mapping[str, str]
) -> tuple[int, ...]:
    """Return the shape that all lists have; empty where each holds a single number."""
    shapes = {k: v.shape for k, v in numbers.items() if isinstance(v, np.ndarray)}
    if all(np.prod(shape) == 1 for shape in shapes.values()):
        return ()
    if shapes.get("count") == (1,):
        del shapes["count"]
    first, shape = next(iter(shapes.items()))
    for kind, other in shapes.items():
        if other != shape:
            raise source.error(
                f"{places[first]} has {_size(shape)} values, but {places[kind]} has {_size(other)}"
            )
    return shape


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{n:,}" for n in shape)


def _alone(source: ParameterSource, said: Group) -> tuple[str, ...]:
    """Return the names of the columns that share a single pair of numbers."""
    listed = list(said.names.values())
    return listed[0] if len(listed) == 1 else source.names or source.names_for(1)


def _names(
    source: ParameterSource, name: str, said: Group, shape: tuple[int, ...], place: str
) -> Sequence[str]:
    count = int(np.prod(shape))
    fitting = {key: names for key, names in said.names.items() if len(names) == count}
    if len(set(fitting.values())) > 1:
        raise source.error(
            f"{' and '.join(fitting)} both have {count:,} names, and differ; keep the one that is"
            f" in the order of {place}"
        )
    if fitting:
        names = next(iter(fitting.values()))
        if len(set(names)) < count:
            doubled = next(n for n in names if names.count(n) > 1)
            raise source.error(f"{next(iter(fitting))}: {doubled!r} stands twice")
        return names
    if said.names and not name:
        key, names = next(iter(said.names.items()))
        raise source.error(f"{place} has {count:,} values, but {key} names {len(names):,}")
    if name:
        return [name + "".join(f"[{i}]" for i in index) for index in np.ndindex(shape)]
    return source.names_for(count)
