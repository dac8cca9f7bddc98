"""Columns traced through a foreign pipeline, and the features that they become.

All pipelines are read the same way: input columns start as `PipelineColumn(name)`, each stage maps
columns to columns, and `build_parameters` turns the final columns into `Parameters`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.features.notes import Note, free_notes
from skewcheck.features.steps import (
    Expand,
    Impute,
    Map,
    NumericStep,
    OneHot,
    Step,
    Vocabulary,
    forward,
    numeric_steps,
)
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    FeatureType,
    Parameters,
    ParameterWarning,
    Reference,
    Role,
)
from skewcheck.parameters.arithmetic import merge_steps
from skewcheck.parameters.fingerprint import fingerprint
from skewcheck.parameters.level_maps import Relabelling, level_map, then_steps
from skewcheck.parameters.source import ParameterSource
from skewcheck.parameters.step_order import input_type, setting_problem, type_problem

MAX_STEPS = 100
"""Steps of one column: each stage copies the steps before it, so that time grows with the
square."""


MADE_BY = "made by "
"""Begins the reason of columns that come out of code that is not read, before its name."""
REFUTED = f"{MADE_BY}{{}}, whose output is not what the steps that were read give"
"""The reason where the object that was read was run, and gave something else."""
NO_STEPS_NOTE = "says no normalization: audited as it is logged"
"""Note on files that describe raw features and contain no steps."""


@dataclass(frozen=True, slots=True)
class PipelineColumn:
    """A column at some stage of a pipeline: its raw feature and the steps applied so far."""

    feature: str
    steps: tuple[Step, ...] = ()
    served: str = ""
    """The column's name in the pipeline; empty if it is the feature's name."""
    source: str = ""
    """Where in the file the steps' numbers are."""
    type: FeatureType | None = None
    level: str | None = None
    """The level that this column of a onehot step indicates, or its name among several that were
    made of a number or a level; None for other columns."""
    later: tuple[NumericStep, ...] = ()
    """Steps of this column alone, behind those that it shares with the others."""
    labels: Relabelling | None = None
    """How levels become others before a step encodes them."""
    reference: Reference | None = None
    role: Role = "feature"
    untested: str | None = None
    """Why the steps cannot be applied again; None if they can."""
    fitted: bool = False
    """Whether the steps' numbers were computed on the training data, as the file tells."""
    refuses_unknown: bool = False
    """Whether the encoder fails for levels that training has not seen."""

    def then(self, *steps: Step, source: str = "") -> PipelineColumn:
        """Return the column after more steps; untestable where a step is invalid or misplaced."""
        if self.untested is not None:
            return self
        if self.level is not None and steps:
            return self._behind_level(steps, source)
        if self.labels is not None and steps:
            return self._relabelled(self.labels, steps, source)
        applied, column_type = list(self.steps), self.type
        sources = "; ".join(filter(None, (self.source, source)))
        for step in steps:
            problem = setting_problem(step) or type_problem(applied, column_type, step)
            if len(applied) >= MAX_STEPS:
                problem = f"more than {MAX_STEPS} steps in a row"
            if problem:
                return replace(self, type=column_type, source=sources).untestable(problem)
            column_type = column_type or input_type(step)
            applied.append(step)
        return replace(self, steps=tuple(applied), type=column_type, source=sources)

    def _behind_level(self, steps: Sequence[Step], source: str) -> PipelineColumn:
        """Return a level's column after more steps: all together they map levels to numbers."""
        numeric = numeric_steps(steps)
        problem = next(filter(None, map(setting_problem, steps)), None)
        if len(numeric) < len(steps):
            problem = f"{steps[0].op} does not take the columns of levels"
        if len(self.later) + len(numeric) > MAX_STEPS:
            problem = f"more than {MAX_STEPS} steps in a row"
        sources = "; ".join(filter(None, (self.source, source)))
        made = replace(self, later=(*self.later, *numeric), source=sources)
        return made if problem is None else made.untestable(problem)

    def _relabelled(
        self, labels: Relabelling, steps: Sequence[Step], source: str
    ) -> PipelineColumn:
        """Return the column after more steps, of which the first takes levels that were others."""
        first, *others = steps
        if isinstance(first, Impute) and isinstance(first.value, str):
            labels = labels.then(Relabelling({}, first.value))
            return replace(self, labels=labels).then(*others, source=source)
        if not isinstance(first, Vocabulary | OneHot | Map):
            return self.untestable(f"{first.op} does not take levels here")
        step = level_map(first).relabelled(labels).step()
        if isinstance(step, str):
            return self.untestable(step)
        reference = self.reference
        if labels.is_partial:
            reference = CategoricalReference(0, partial=True)
        made = replace(self, labels=None, reference=reference).then(step, source=source)
        return made.then(*others)

    def relabelled(self, labels: Relabelling, source: str = "") -> PipelineColumn:
        """Return a column of levels after these become others, before any step encodes them.

        Levels that are filled in for nulls before are relabelled too.
        """
        before = self.labels or Relabelling({})
        for step in self.steps:
            if isinstance(step, Impute) and isinstance(step.value, str):
                before = before.then(Relabelling({}, step.value))
            else:
                return self.untestable(f"levels become others after {step.op}")
        sources = "; ".join(filter(None, (self.source, source)))
        return replace(
            self, steps=(), type="categorical", labels=before.then(labels), source=sources
        )

    def then_merged(self, steps: tuple[Step, ...], source: str = "") -> PipelineColumn:
        """Return the column after more steps, merged with those before where they are affine."""
        if self.untested is not None or self.level is not None:
            return self.then(*steps, source=source)
        return replace(self, steps=()).then(*merge_steps(self.steps, steps), source=source)

    def expanded(
        self, columns: Mapping[str, NumericStep], served: Sequence[str], source: str = ""
    ) -> list[PipelineColumn]:
        """Return the columns that steps make of a number, which are called `served`."""
        if self.level is not None or self.type == "categorical":
            return [self.untestable("steps of numbers that make several of levels")] * len(columns)
        return [
            replace(self, level=name, served=text, type="numeric").then(step, source=source)
            for (name, step), text in zip(columns.items(), served, strict=True)
        ]

    def untestable(self, reason: str) -> PipelineColumn:
        """Return the column without steps, marked as not testable for `reason`."""
        return self if self.untested is not None else replace(self, steps=(), untested=reason)

    def onehot(self, step: OneHot | Map, source: str = "") -> list[PipelineColumn]:
        """Return the columns of a onehot step, one per level, or those of a map to several."""
        encoded = self.then(step, source=source)
        name = self.served or self.feature
        values = step.names if isinstance(step, Map) else step.values
        return [replace(encoded, level=v, served=f"{name}_{v}") for v in values]


