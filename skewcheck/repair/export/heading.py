"""The comment that begins every exported file, and what printers are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from skewcheck import __version__
from skewcheck.features.types import Parameters
from skewcheck.repair.export.dialects import Dialect
from skewcheck.repair.export.escapes import comment
from skewcheck.repair.export.program import Code, FeatureCode, ReadNumber, Served, ServedLevel


@dataclass(frozen=True, slots=True)
class Exported:
    """What is exported: the code of all features, and whose it is."""

    features: tuple[FeatureCode, ...]
    fingerprint: str
    source: str
    """The parameter file's name, without its folder."""
    single: bool
    """Whether served numbers are rounded to float32."""
    table: str = ""
    """The table that SQL reads."""
    dialect: Dialect | None = None
    """Of which database the SQL is."""

    @classmethod
    def of(
        cls, parameters: Parameters, features: Sequence[FeatureCode], *, single: bool,
        table: str = "", dialect: Dialect | None = None,
    ) -> Exported:  # fmt: skip
        """Return what is exported of a parameter file."""
        name = Path(parameters.path).name if parameters.path else "parameters in memory"
        return cls(tuple(features), parameters.fingerprint, name, single, table, dialect)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The raw columns of numbers, in the order in which they are first read."""
        parts = (part for code in self.features for part in code.instructions)
        return tuple(dict.fromkeys(p.column for p in parts if isinstance(p, ReadNumber)))

    @property
    def levels(self) -> tuple[str, ...]:
        """The raw columns of levels and of keys, in the order in which they are first read."""
        columns = []
        for code in self.features:
            columns += [part.column for part in code.instructions if isinstance(part, Code)]
            columns += [column.column for column in code.served if isinstance(column, ServedLevel)]
        return tuple(dict.fromkeys(columns))

    @property
    def served(self) -> tuple[str, ...]:
        """The served columns of numbers, in order."""
        columns = (column for code in self.features for column in code.served)
        return tuple(column.name for column in columns if isinstance(column, Served))

    @property
    def served_levels(self) -> tuple[str, ...]:
        """The served columns of levels, in order."""
        columns = (column for code in self.features for column in code.served)
        return tuple(column.name for column in columns if isinstance(column, ServedLevel))

    def heading(self) -> tuple[str, ...]:
        """Return the lines that begin the file's comment."""
        rounding = "computed in float64, then rounded to float32" if self.single else "float64"
        return (
            f"The training normalization of {comment(self.source)}",
            f"fingerprint {comment(self.fingerprint)}",
            f"written by skewcheck {comment(__version__)} export; served numbers: {rounding}",
        )
