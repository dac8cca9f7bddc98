"""Parameters as a user means them: read, named, and only the features asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from skewcheck.config.columns import Choice, columns_of
from skewcheck.features.types import Parameters, ParameterWarning
from skewcheck.logs import Log
from skewcheck.logs.arrays.arrow import is_text_or_boolean
from skewcheck.parameters import UnnamedError, load
from skewcheck.text.errors import NothingToTestError
from skewcheck.text.patterns import matches


class Patterns(Protocol):
    """Which features a user wants."""

    @property
    def features(self) -> Sequence[str]:
        """None means all."""
        ...

    @property
    def exclude(self) -> Sequence[str]:
        """None of these."""
        ...


def loaded(
    parameters: str | Path | Parameters, names: Sequence[str] = (),
    training: Log | None = None, choice: Patterns | None = None,
) -> Parameters:  # fmt: skip
    """Read a parameter file; where it names nothing, nor the user, training data's columns do.

    Those are its numeric columns that the user's patterns admit, or all of them where the file
    has as many values, in their order; a warning tells which. UnnamedError where there is no data,
    or the numbers differ.
    """
    if isinstance(parameters, Parameters):
        return parameters
    try:
        return load(parameters, names)
    except UnnamedError as error:
        if training is None or choice is None:
            raise
        found = _columns(training, choice, error)
    known = load(parameters, found)
    pairs = [f"{f.extra.get('x-source', i)} is {f.name}" for i, f in enumerate(known.features)]
    more = f" and {len(pairs) - 3:,} more" if len(pairs) > 3 else ""
    message = (
        f"the file names none of its {len(found):,} values: taken in the order of the training"
        f" data's columns: {', '.join(pairs[:3])}{more}; --names says otherwise"
    )
    warning = ParameterWarning("unnamed", message, found)
    return replace(known, warnings=(*known.warnings, warning))


def _columns(training: Log, choice: Patterns, error: UnnamedError) -> tuple[str, ...]:
    wanted = Choice(choice.features, choice.exclude)
    columns = {name: kind for name, kind in columns_of(training).items() if wanted.wants(name)}
    numeric = tuple(name for name, kind in columns.items() if not is_text_or_boolean(kind))
    for names in (numeric, tuple(columns)):
        if len(names) == error.count:
            return names
    raise UnnamedError(
        error.path, error.count,
        f"{training.files[0].name} has {len(columns):,} columns, {len(numeric):,} of them numeric",
    )  # fmt: skip


def selected(parameters: Parameters, choice: Patterns) -> Parameters:
    """Keep the features that the user's patterns admit, in the file's order."""
    for pattern in choice.features:
        if not any(matches(f.name, [pattern]) for f in parameters.features):
            raise NothingToTestError(f"--features: no feature {pattern!r} in {parameters.path}")
    kept = tuple(
        f
        for f in parameters.features
        if (not choice.features or matches(f.name, choice.features))
        and not matches(f.name, choice.exclude)
    )
    if not kept:
        raise NothingToTestError(f"--exclude leaves no feature of {parameters.path}")
    return replace(parameters, features=kept)
