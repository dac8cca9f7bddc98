"""Apply transformers that were saved one by one, each to the output of those before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.several.fills import in_order
from skewcheck.parameters.several.inputs import Inputs, input_names
from skewcheck.parameters.several.levels import column_of_levels, encoded_as
from skewcheck.parameters.several.stages import (
    Levels,
    NameList,
    Stage,
    actions_of,
    alike,
    with_sources,
)
from skewcheck.parameters.source import ParameterSource, UnnamedError
from skewcheck.text.errors import OptionName
from skewcheck.text.numbers import shortened

_UNNAMED = "\0"
"""Begins the names of columns that nothing names, until the user does."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the transformers, and whether their order is said."""

    lists: Sequence[NameList] = ()
    levels: Mapping[str, Levels] = field(default_factory=dict)
    ordered: bool = True
    """Whether two that do the same to one column follow each other: else they compete."""
    known: Sequence[str] = ()
    """The names that the transformers have."""


@dataclass(slots=True)
class Chained:
    """The columns after some of the transformers."""

    source: ParameterSource
    beside: Beside
    names: Iterator[str] | None
    """Names given by the user for columns that nothing names; None while they are counted."""
    columns: dict[str, PipelineColumn] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    repeated: dict[str, None] = field(default_factory=dict)
    """Columns that several transformers took, one after the other."""
    outputs: list[tuple[Stage, tuple[str, ...]]] = field(default_factory=list)
    """The transformers so far, and the names of what each has made."""
    missing: int = 0
    """Columns that nothing names."""
    reasons: list[str] = field(default_factory=list)
    taken: dict[str, list[tuple[Stage, list[PipelineColumn]]]] = field(default_factory=dict)
    """What each column went through: the transformer, and what it alone makes of the column."""
    unnamed: list[tuple[Stage, tuple[str, ...]]] = field(default_factory=list)
    """The transformers whose columns only the user names, and these names."""
    features: dict[str, list[str]] = field(default_factory=dict)
    """The features of what each transformer has made, by its label."""

    def apply(self, stage: Stage) -> None:
        """Apply a transformer to the columns that it takes."""
        names = self._names(stage)
        alone = stage.alone_with(names)
        if self._is_copy(stage, names, alone):
            return
        self.repeated |= {name: None for name in names if name in self.columns}
        inputs = [self._column(name, names, alone.get(name, [])) for name in names]
        outputs = (stage.preview if self.names is None else stage.apply)(inputs)
        made = outputs if self.names is None else with_sources(stage, inputs, outputs)
        for name in names:
            self.taken.setdefault(name, []).append((stage, alone.get(name, [])))
        self._replace(names, inputs, made)
        self.features[stage.label] = [column.feature for column in made]
        self.outputs.append((stage, tuple(column.served or column.feature for column in made)))

    def _names(self, stage: Stage) -> tuple[str, ...]:
        """Return the names of the columns that a transformer takes."""
        resolved = input_names(stage, Inputs(self.beside.lists, self.outputs, self.known()))
        if resolved.note and self.names is not None:
            self.notes.append(resolved.note)
        if resolved.names:
            return resolved.names
        for earlier, names in self.unnamed:
            if earlier.count == stage.count and alike(earlier.alone, stage.alone):
                return names
        names = self._asked(stage.count, resolved.reason)
        self.unnamed.append((stage, names))
        return names

    def _asked(self, count: int, reason: str) -> tuple[str, ...]:
        """Return names given by the user for columns that nothing names; UnnamedError without."""
        if self.names is not None:
            names = tuple(islice(self.names, count))
            if len(names) < count:
                raise UnnamedError(str(self.source.path), count, reason)
            return names
        self.missing += count
        self.reasons += [reason] if reason else []
        return tuple(f"{_UNNAMED}{self.missing}.{i}" for i in range(count))

    def known(self) -> tuple[str, ...]:
        """Return the names that lists and transformers have."""
        listed = (name for names in self.beside.lists for name in names.names)
        return tuple(dict.fromkeys((*self.beside.known, *listed, *self.beside.levels)))

    def _is_copy(
        self, stage: Stage, names: Sequence[str], alone: Mapping[str, list[PipelineColumn]]
    ) -> bool:
        """Return whether earlier transformers have done the same to all of the columns.

        ParameterError if one has done something of the same kind, and their order is not said.
        """
        same, other = list[str](), dict[str, list[str]]()
        for name in names:
            made = alone.get(name, [])
            does = {action for column in made for action in actions_of(column)}
            for earlier, earlier_made in self.taken.get(name, []):
                did = {action for column in earlier_made for action in actions_of(column)}
                if does & did and earlier.file != stage.file:
                    is_same = alike(made, earlier_made)
                    (same if is_same else other.setdefault(earlier.label, [])).append(name)
        if other and not self.beside.ordered:
            self._refuse(stage, other)
        if not same or other or len({*same}) < len(names):
            return False
        if self.names is not None:
            labels = {e.label: None for n in names for e, _ in self.taken.get(n, [])}
            self.notes.append(f"{stage.label}: says the same as {shortened([*labels])}: not used")
        return True

    def _refuse(self, stage: Stage, other: Mapping[str, Sequence[str]]) -> None:
        label, names = next(iter(other.items()))
        raise self.source.error(
            f"{label} and {stage.label} both normalize {shortened([*names], 3)}, with other"
            " numbers: name each file that serves the model, in the order of its steps, by ",
            OptionName("parameters", label.partition(": ")[0]),
            " of skewcheck fit",
        )

    def _column(
        self, name: str, names: Sequence[str], alone: Sequence[PipelineColumn]
    ) -> PipelineColumn:
        """Return the column of a name: an earlier output, one of levels, or a raw one."""
        if name in self.columns:
            return self.columns[name]
        if (column := encoded_as(name, self.columns)) is not None:
            self.columns.pop(column.feature, None)
            return column
        return column_of_levels(name, names, alone, self.beside.levels) or PipelineColumn(name)

    def _replace(
        self, names: Sequence[str], inputs: Sequence[PipelineColumn],
        outputs: Sequence[PipelineColumn],
    ) -> None:  # fmt: skip
        """Replace a transformer's input columns by its output columns."""
        made = {column.served or column.feature: column for column in outputs}
        for name, column in zip(names, inputs, strict=True):
            if name not in made and self.columns.get(name) in (None, column):
                self.columns.pop(name, None)
        self.columns.update(made)


