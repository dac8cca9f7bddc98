"""The training normalization as a JavaScript file: a CommonJS module, or a page's script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skewcheck.repair.export.escapes import comment
from skewcheck.repair.export.escapes import javascript as quoted
from skewcheck.repair.export.heading import Exported
from skewcheck.repair.export.numbers import Tables, entries_of, literal
from skewcheck.repair.export.program import Code, FeatureCode, Function, Instruction, Served, Table
from skewcheck.repair.export.syntax import written

_USAGE = """
transform(row) returns the served values of a row by name. `row` has the raw values by name; null,
undefined, NaN and a missing property are null, and a served null is null. Text where a number
belongs is a TypeError. CommonJS: require it, or import { transform } from it in an ES module;
bundlers take it as well (name it .cjs in a package of ES modules), and in a page it is a script.
"""
_HELPERS: Mapping[str, str] = {
    "raw": """
function raw(row, name) {
  return Object.prototype.hasOwnProperty.call(row, name) ? row[name] : null;
}
""",
    "number": """
function number(value) {
  if (value === null || value === undefined) return NaN;
  if (typeof value === "string") throw new TypeError("text where a number belongs");
  return Number(value);
}
""",
    "level": """
// The one spelling of a level; null for null.
function level(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  return String(value);
}
""",
    "isBlank": """
function isBlank(text) {
  return /^[\\s\\x1c-\\x1f\\x85]*$/.test(text.replace(/\\ufeff/g, "x"));
}
""",
    "code": """
// The number of a level.
function code(value, codes, fill, unknown, spelling, swapped) {
  let text = level(value);
  if (text === null) return fill;
  if (typeof value !== "string" && swapped.has(text)) text = swapped.get(text);
  if (codes.has(text)) return codes.get(text);
  if (isBlank(text)) return fill;
  if (spelling === "truths" && /^(True|TRUE|False|FALSE)$/.test(text)) text = text.toLowerCase();
  else if (spelling === "numbers" && /^-?[0-9]+\\.[0-9]+$/.test(text)) {
    text = text.replace(/0+$/, "").replace(/\\.$/, "");
  }
  return codes.has(text) ? codes.get(text) : unknown;
}
""",
    "servedLevel": """
function servedLevel(value, fill) {
  const text = level(value);
  return text === null || isBlank(text) ? fill : text;
}
""",
    "rank": """
function rank(edges, x) {
  let low = 0, high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x < edges[middle]) high = middle; else low = middle + 1;
  }
  return low;
}
""",
    "rint": """
// Half to even.
function rint(x) {
  if (!(Math.abs(x) < 4503599627370496)) return x;
  return x < 0 ? (x - 4503599627370496) + 4503599627370496
    : (x + 4503599627370496) - 4503599627370496;
}
""",
    "served": """
function served(x) {
  return Number.isNaN(x) ? null : x;
}
""",
}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "code": ("level", "isBlank"), "servedLevel": ("level", "isBlank"),
}  # fmt: skip
_MATH: Mapping[Function, str] = {
    "log": "Math.log", "log1p": "Math.log1p", "expm1": "Math.expm1", "sqrt": "Math.sqrt",
    "abs": "Math.abs", "trunc": "Math.trunc", "rint": "rint", "float32": "Math.fround",
}  # fmt: skip


@dataclass(slots=True)
class _JavaScript:
    """The spelling of JavaScript, and which helpers and tables it needs."""

    tables: Tables = field(default_factory=lambda: Tables("T"))
    used: set[str] = field(default_factory=set)

    def use(self, name: str) -> str:
        self.used |= {name, *_NEEDED.get(name, ())}
        return name

    def raw(self, column: str) -> str:
        return f"{self.use('raw')}(row, {quoted(column)})"

    def repeats(self, _: Instruction) -> bool:
        return False

    def number(self, value: float) -> str:
        return literal(value, nan="NaN", infinity="Infinity")

    def variable(self, index: int) -> str:
        return f"v{index}"

    def read(self, column: str) -> str:
        return f"{self.use('number')}({self.raw(column)})"

    def code(self, part: Code) -> str:
        numbers = {level: self.number(code) for level, code in part.codes.items()}
        codes = self.tables.named(_map(numbers))
        swapped = {name: quoted(level) for name, level in part.swapped.items()}
        arguments = (
            self.raw(part.column), codes, self.number(part.null), self.number(part.unknown),
            quoted(part.spelling), self.tables.named(_map(swapped)),
        )  # fmt: skip
        return f"{self.use('code')}({', '.join(arguments)})"

    def call(self, function: Function, value: str) -> str:
        if function == "rint":
            self.use("rint")
        return f"{_MATH[function]}({value})"

    def compare(self, left: str, order: str, right: str) -> str:
        return f"{left} {'===' if order == '==' else order} {right}"

    def is_null(self, value: str) -> str:
        return f"Number.isNaN({value})"

    def select(self, test: str, yes: str, no: str) -> str:
        return f"{test} ? {yes} : {no}"

    def rank(self, edges: Table, value: str) -> str:
        return f"{self.use('rank')}({self._table(edges)}, {value})"

    def item(self, table: Table, place: str) -> str:
        return f"{self._table(table)}[{place}]"

    def _table(self, table: Table) -> str:
        return self.tables.named(f"[{', '.join(entries_of(table, self.number))}]")


def _map(entries: Mapping[str, str]) -> str:
    """Return a Map of literals: objects have names of their own, as __proto__."""
    values = (f"[{quoted(key)}, {value}]" for key, value in entries.items())
    return f"new Map([{', '.join(values)}])"


def module(exported: Exported) -> str:
    """Return the file."""
    syntax = _JavaScript()
    functions = [_function(i, code, syntax) for i, code in enumerate(exported.features)]
    heading = "".join(f"// {line}\n" for line in exported.heading())
    usage = "".join(f"// {line}\n" for line in _USAGE.strip().splitlines())
    calls = "".join(f"    feature{i}(row, out);\n" for i in range(len(functions)))
    constants = "".join(f"const {name} = {text};\n" for text, name in syntax.tables.names.items())
    helpers = "".join(text for name, text in _HELPERS.items() if name in syntax.used)
    body = "".join((constants, helpers, *functions))
    return (
        f'{heading}//\n{usage}"use strict";\n\n'
        f"const FINGERPRINT = {quoted(exported.fingerprint)};\n\n"
        f"const transform = (function () {{\n{body}\n"
        f"  return function transform(row) {{\n    const out = Object.create(null);\n{calls}"
        "    return out;\n  };\n})();\n\n"
        'if (typeof module !== "undefined") module.exports = { transform, FINGERPRINT };\n'
    )


def _function(i: int, code: FeatureCode, syntax: _JavaScript) -> str:
    text = written(code, syntax)
    lines = [f"\n// {comment(code.name)}", f"function feature{i}(row, out) {{"]
    lines += [f"  const {syntax.variable(a.index)} = {a.expression};" for a in text.assignments]
    numbers = iter(text.served)
    for column in code.served:
        if isinstance(column, Served):
            value = f"{syntax.use('served')}({next(numbers)})"
        else:
            null = "null" if column.null is None else quoted(column.null)
            value = f"{syntax.use('servedLevel')}({syntax.raw(column.column)}, {null})"
        lines.append(f"  out[{quoted(column.name)}] = {value};")
    return "\n".join([*lines, "}"]) + "\n"
