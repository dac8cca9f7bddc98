"""Columns on their way through a foreign pipeline, and the features that come out of it.

Every framework's pipeline is read in the same way: its input columns start as `Column(name)`,
each stage maps columns to columns, and `gathered` turns what comes out into `Parameters`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from skewcheck.features.notes import Note, free_notes
from skewcheck.features.steps import Impute, OneHot, Step, Vocabulary
from skewcheck.features.types import (
    Feature,
    FeatureType,
    Parameters,
    ParameterWarning,
    Reference,
    Role,
)
from skewcheck.parameters.source import Source
from skewcheck.parameters.writing import fingerprint

LONGEST = 100
"""Steps of one column: every stage copies those before it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the raw feature that it comes from, and what was done to it so far."""

    feature: str
    steps: tuple[Step, ...] = ()
    served: str = ""
    """What the pipeline calls it now; empty: as the feature."""
    source: str = ""
    """Where in the file its numbers stand."""
    type: FeatureType | None = None
    level: str | None = None
    """The level whose column of a onehot step it is."""
    reference: Reference | None = None
    role: Role = "feature"
    untested: str | None = None
    """Why what was done to it cannot be reapplied."""

    def then(self, *steps: Step, source: str = "") -> Column:
        """Return the column after more steps; untested where they cannot be ours."""
        if self.untested is not None:
            return self
        if self.level is not None and steps:
            return self.lost(f"{steps[0].op} after a onehot step has no form for each feature")
        taken, kind = list(self.steps), self.type
        places = "; ".join(filter(None, (self.source, source)))
        for step in steps:
            problem = _wrong(step) or _misplaced(taken, kind, step)
            if len(taken) >= LONGEST:
                problem = f"more than {LONGEST} steps in a row"
            if problem:
                return replace(self, type=kind, source=places).lost(problem)
            kind = kind or _takes(step)
            taken.append(step)
        return replace(self, steps=tuple(taken), type=kind, source=places)

    def lost(self, reason: str) -> Column:
        """Return the column as one whose normalization cannot be reapplied."""
        return self if self.untested is not None else replace(self, steps=(), untested=reason)

    def onehot(self, step: OneHot, source: str = "") -> list[Column]:
        """Return the columns of a onehot step, one per level."""
        made = self.then(step, source=source)
        name = self.served or self.feature
        return [replace(made, level=v, served=f"{name}_{v}") for v in step.values]


def _takes(step: Step) -> FeatureType:
    text = isinstance(step, Vocabulary | OneHot) or (
        isinstance(step, Impute) and isinstance(step.value, str)
    )
    return "categorical" if text else "numeric"


def _misplaced(taken: Sequence[Step], kind: FeatureType | None, step: Step) -> str | None:
    encoded = any(isinstance(s, Vocabulary) for s in taken)
    now: FeatureType | None = "numeric" if encoded else kind
    if now is None or now == _takes(step):
        return None
    return f"{step.op} does not take {'numbers' if now == 'numeric' else 'levels'} here"


def _wrong(step: Step) -> str | None:
    """Return why a step cannot be one of ours, or None."""
    for setting in dataclasses.fields(step):
        value = getattr(step, setting.name)
        every = value if isinstance(value, tuple) else (value,)
        if any(isinstance(x, float) and not math.isfinite(x) for x in every):
            return f"{step.op}: {setting.name.rstrip('_')} is not a finite number"
    wrong = step.check()
    return None if wrong is None else f"{step.op}: {wrong[0]} {wrong[1]}"


def gathered(
    source: Source, columns: Iterable[Column], *, notes: Sequence[str] = (),
    warnings: Sequence[ParameterWarning] = (), model: Mapping[str, object] | None = None,
) -> Parameters:  # fmt: skip
    """Return the parameters that the columns at a pipeline's end say, in their order.

    A feature that comes out in several ways keeps the first that can be reapplied, with a note.
    Raises ParameterError if there is no column at all.
    """
    by_feature: dict[str, list[Column]] = {}
    for column in columns:
        by_feature.setdefault(column.feature, []).append(column)
    if not by_feature:
        raise source.error("no feature in it: nothing that could be audited")
    told = [*free_notes(notes)]
    features = tuple(_feature(name, some, told) for name, some in by_feature.items())
    return Parameters(
        features, fingerprint(features), dict(model or {}), str(source.path), tuple(told),
        warnings=tuple(warnings),
    )  # fmt: skip


def _feature(name: str, columns: Sequence[Column], notes: list[Note]) -> Feature:
    chosen = next((c for c in columns if c.untested is None), columns[0])
    same = [c for c in columns if (c.steps, c.untested) == (chosen.steps, chosen.untested)]
    others = [c for c in columns if (c.steps, c.untested) != (chosen.steps, chosen.untested)]
    if others:
        served_as = tuple(c.served or c.feature for c in others)
        notes.append(Note("other_columns", {"feature": name, "names": served_as}))
    extra: dict[str, object] = {}
    served = [c.served for c in same if c.served]
    usual = [f"{name}_{c.level}" if c.level is not None else name for c in same]
    if served and served != usual:
        extra["x-served"] = served if len(served) > 1 else served[0]
    if chosen.source:
        extra["x-source"] = chosen.source
    return Feature(
        name, chosen.type or "numeric", chosen.steps, chosen.reference, chosen.role,
        extra=extra, untested=chosen.untested,
        guessed=chosen.type is None and chosen.reference is None,
    )  # fmt: skip