def positional_names(name: str, width: int) -> tuple[list[str], str]:
    """Return names `name[i]` for the columns of a wide input, and the note that says so."""
    names = [f"{name}[{i}]" for i in range(width)]
    note = (
        f"the model does not say what the {width:,} columns of {name} are: they are called"
        f" {names[0]} to {names[-1]}; --names names them"
    )
    return names, note


def build_parameters(
    source: ParameterSource, columns: Iterable[PipelineColumn], *, notes: Sequence[str] = (),
    warnings: Sequence[ParameterWarning] = (), model: Mapping[str, object] | None = None,
    fitted: bool = False,
) -> Parameters:  # fmt: skip
    """Return the parameters of a pipeline's final columns, in their order.

    `fitted`, the format holds nothing but what was computed on training data.
    If a feature ends in several different columns, the first testable one is kept, with a note.
    Raises ParameterError without any column.
    """
    by_feature: dict[str, list[PipelineColumn]] = {}
    for column in columns:
        column = replace(column, fitted=True) if fitted and column.steps else column
        by_feature.setdefault(column.feature, []).append(column)
    if not by_feature:
        raise source.error("no feature in it: nothing that could be audited")
    all_notes = [*free_notes(notes)]
    features = tuple(
        _feature(name, feature_columns, all_notes) for name, feature_columns in by_feature.items()
    )
    return Parameters(
        features, fingerprint(features), dict(model or {}), str(source.path), tuple(all_notes),
        warnings=tuple(warnings),
    )  # fmt: skip


