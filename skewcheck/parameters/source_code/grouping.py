"""Group the constants of a program by whose numbers they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from skewcheck.parameters.handwritten.flatten import flatten
from skewcheck.parameters.handwritten.groups import leaf_kind
from skewcheck.parameters.source_code import identifiers
from skewcheck.parameters.source_code.definitions import Definition
from skewcheck.parameters.source_code.identifiers import Meaning
from skewcheck.parameters.source_code.literals import Listed
from skewcheck.text.errors import ParameterError

_ENDS = (frozenset(("min", "max")), frozenset(("q01", "q99")))
"""Kinds that make a normalization, if they are no limits."""
_DIVIDING = (
    frozenset(("mean", "std")), frozenset(("mean", "var")), frozenset(("mean", "scale")),
    frozenset(("offset", "scale")), frozenset(("min", "scale")),
    *(frozenset((a, b)) for a in ("center", "q50") for b in ("scale", "iqr")),
    frozenset(("sum", "squares", "count")),
)  # fmt: skip
"""Kinds that make a normalization."""
_ALONE = (frozenset(("fill",)), frozenset(("maxabs",)))
"""Kinds that make one without others, where a list has one for each feature."""
_SETTINGS = frozenset(("epsilon", "bound", "range"))
"""Kinds that all features have in common."""


def several(first: Definition, second: Definition, kind: str) -> ParameterError:
    """Return the error that two constants may be the same number."""
    return ParameterError(
        f"{first} and {second} may both be the {kind}, and differ: keep the numbers of one model"
        " in the file"
    )


@dataclass(slots=True)
class Numbers:
    """The numbers of one scaler, or of one feature."""

    owner: str
    by_key: dict[str, Definition] = field(default_factory=dict)
    """By the key that a JSON file would have."""
    kinds: dict[str, str] = field(default_factory=dict)
    """The kind of number of each key."""
    conflict: ParameterError | None = None
    """Two constants that may be the same number, and differ."""

    def add(self, said: Meaning, found: Definition) -> None:
        """Add numbers; a conflict if others are of the same kind and differ."""
        for key, other in self.by_key.items():
            spelled = {key, said.key} in ({"min", "data_min"}, {"max", "data_max"})
            if self.kinds[key] == said.kind and not spelled and other.value != found.value:
                self.conflict = self.conflict or several(other, found, said.kind)
                return
        self.by_key.setdefault(said.key, found)
        self.kinds[said.key] = said.kind

    @property
    def kind(self) -> str:
        """The kind of the first numbers."""
        return next(iter(self.kinds.values()))

    @property
    def first(self) -> Definition:
        """The constant of the first numbers."""
        return next(iter(self.by_key.values()))

    def complete(self, *, sure: bool, alone: bool) -> bool:
        """Return whether they make a normalization; `sure`, minima and maxima are no limits."""
        sure = sure or any(
            key.startswith("data_") or identifiers.says_scaler(found.name)
            for key, found in self.by_key.items()
        )
        methods = (*_DIVIDING, *(_ENDS if sure else ()), *(_ALONE if alone else ()))
        return any(method <= {*self.kinds.values()} for method in methods)

    def places(self) -> dict[str, Definition]:
        """Return the constants by key of the tree; ParameterError if two may be the same number.

        Beside `data_min`, another minimum is scikit-learn's `min_`, an offset.
        """
        if self.conflict is not None:
            raise self.conflict
        is_offset = {"min", "data_min"} <= self.by_key.keys()
        return {"min_" if is_offset and key == "min" else key: found
                for key, found in self.by_key.items()}  # fmt: skip

    def tree(self) -> dict[str, object]:
        """Return the numbers by key of the tree."""
        return {key: found.value for key, found in self.places().items()}

    def settings(self) -> dict[str, Definition]:
        """Return what all features have in common."""
        return {k: d for k, d in self.places().items() if self.kinds.get(k) in _SETTINGS}


def grouped(found: Sequence[Definition]) -> tuple[dict[str, Numbers], dict[str, Numbers]]:
    """Return lists by the scaler that they are of, and single numbers by their feature."""
    lists: dict[str, Numbers] = {}
    scalars: dict[str, Numbers] = {}
    numbered: dict[tuple[str, str], tuple[Meaning, dict[int, Definition]]] = {}
    for definition in found:
        said = identifiers.meaning(definition.name)
        if said is None or definition.problem or identifiers.is_layer(said.owner):
            continue
        value = _flat(definition.value)
        if _is_number(value):
            if said.index is not None:
                parts = numbered.setdefault((said.owner, said.key), (said, {}))[1]
                parts.setdefault(said.index, definition)
            elif definition.constant:
                owner = _feature(said.owner)
                scalars.setdefault(owner, Numbers(owner)).add(said, definition)
        elif said.index is None and _is_of_numbers(value):
            owner = identifiers.scaler_of(said.owner)
            listed = replace(definition, value=value)
            lists.setdefault(owner, Numbers(owner)).add(said, listed)
    for said, parts in numbered.values():
        if sorted(parts) == [*range(len(parts))] and len(parts) > 1:
            owner = identifiers.scaler_of(said.owner)
            values = Listed(parts[i].value for i in range(len(parts)))
            whole = replace(parts[0], value=values)
            lists.setdefault(owner, Numbers(owner)).add(said, whole)
    return lists, scalars


def _feature(owner: str) -> str:
    """Return the feature whose number it is; empty if the name says only that it is a scaler's."""
    is_x = owner.lower() == "x"
    return identifiers.feature_of(owner) if is_x or identifiers.scaler_of(owner) else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_of_numbers(value: object) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return bool(items) and all(map(_is_number, items))


def _flat(value: object) -> object:
    """Return the inner one of two lists, as C++ writes an array: `{{1.0f, 2.0f}}`."""
    while isinstance(value, list) and len(value) == 1 and isinstance(value[0], Listed):
        value = value[0]
    return value


def objects(found: Sequence[Definition], *, sure: bool) -> list[Definition]:
    """Return the objects and lists of records that hold a normalization, each value once."""
    held: list[Definition] = []
    for definition in found:
        value = definition.value
        records = isinstance(value, list) and bool(value) and isinstance(value[0], dict)
        if not (isinstance(value, dict) or records) or identifiers.is_layer(definition.name):
            continue
        if _is_of_numbers(value) and identifiers.meaning(definition.name):
            continue
        kinds = _kinds(value)
        named = sure or identifiers.says_scaler(definition.name)
        methods = (*_DIVIDING, *(_ENDS if named else ()))
        if any(m <= kinds for m in methods) and all(d.value != value for d in held):
            held.append(definition)
    return held


def _kinds(value: object) -> set[str | None]:
    try:
        return {leaf_kind(leaf) for leaf in flatten(value)}
    except ParameterError:
        return set()
