"""Parameters by a key: pick those of one key, or find in a log the column with the keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from skewcheck.features.types import Feature, Parameters
from skewcheck.logs.arrays import labels
from skewcheck.logs.batch import Batch
from skewcheck.parameters.fingerprint import fingerprint
from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.numbers import shortened

GROUP = OptionName("group")
SHOWN_KEYS = 10
"""Keys that an error lists."""
MIN_KEYS = 2


class Columns(Protocol):
    """A log, as far as its columns and first rows tell where keys are."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files."""
        ...

    def has(self, column: str) -> bool:
        """Return whether any file has a column."""
        ...

    def schema(self) -> Mapping[str, object]:
        """Return the top-level columns."""
        ...

    def head(self, columns: Sequence[str]) -> Batch | None:
        """Return first rows with these columns."""
        ...


@dataclass(frozen=True, slots=True)
class _Split:
    """Names of features read as a key and a feature: `a.fare`, `b.fare` as fare of a and of b."""

    features: Mapping[str, Mapping[str, Feature]]
    """By the name without the key, then by key."""

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys, in the order of the file."""
        return tuple(dict.fromkeys(key for groups in self.features.values() for key in groups))


def of_key(parameters: Parameters, group: str | None) -> Parameters:
    """Return parameters by a key with those of one key, or with the column of the keys.

    `group` is a key, or else the name of that column, with a colon and a key behind it where names
    may be read in two ways; None leaves all as it is. UsageError where the file holds no parameters
    by a key.
    """
    if group is None:
        return parameters
    if any(feature.groups for feature in parameters.features):
        keyed = any(group in feature.groups for feature in parameters.features)
        pick = _of_key if keyed else _by_column
        # All rows have the key that was picked: a column of it says nothing more.
        columns = {f.by for f in parameters.features if keyed and group in f.groups}
        made = tuple(
            f
            for feature in parameters.features
            if feature.name not in columns and (f := pick(feature, group))
        )
        return _with(parameters, made)
    splits = list(_splits(parameters.features))
    for split in splits:
        if group in split.keys:
            made = tuple(
                replace(groups[group], name=name)
                for name, groups in split.features.items()
                if group in groups
            )
            return _with(parameters, made)
    if not splits:
        raise UsageError(
            GROUP, f": {parameters.path or 'the parameters'} holds no parameters by a key: leave it"
            " out",
        )  # fmt: skip
    column, _, key = group.rpartition(":")
    fitting = [split for split in splits if column and key in split.keys]
    if len(fitting or splits) > 1:
        raise _ambiguous(parameters, splits, column or group)
    return _with(parameters, _joined((fitting or splits)[0], column if fitting else group))


def by_log(parameters: Parameters, log: Columns, column_of: Callable[[str], str]) -> Parameters:
    """Return parameters whose key column a log shows, where the file does not name it.

    `column_of` gives a feature's name that of its raw column. A log with columns of the features as
    they are named shows nothing. UsageError, with the keys, where several columns may hold them.
    """
    named = any(f.groups and f.by == "" for f in parameters.features)
    if named:
        keys = next(f.groups for f in parameters.features if f.groups and f.by == "")
        column = _key_column(tuple(keys), log)
        made = tuple(replace(f, by=column) if f.by == "" else f for f in parameters.features)
        return _with(parameters, made)
    if any(log.has(column_of(f.name)) or log.has(f.name) for f in parameters.features):
        return parameters
    fitting = [
        split
        for split in _splits(parameters.features)
        if any(log.has(column_of(name)) or log.has(name) for name in split.features)
    ]
    if len(fitting) != 1:
        return parameters
    column = _key_column(fitting[0].keys, log)
    return _with(parameters, _joined(fitting[0], column))


def _with(parameters: Parameters, features: tuple[Feature, ...]) -> Parameters:
    return replace(parameters, features=features, fingerprint=fingerprint(features))


def _of_key(feature: Feature, key: str) -> Feature | None:
    """Return a feature as the rows of one key have it; None where it has no parameters for it."""
    if not feature.groups:
        return feature
    if key not in feature.groups:
        return None
    steps = (*feature.groups[key], *feature.steps)
    # The reference is of results for all keys, and not of raw values.
    return replace(feature, steps=steps, by=None, groups={}, reference=None)


def _by_column(feature: Feature, column: str) -> Feature:
    return replace(feature, by=column) if feature.groups else feature


def _splits(features: Sequence[Feature]) -> Iterator[_Split]:
    """Yield how the names of all features are a key, a dot and a name, or a name and a key.

    Each feature has several keys then, and the keys have several features or there is but one.
    """
    if any(f.type != "numeric" or f.untested or "." not in f.name for f in features):
        return
    for first in (True, False):
        table: dict[str, dict[str, Feature]] = {}
        for feature in features:
            parts = feature.name.partition(".") if first else feature.name.rpartition(".")
            key, name = (parts[0], parts[2]) if first else (parts[2], parts[0])
            table.setdefault(name, {})[key] = feature
        split = _Split(table)
        shared = all(len(groups) >= MIN_KEYS for groups in table.values())
        if shared and all(key and name for name in table for key in table[name]):
            yield split


def _joined(split: _Split, column: str) -> tuple[Feature, ...]:
    return tuple(
        Feature(
            name, "numeric", by=column, fitted=all(f.fitted for f in groups.values()),
            groups={key: f.steps for key, f in groups.items()},
        )
        for name, groups in split.features.items()
    )  # fmt: skip


def _ambiguous(parameters: Parameters, splits: Sequence[_Split], column: str) -> UsageError:
    keys = " or ".join(shortened([*map(repr, split.keys)], 3) for split in splits)
    name = f"{column}:{splits[0].keys[0]}"
    return UsageError(
        GROUP, f": {parameters.path or 'the parameters'}: the keys may be {keys}; say so with one"
        f" of them, as ", OptionName("group", (name,)),
    )  # fmt: skip


def _key_column(keys: tuple[str, ...], log: Columns) -> str:
    """Return the one column whose first values are all keys; empty where there is none."""
    names = [name for name in log.schema() if name]
    head = log.head(names)
    if head is None:
        return ""
    fitting = []
    for name, column in head.columns.items():
        values = labels(column, keys)
        present = {values.levels[code] for code in set(values.codes.tolist()) if code >= 0}
        if present and present <= {*keys}:
            fitting.append(name)
    if len(fitting) > 1:
        raise UsageError(
            f"{log.names[0]}: {shortened([*map(repr, fitting)])} may each hold the keys"
            f" {shortened([*map(repr, keys)], SHOWN_KEYS)}; name the column with ", GROUP,
        )  # fmt: skip
    return fitting[0] if fitting else ""
