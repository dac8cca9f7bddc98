"""Which columns a transformer takes: those that it names, or that lists or counts show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from skewcheck.features.steps import MinMax, ZScore
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.several.stages import NameList, Order, Stage, actions_of
from skewcheck.text.numbers import shortened


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the columns of a transformer may be."""

    lists: Sequence[NameList]
    outputs: Sequence[tuple[Stage, tuple[str, ...]]]
    """Earlier transformers, and the names of what they make."""
    known: Sequence[str] = ()
    """All names so far."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The columns of a transformer, or why they are not known."""

    names: tuple[str, ...] = ()
    """Empty where nothing says them."""
    note: str = ""
    reason: str = ""


def input_names(stage: Stage, inputs: Inputs) -> Resolved:
    """Return the names of a transformer's input columns.

    Those that it names; that of its file or key for one column; else those of a list, or of an
    earlier transformer's output, with as many. Lists and fills that differ leave them unknown.
    """
    if stage.names:
        return Resolved(stage.names)
    if stage.count == 1 and stage.hint:
        return Resolved((spelled(stage.hint, inputs.known),))
    candidates = {
        x.label: x.names for x in inputs.lists
        if len(x.names) == stage.count and _is_of_kind(x, stage)
    }  # fmt: skip
    encoded: dict[str, tuple[str, ...]] = {}
    for earlier, names in inputs.outputs:
        if len(names) == stage.count and earlier.label != stage.label:
            target = encoded if earlier.order <= Order.ENCODER else candidates
            target[earlier.label] = names
    if not candidates and encoded:
        candidates = {k: v for k, v in encoded.items() if _may_be_codes(stage)}
    different = list(dict.fromkeys(candidates.values()))
    if len(different) == 1:
        label = next(iter(candidates))
        note = f"{stage.label}: its {stage.count:,} columns are taken to be those in {label}"
        return Resolved(different[0], note)
    if different:
        labels = [next(k for k, v in candidates.items() if v == names) for names in different]
        return Resolved(
            reason=f"{shortened(labels, 3)} have as many for {stage.label}, which differ"
        )
    lengths = [f"{x.label} has {len(x.names):,} names" for x in inputs.lists]
    said = f" ({shortened(lengths, 3)})" if lengths else ""
    return Resolved(reason=f"they are those of {stage.label}{said}" if stage.file else "")


def _is_of_kind(names: NameList, stage: Stage) -> bool:
    """Return whether a list that is called after a kind of columns is for a transformer of it."""
    encodes = stage.order in (Order.ENCODER, Order.TEXT_FILL)
    label = names.label.lower()
    if "categor" in label or re.search(r"(^|[_ :/])cat[_ ]", label):
        return encodes
    is_numeric = "numeric" in label or re.search(r"(^|[_ :/])num[_ ]", label)
    return not (is_numeric and encodes)


def unscaled(lists: Sequence[NameList], columns: Sequence[PipelineColumn]) -> tuple[str, ...]:
    """Return the model's inputs that no transformer has made, in the order of their list.

    That is a list with all that the transformers have made; the longest of several. Without a
    level in its name (`city_Oslo`) a column is one only where the list is called so: others are
    of a table with its target.
    """
    made = {column.served or column.feature for column in columns}
    features = {column.feature for column in columns}
    whole = max((x for x in lists if made <= {*x.names}), key=lambda x: len(x.names), default=None)
    if whole is None:
        return ()
    is_of_inputs = re.search(r"(?i)feature|input|model", whole.label.rpartition("/")[2])
    return tuple(
        name for name in whole.names
        if name not in made and name not in features and (is_of_inputs or "_" in name)
    )  # fmt: skip


def _may_be_codes(stage: Stage) -> bool:
    """Return whether no number of a transformer shows that its columns are no codes of levels."""
    for column in stage.alone:
        if "encode" in actions_of(column):
            return False
        for step in column.steps:
            if isinstance(step, ZScore) and step.mean < 0:
                return False
            if isinstance(step, MinMax) and not (step.min >= 0 and float(step.max).is_integer()):
                return False
    return True


def spelled(hint: str, known: Sequence[str]) -> str:
    """Return the name among known ones that a file's or key's name means; else that name itself.

    A name with `_encoded` behind it is that of a column without it.
    """
    wanted = letters(hint)
    exact = [name for name in known if letters(name) == wanted]
    if exact:
        return hint if hint in exact else exact[0]
    made = [name for name in known if letters(ENCODED.sub("", name)) == wanted]
    return ENCODED.sub("", made[0]) if made else hint


@lru_cache(10_000)
def letters(name: str) -> str:
    """Return the letters and digits of a name in lower case, in which names are compared."""
    return re.sub(r"[\W_]+", "", name).casefold()


ENCODED = re.compile(
    r"(?i)[_ .-]?(?:encoded|encoding|enc|label|le|codes?|num|numeric|cat|ordinal|idx|index)$"
)
"""Ends the names of columns of codes, `city_encoded`, beside the raw one."""
