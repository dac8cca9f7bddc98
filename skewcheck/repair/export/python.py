"""The training normalization as a Python module without dependencies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skewcheck.repair.export.escapes import comment
from skewcheck.repair.export.escapes import python as quoted
from skewcheck.repair.export.heading import Exported
from skewcheck.repair.export.numbers import Tables, entries_of, literal
from skewcheck.repair.export.program import Code, FeatureCode, Function, Instruction, Served, Table
from skewcheck.repair.export.syntax import written

_MODULES = ("bisect", "math", "re", "struct")
_USAGE = """
transform(row) returns the served values of a row by name. `row` maps the raw names to values; None,
NaN and a missing key are null, and a served null is None. Text where a number belongs is a
TypeError. Python 3.9 or newer; nothing else is needed.
"""
_HELPERS: Mapping[str, str] = {
    "_number": '''
def _number(value):
    if value is None:
        return _NAN
    if isinstance(value, (str, bytes)):
        raise TypeError("text where a number belongs")
    return float(value)
''',
    "_level": '''
def _level(value):
    """The one spelling of a level; None for null."""
    if value is None or value != value:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        whole = abs(value) < 9007199254740992 and value == math.floor(value)
        return str(int(value)) if whole else repr(float(value))
    return str(value)
''',
    "_code": '''
def _code(value, codes, null, unknown, spelling, swapped):
    """The number of a level."""
    level = _level(value)
    if level is None:
        return null
    if level is not value:
        level = swapped.get(level, level)
    if level in codes:
        return codes[level]
    if not level or level.isspace():
        return null
    if spelling == "truths" and level in ("True", "TRUE", "False", "FALSE"):
        level = level.lower()
    elif spelling == "numbers" and re.fullmatch(r"-?[0-9]+\\.[0-9]+", level):
        level = level.rstrip("0").rstrip(".")
    return codes.get(level, unknown)
''',
    "_served_level": '''
def _served_level(value, null):
    level = _level(value)
    return null if level is None or not level or level.isspace() else level
''',
    "_log": '''
def _log(x):
    return math.log(x) if x > 0 else (-_INF if x == 0 else _NAN)
''',
    "_log1p": '''
def _log1p(x):
    return math.log1p(x) if x > -1 else (-_INF if x == -1 else _NAN)
''',
    "_expm1": '''
def _expm1(x):
    try:
        return math.expm1(x)
    except OverflowError:
        return _INF
''',
    "_sqrt": '''
def _sqrt(x):
    return math.sqrt(x) if x >= 0 else _NAN
''',
    "_trunc": '''
def _trunc(x):
    return float(math.trunc(x)) if math.isfinite(x) else x
''',
    "_rint": '''
def _rint(x):
    return float(round(x)) if math.isfinite(x) else x
''',
    "_float32": '''
def _float32(x):
    try:
        return struct.unpack("<f", struct.pack("<f", x))[0]
    except OverflowError:
        return _INF if x > 0 else -_INF
''',
    "_served": '''
def _served(x):
    return None if x != x else x
''',
}  # fmt: skip


@dataclass(slots=True)
class _Python:
    """The spelling of Python, and which helpers and tables it needs."""

    tables: Tables = field(default_factory=Tables)
    used: set[str] = field(default_factory=set)

    def use(self, name: str) -> str:
        self.used.add(name)
        return name

    def repeats(self, _: Instruction) -> bool:
        return False

    def number(self, value: float) -> str:
        return literal(value, nan="_NAN", infinity="_INF")

    def variable(self, index: int) -> str:
        return f"v{index}"

    def read(self, column: str) -> str:
        return f"{self.use('_number')}(row.get({quoted(column)}))"

    def code(self, part: Code) -> str:
        codes = ", ".join(
            f"{quoted(level)}: {self.number(code)}" for level, code in part.codes.items()
        )
        swapped = ", ".join(f"{quoted(a)}: {quoted(b)}" for a, b in part.swapped.items())
        name = self.tables.named(f"{{{codes}}}")
        self.use("_level")
        value = f"row.get({quoted(part.column)})"
        others = f"{self.number(part.null)}, {self.number(part.unknown)}"
        return f'{self.use("_code")}({value}, {name}, {others}, "{part.spelling}", {{{swapped}}})'

    def call(self, function: Function, value: str) -> str:
        return f"abs({value})" if function == "abs" else f"{self.use(f'_{function}')}({value})"

    def compare(self, left: str, order: str, right: str) -> str:
        return f"{left} {order} {right}"

    def is_null(self, value: str) -> str:
        return f"math.isnan({value})"

    def select(self, test: str, yes: str, no: str) -> str:
        return f"{yes} if {test} else {no}"

    def rank(self, edges: Table, value: str) -> str:
        return f"bisect.bisect_right({self._table(edges)}, {value})"

    def item(self, table: Table, place: str) -> str:
        return f"{self._table(table)}[int({place})]"

    def _table(self, table: Table) -> str:
        return self.tables.named(f"[{', '.join(entries_of(table, self.number))}]")


def module(exported: Exported) -> str:
    """Return the module."""
    syntax = _Python()
    functions = [_function(i, code, syntax) for i, code in enumerate(exported.features)]
    heading = "".join(f"# {line}\n" for line in exported.heading())
    usage = "".join(f"# {line}".rstrip() + "\n" for line in _USAGE.strip().splitlines())
    calls = "".join(f"    _feature_{i}(row, served)\n" for i in range(len(functions)))
    constants = "".join(f"{name} = {text}\n" for text, name in syntax.tables.names.items())
    helpers = "".join(f"\n{text}" for name, text in _HELPERS.items() if name in syntax.used)
    body = f"{constants}{helpers}{''.join(functions)}"
    used = (name for name in _MODULES if f"{name}." in body)
    imports = "".join(f"import {name}\n" for name in used)
    return (
        f"{heading}#\n{usage}\n{imports}\n"
        f"FINGERPRINT = {quoted(exported.fingerprint)}\n"
        f'_NAN = float("nan")\n_INF = float("inf")\n{body}'
        f"\n\ndef transform(row):\n    served = {{}}\n{calls}"
        "    return served\n"
    )


def _function(i: int, code: FeatureCode, syntax: _Python) -> str:
    text = written(code, syntax)
    lines = [f"\n\ndef _feature_{i}(row, served):", f"    # {comment(code.name)}"]
    lines += [f"    {syntax.variable(a.index)} = {a.expression}" for a in text.assignments]
    numbers = iter(text.served)
    for column in code.served:
        if isinstance(column, Served):
            value = f"{syntax.use('_served')}({next(numbers)})"
        else:
            syntax.use("_level")
            null = "None" if column.null is None else quoted(column.null)
            value = f"{syntax.use('_served_level')}(row.get({quoted(column.column)}), {null})"
        lines.append(f"    served[{quoted(column.name)}] = {value}")
    return "\n".join(lines) + "\n"
