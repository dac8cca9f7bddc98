"""Which columns of training data a user wants, and the columns that there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from skewcheck.features.types import Role
from skewcheck.logs import Log
from skewcheck.text.patterns import matches


@dataclass(frozen=True, slots=True)
class Choice:
    """Which columns a user wants of training data, by name or pattern (`fare*`)."""

    features: Sequence[str] = ()
    """Patterns; none means all."""
    exclude: Sequence[str] = ()
    """Patterns of columns that are no features."""
    categorical: Sequence[str] = ()
    """Patterns of numeric columns whose values are categories."""
    prediction: str | None = None
    """The column of the model's predictions; a name, no pattern."""
    label: str | None = None
    """The column of the model's target; a name, no pattern."""

    @property
    def outputs(self) -> dict[str, Role]:
        """Return the role of each column that is no input of the model."""
        roles: list[tuple[str | None, Role]] = [
            (self.prediction, "prediction"), (self.label, "label"),
        ]  # fmt: skip
        return {name: role for name, role in roles if name is not None}

    def wants(self, name: str) -> bool:
        """Return whether the user's patterns admit a column."""
        if name in self.outputs:
            return True
        wanted = not self.features or matches(name, self.features)
        return wanted and not matches(name, self.exclude)

    def named(self, name: str) -> bool:
        """Return whether the user asked for this very column, so that no rule leaves it out."""
        named = name in self.features or name in self.outputs
        return named or matches(name, self.categorical)


def columns_of(log: Log) -> dict[str, pa.DataType]:
    """Return the columns of all files with their types, in the files' order.

    A column of structs or of fixed-size lists gives its leaves: `a.b`, `a[0]`. The type is that
    of the first file in which the column is not empty.
    """
    columns: dict[str, pa.DataType] = {}
    for file in log.files:
        for name, kind in file.schema().items():
            for leaf, type_ in _leaves(name, kind).items():
                # A file in which the column is empty does not know its type.
                if leaf not in columns or pa.types.is_null(columns[leaf]):
                    columns[leaf] = type_
    return columns


def _leaves(name: str, kind: pa.DataType) -> dict[str, pa.DataType]:
    """Return the columns inside a column: `a.b` of structs, `a[0]` ... of fixed-size lists."""
    leaves: dict[str, pa.DataType] = {}
    if pa.types.is_struct(kind):
        for i in range(kind.num_fields):
            field = kind.field(i)
            leaves.update(_leaves(f"{name}.{field.name}", field.type))
        return leaves
    if pa.types.is_fixed_size_list(kind):
        for i in range(kind.list_size):
            leaves.update(_leaves(f"{name}[{i}]", kind.value_type))
        return leaves
    return {name: kind}
