"""Columns traced through a foreign pipeline, and the features that they become.

All pipelines are read the same way: input columns start as `PipelineColumn(name)`, each stage maps
columns to columns, and `building` turns the final columns into `Parameters`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from skewcheck.features.steps import (
    Impute,
    Map,
    NumericStep,
    OneHot,
    Step,
    Vocabulary,
    numeric_steps,
)
from skewcheck.features.types import (
    CategoricalReference,
    FeatureType,
    Reference,
    Role,
)
from skewcheck.parameters.arithmetic import merge_steps
from skewcheck.parameters.level_maps import Relabelling, level_map
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
    indicator: bool = False
    """Whether it says if the value is null, beside the column of the value."""
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

    @property
    def is_number(self) -> bool:
        """Whether it is a number whose steps are known, and none of several made of one."""
        levels = self.type == "categorical" or self.labels is not None
        return not levels and self.level is None and self.untested is None

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
