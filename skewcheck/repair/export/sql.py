"""The training normalization as one SELECT over a table, for DuckDB or SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from skewcheck.repair.export.dialects import Dialect
from skewcheck.repair.export.escapes import sql_name
from skewcheck.repair.export.heading import Exported
from skewcheck.repair.export.program import (
    Call,
    Code,
    Function,
    Instruction,
    Item,
    Rank,
    ReadNumber,
    Served,
    Table,
)
from skewcheck.repair.export.sql_levels import (
    LevelKey,
    code_of,
    level_columns,
    level_key,
    level_layers,
    served_level,
)
from skewcheck.repair.export.syntax import Written, written
from skewcheck.text.errors import ParameterError
from skewcheck.text.printable import printable, visible

_WHOLE = "4503599627370496"
"""2**52: from there on float64 has no fractions."""
_MOST_COLUMNS = 2000
"""Columns of a table or of a result in SQLite, as it is compiled by default."""


@dataclass(slots=True)
class _Sql:
    """The spelling of a dialect, for one feature after the other."""

    dialect: Dialect
    levels: Mapping[LevelKey, str]
    """The columns with the one spelling of levels."""
    feature: int = 0

    def repeats(self, part: Instruction) -> bool:
        return isinstance(part, Call | Rank | Item)

    def number(self, value: float) -> str:
        return self.dialect.number(value)

    def variable(self, index: int) -> str:
        return f"s.{sql_name(_variable(self.feature, index))}"

    def read(self, column: str) -> str:
        return self.dialect.read(f"s.{sql_name(column)}")

    def code(self, part: Code) -> str:
        return code_of(self.dialect, part, self.levels[level_key(part)])

    def call(self, function: Function, value: str) -> str:
        zero, one = self.number(0.0), self.number(1.0)
        minus_infinity = f"-{self.dialect.infinity}"
        match function:
            case "log":
                of_zero = f"WHEN {value} = {zero} THEN {minus_infinity}"
                return f"CASE WHEN {value} > {zero} THEN ln({value}) {of_zero} END"
            case "log1p":
                return self._log1p(value, one, minus_infinity)
            case "expm1":
                # Kahan's: what exp rounded is undone by its logarithm.
                return (
                    f"CASE WHEN exp({value}) = {one} THEN {value}"
                    f" WHEN exp({value}) - {one} = -{one} THEN -{one}"
                    f" WHEN exp({value}) = {self.dialect.infinity} THEN {self.dialect.infinity}"
                    f" ELSE (exp({value}) - {one}) * ({value} / ln(exp({value}))) END"
                )
            case "rint":
                whole = self.number(float(_WHOLE))
                return (
                    f"CASE WHEN abs({value}) >= {whole} THEN {value}"
                    f" WHEN {value} < {zero} THEN ({value} - {whole}) + {whole}"
                    f" ELSE ({value} + {whole}) - {whole} END"
                )
            case "float32":
                return self.dialect.single(value)
        return f"{function}({value})"

    def _log1p(self, value: str, one: str, minus_infinity: str) -> str:
        """Return log(1 + x), by Kahan: what 1 + x rounded is a factor."""
        total = f"({value} + {one})"
        return (
            f"CASE WHEN {value} = -{one} THEN {minus_infinity} WHEN {value} < -{one} THEN NULL"
            f" WHEN {total} = {one} THEN {value}"
            f" WHEN {value} >= {self.number(float(_WHOLE))} THEN ln({total})"
            f" ELSE ln({total}) * ({value} / ({total} - {one})) END"
        )

    def compare(self, left: str, order: str, right: str) -> str:
        return f"{self._valid(left)} {'=' if order == '==' else order} {self._valid(right)}"

    def is_null(self, value: str) -> str:
        return f"{self._valid(value)} IS NULL"

    def _valid(self, operand: str) -> str:
        """Return an operand with NULL for NaN, which variables and numbers do not have."""
        is_simple = operand.startswith("s.") or operand.strip("(-")[:1].isdigit()
        return operand if is_simple else self.dialect.without_nan(operand)

    def select(self, test: str, yes: str, no: str) -> str:
        return f"CASE WHEN {test} THEN {yes} ELSE {no} END"

    def rank(self, edges: Table, value: str) -> str:
        return self._halved(edges, value, [float(i) for i in range(len(edges) + 1)])

    def item(self, table: Table, place: str) -> str:
        return self._halved([i + 1.0 for i in range(len(table) - 1)], place, table)

    def _halved(self, edges: Sequence[float], value: str, results: Sequence[float]) -> str:
        """Return the result of the interval between edges that a value is in, by halving."""
        if len(results) == 1:
            return self.number(results[0])
        middle = len(edges) // 2
        low = self._halved(edges[:middle], value, results[: middle + 1])
        high = self._halved(edges[middle + 1 :], value, results[middle + 1 :])
        return f"CASE WHEN {value} < {self.number(edges[middle])} THEN {low} ELSE {high} END"


def query(exported: Exported) -> str:
    """Return the SELECT; ParameterError for names that SQL cannot hold, or takes for one."""
    dialect = exported.dialect
    if dialect is None:
        raise ValueError("SQL needs a dialect")
    _refuse(exported, dialect)
    syntax, parts = _Sql(dialect, level_columns(exported.features)), []
    for syntax.feature, code in enumerate(exported.features):
        parts.append(written(code, syntax))
    source = ".".join(map(sql_name, exported.table.split(".")))
    layers = [*level_layers(dialect, syntax.levels), *_layers(parts, dialect)]
    texts = []
    for i, columns in enumerate(layers):
        made = "".join(f",\n  {column}" for column in columns)
        name = sql_name(f"skewcheck {i}")
        texts.append(f"{name} AS MATERIALIZED (\nSELECT s.*{made}\nFROM {source} AS s)")
        source = name
    before = f"WITH {', '.join(texts)}\n" if texts else ""
    heading = "".join(f"-- {line}\n" for line in (*exported.heading(), *_usage(dialect)))
    served = ",\n".join(_served(exported, parts, syntax))
    return f"{heading}{before}SELECT\n{served}\nFROM {source} AS s\n"


def _usage(dialect: Dialect) -> tuple[str, ...]:
    return (
        f"One SELECT for {dialect.title}: served columns by name, a row for each of the table.",
        "To keep a column of the table, such as a key, put s. and its name into the last SELECT.",
        "NULL and NaN are null, and a served null is NULL.",
    )


def _layers(parts: Sequence[Written], dialect: Dialect) -> list[list[str]]:
    """Return the variables in layers: each needs those of the layers before alone."""
    layers: list[list[str]] = [[] for _ in range(max(part.layers for part in parts))]
    for feature, part in enumerate(parts):
        for a in part.assignments:
            whole = isinstance(a.part, ReadNumber | Code | Rank)
            text = a.expression if whole else dialect.without_nan(a.expression)
            layers[a.layer].append(f"{text} AS {sql_name(_variable(feature, a.index))}")
    return layers


def _variable(feature: int, index: int) -> str:
    return f"skewcheck {feature}.{index}"


def _served(exported: Exported, parts: Sequence[Written], syntax: _Sql) -> Iterator[str]:
    for syntax.feature, code in enumerate(exported.features):
        part = parts[syntax.feature]
        variables = {syntax.variable(a.index) for a in part.assignments}
        numbers = iter(part.served)
        for column in code.served:
            if isinstance(column, Served):
                value = next(numbers)
                value = value if value in variables else syntax.dialect.without_nan(value)
            else:
                value = served_level(syntax.dialect, column, syntax.levels[level_key(column)])
            yield f"  {value} AS {sql_name(column.name)}"


def _refuse(exported: Exported, dialect: Dialect) -> None:
    """Raise ParameterError for names with what SQL has no escape for, and for two that are one."""
    served = (*exported.served, *exported.served_levels)
    raw = dict.fromkeys((*exported.numbers, *exported.levels))
    for names in (raw, served):
        spellings: dict[str, str] = {}
        for name in names:
            if not name or visible(name) != name:
                raise ParameterError(
                    f"{printable(name)!r}: SQL has no escape for such a name: rename the feature or"
                    " the level, or exclude it"
                )
            other = spellings.setdefault(name.casefold(), name)
            if other != name:
                raise ParameterError(
                    f"{other!r} and {name!r} are one column in SQL, whatever their case: exclude"
                    " one of them"
                )
    columns = max(len(served), len(raw))
    if dialect.name == "sqlite" and columns > _MOST_COLUMNS:
        raise ParameterError(
            f"{columns:,} columns are more than the {_MOST_COLUMNS:,} of SQLite: export some of"
            " the features at a time"
        )