def chained(
    source: ParameterSource, stages: Sequence[Stage], beside: Beside,
    sequence: Sequence[Stage] = (),
) -> Chained:  # fmt: skip
    """Return the columns after all transformers, in the order of their kinds.

    The features have the order of the transformers in `sequence`, or as they are given.
    UnnamedError if some of these name no columns, and neither a list nor an earlier transformer
    has as many; ParameterError if two of them compete.
    """
    names_of_all = tuple(name for stage in stages for name in stage.names)
    beside = replace(beside, known=names_of_all)
    ordered = in_order([stage.placed() for stage in stages])
    chain = Chained(source, beside, None)
    if not all(stage.names or (stage.hint and stage.count == 1) for stage in stages):
        _walked(chain, ordered)
    is_alone = len(stages) == 1 and not beside.lists
    if chain.missing and not source.names and chain.reasons and not is_alone:
        raise UnnamedError(str(source.path), chain.missing, "; ".join(chain.reasons))
    names = source.names_for(chain.missing) if chain.missing else ()
    chain = _walked(Chained(source, beside, iter(names)), ordered)
    every = (name for stage in sequence or stages for name in chain.features.get(stage.label, []))
    first = {name: place for place, name in enumerate(dict.fromkeys(every))}
    items = sorted(chain.columns.items(), key=lambda item: first[item[1].feature])
    chain.columns = dict(items)
    return chain


def _walked(chain: Chained, stages: Sequence[Stage]) -> Chained:
    for stage in stages:
        chain.apply(stage)
    return chain
