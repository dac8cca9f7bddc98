"""Load a parameter file with names for its features, and select the features that are meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import pyarrow as pa

from skewcheck.config.types import Settings
from skewcheck.features.transform import vocabulary
from skewcheck.features.types import Feature, Parameters, ParameterWarning
from skewcheck.logs import Log
from skewcheck.logs.arrays.arrow import is_text_or_boolean
from skewcheck.parameters import Place, UnnamedError, load
from skewcheck.text.errors import NothingToTestError, OptionName, UsageError
from skewcheck.text.numbers import shortened
from skewcheck.text.patterns import matches
from skewcheck.text.similar import nearest


class Patterns(Protocol):
    """Which features are selected, by patterns as `fare*`."""

    @property
    def features(self) -> Sequence[str]:
        """Features that are selected; empty for all."""
        ...

    @property
    def exclude(self) -> Sequence[str]:
        """Features that are not, even if they are among `features`."""
        ...


def loaded(
    parameters: Place | Parameters, names: Sequence[str] = (),
    training: Log | None = None, choice: Patterns | None = None,
) -> Parameters:  # fmt: skip
    """Load a parameter file; one without names gets those of the training data's columns.

    Parameters that are loaded already are returned as they are. Without `names`, the columns are
    those that the patterns of `choice` admit, in their order: the numeric ones, all, or those of
    levels, whichever are as many as the file has values. Levels that are words are of no column of
    numbers, as the target of a target encoder is. A warning `unnamed` lists them. UnnamedError
    where there is no training data, or no such columns; ParameterError for an invalid file.
    """
    if isinstance(parameters, Parameters):
        return parameters
    try:
        return load(parameters, names)
    except UnnamedError as error:
        if training is None or choice is None:
            raise
        unnamed = error
    numeric, every = _columns(training, choice)
    kinds = training.leaves()
    levels = tuple(name for name in every if name not in numeric)
    for found in (numeric, every, levels):
        if len(found) != unnamed.count:
            continue
        known = load(parameters, found)
        pairs = [(f, kinds[f.name]) for f in known.features if f.name in kinds]
        encoded = found != levels or all(f.type == "categorical" for f in known.features)
        if encoded and all(_may_be(*pair) for pair in pairs):
            return _with_warning(known, found)
    raise UnnamedError(
        unnamed.path, unnamed.count,
        f"{training.names[0]} has {len(every):,} columns, {len(numeric):,} of them numeric",
    )  # fmt: skip


def _with_warning(known: Parameters, names: tuple[str, ...]) -> Parameters:
    """Return parameters with a warning that says by which columns their values were named."""
    columns = tuple(
        {"source": f.extra.get("x-source", i), "feature": f.name}
        for i, f in enumerate(known.features)
    )
    warning = ParameterWarning("unnamed", {"values": len(names), "columns": columns}, names)
    return replace(known, warnings=(*known.warnings, warning))


def _columns(training: Log, choice: Patterns) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns of numbers, and all, that may name the values of a file."""
    from skewcheck.config.columns import Choice  # most files name their values

    outputs = choice.outputs if isinstance(choice, Choice) else {}
    wanted = Choice(choice.features, (*choice.exclude, *outputs))
    columns = {name: kind for name, kind in training.leaves().items() if wanted.wants(name)}
    numeric = tuple(
        name
        for name, kind in columns.items()
        if not is_text_or_boolean(kind) or not any(map(is_text_or_boolean, training.types(name)))
    )
    return numeric, tuple(columns)


def _may_be(feature: Feature, kind: pa.DataType) -> bool:
    """Return whether a column may hold a feature's values: numbers are no levels that are words."""
    levels = vocabulary(feature.steps)
    numbers = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return not (numbers and levels and not any(map(_is_number, levels)))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def of_group(parameters: Parameters, group: str | None) -> Parameters:
    """Return the parameters of one key, or with the column of their keys, if a group is given."""
    if group is None:
        return parameters
    from skewcheck.config.grouping import of_key  # most files have none by a key

    return of_key(parameters, group)


def of_log(parameters: Parameters, log: Log, raw: str = "{feature}") -> Parameters:
    """Return parameters by a key whose column the file does not name with that of a log."""
    if not any(f.by == "" or "." in f.name for f in parameters.features):
        return parameters
    from skewcheck.config.grouping import by_log  # as above

    return by_log(parameters, log, lambda name: raw.replace("{feature}", name))


def unmatched(pattern: str, parameters: Parameters) -> str:
    """Return what is wrong with a pattern that no feature matches; nothing if one does."""
    names = [feature.name for feature in parameters.features]
    if any(matches(name, [pattern]) for name in names):
        return ""
    hint = nearest(pattern, names) or f"; it has {shortened(names, 3)}"
    return f"no feature {pattern!r} in {parameters.path or 'the parameters'}{hint}"


def selected(parameters: Parameters, choice: Patterns) -> Parameters:
    """Return the parameters with the selected features alone, in the file's order.

    NothingToTestError for a pattern that no feature matches, and where no feature is left;
    UsageError for a table of options that is of no feature.
    """
    for pattern in choice.features:
        problem = unmatched(pattern, parameters)
        if problem:
            raise NothingToTestError(OptionName("features"), f": {problem}")
    for pattern in choice.columns if isinstance(choice, Settings) else ():
        problem = unmatched(pattern, parameters)
        if problem:
            raise UsageError(f'[features."{pattern}"]: {problem}')
    features = tuple(
        f
        for f in parameters.features
        if (not choice.features or matches(f.name, choice.features))
        and not matches(f.name, choice.exclude)
    )
    if not features:
        raise NothingToTestError(OptionName("exclude"), f" leaves no feature of {parameters.path}")
    return replace(parameters, features=features)