def mapped(columns: Sequence[PipelineColumn]) -> list[PipelineColumn]:
    """Return the columns of levels with the steps behind each of them as those of one map.

    Columns of a map that are not among them are left out of it.
    """
    hot = [c for c in columns if c.level is not None and c.untested is None]
    if not hot:
        return [*columns]
    first = hot[0]
    step = next((s for s in first.steps if isinstance(s, OneHot | Map)), None)
    later = {str(column.level): column.later for column in hot}
    is_changed = any(later.values())
    alike = all(column.steps == first.steps for column in hot)
    if step is None and alike and len(hot) == len(columns) == len(later):
        return _expanded(hot)
    if step is None or not alike or len(hot) < len(columns) or len(later) < len(hot):
        if not is_changed:
            return [*columns]
        return [
            c.untestable("columns of levels with steps behind them, and others") for c in columns
        ]
    if isinstance(step, OneHot) and all(map(_is_identity, later.values())):
        return [replace(column, later=()) for column in columns]
    if isinstance(step, Map) and not is_changed and step.names == tuple(later):
        return [*columns]
    counted = first.reference.counts if isinstance(first.reference, CategoricalReference) else {}
    made = then_steps(step, [*counted], later)
    problem = made if isinstance(made, str) else setting_problem(made)
    if isinstance(made, str) or problem is not None:
        return [column.untestable(problem or "") for column in hot]
    steps = tuple(made if s is step else s for s in first.steps)
    return [replace(column, steps=steps, later=()) for column in hot]


def _expanded(columns: Sequence[PipelineColumn]) -> list[PipelineColumn]:
    """Return columns that were made of a number as those of one step."""
    step = Expand({str(column.level): column.later for column in columns})
    problem = setting_problem(step)
    made = [replace(c, steps=(*c.steps, step), later=(), type="numeric") for c in columns]
    return made if problem is None else [column.untestable(problem) for column in made]


def _is_identity(steps: Sequence[NumericStep]) -> bool:
    """Return whether steps leave 0 and 1 as they are."""
    return not steps or forward(steps, np.array([0.0, 1.0])).tolist() == [0.0, 1.0]


def _feature(name: str, columns: Sequence[PipelineColumn], notes: list[Note]) -> Feature:
    columns = [_unlabelled(column) for column in mapped(columns)]
    chosen = next((c for c in columns if c.untested is None), columns[0])
    equivalent = [c for c in columns if (c.steps, c.untested) == (chosen.steps, chosen.untested)]
    different = [c for c in columns if (c.steps, c.untested) != (chosen.steps, chosen.untested)]
    if different:
        notes += _notes_of_others(name, different)
    extra: dict[str, object] = {}
    served = [c.served for c in equivalent if c.served]
    expected = [f"{name}_{c.level}" if c.level is not None else name for c in equivalent]
    if served and served != expected:
        extra["x-served"] = served if len(served) > 1 else served[0]
    if chosen.source:
        extra["x-source"] = chosen.source
    if chosen.refuses_unknown and chosen.untested is None:
        extra["x-unknown"] = "refused"
    return Feature(
        name, chosen.type or "numeric", chosen.steps, chosen.reference, chosen.role,
        extra=extra, untested=chosen.untested,
        guessed=chosen.type is None and chosen.reference is None, fitted=chosen.fitted,
    )  # fmt: skip


def _unlabelled(column: PipelineColumn) -> PipelineColumn:
    """Return a column; untestable where levels are served as other levels."""
    if column.labels is None:
        return column
    return column.untestable("levels that are served as other levels, which no step says")


def _notes_of_others(name: str, columns: Sequence[PipelineColumn]) -> Iterator[Note]:
    """Yield the notes on further columns of a feature, with the code of the user's that made them.

    Those that no code of the user's made are named together.
    """
    by_reason: dict[str, list[str]] = {}
    for column in columns:
        reason = column.untested or ""
        reason = reason if reason.startswith(MADE_BY) else ""
        by_reason.setdefault(reason, []).append(column.served or column.feature)
    for reason, names in by_reason.items():
        fields = {"feature": name, "names": tuple(names)}
        yield (
            Note("made_columns", {**fields, "reason": reason})
            if reason
            else Note("other_columns", fields)
        )
