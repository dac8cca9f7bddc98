"""The training normalization as a file of C99 without dependencies but the standard library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from skewcheck.repair.export.escapes import c as quoted
from skewcheck.repair.export.escapes import comment
from skewcheck.repair.export.heading import Exported
from skewcheck.repair.export.numbers import Tables, entries_of, literal
from skewcheck.repair.export.program import (
    Code,
    FeatureCode,
    Function,
    Instruction,
    Served,
    ServedLevel,
    Spelling,
    Table,
)
from skewcheck.repair.export.syntax import written
from skewcheck.text.errors import ParameterError
from skewcheck.text.printable import printable

_HELPERS: Mapping[str, str] = {
    "rank": """
static int rank(const double *edges, int count, double x) {
  int low = 0, high = count;
  while (low < high) {
    int middle = (low + high) / 2;
    if (x < edges[middle]) high = middle; else low = middle + 1;
  }
  return low;
}
""",
    "is_blank": """
static int is_blank(const char *text) {
  return text[strspn(text, " \\t\\n\\v\\f\\r\\034\\035\\036\\037")] == 0;
}
""",
    "find": """
/* Levels are in the order of their bytes; NULL for an unknown one. */
static const double *find(const char *text, size_t length, const struct level *levels, int count) {
  int low = 0, high = count;
  while (low < high) {
    int middle = (low + high) / 2;
    int order = strncmp(text, levels[middle].text, length);
    if (order == 0 && levels[middle].text[length] != 0) order = -1;
    if (order == 0) return &levels[middle].code;
    if (order < 0) high = middle; else low = middle + 1;
  }
  return NULL;
}
""",
    "bare": """
/* The length without the zeros behind the point, if the text is a number with a point. */
static size_t bare(const char *text) {
  size_t length = strlen(text), whole, decimals;
  const char *digits = text + (*text == '-');
  whole = strspn(digits, "0123456789");
  if (whole == 0 || digits[whole] != '.') return length;
  decimals = strspn(digits + whole + 1, "0123456789");
  if (decimals == 0 || digits[whole + 1 + decimals] != 0) return length;
  while (text[length - 1] == '0') length--;
  return text[length - 1] == '.' ? length - 1 : length;
}
""",
    "code": """
/* The number of a level. */
static double code(const char *text, const struct level *levels, int count, double fill,
                   double unknown, char spelling) {
  const double *number;
  if (text == NULL) return fill;
  number = find(text, strlen(text), levels, count);
  if (number != NULL) return *number;
  if (is_blank(text)) return fill;
  if (spelling == 't') {
    if (strcmp(text, "True") == 0 || strcmp(text, "TRUE") == 0) text = "true";
    if (strcmp(text, "False") == 0 || strcmp(text, "FALSE") == 0) text = "false";
    number = find(text, strlen(text), levels, count);
  }
  if (spelling == 'd') number = find(text, bare(text), levels, count);
  return number != NULL ? *number : unknown;
}
""",
    "served_level": """
static const char *served_level(const char *text, const char *fill) {
  return text == NULL || is_blank(text) ? fill : text;
}
""",
}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "code": ("find", "bare", "is_blank"), "served_level": ("is_blank",),
}  # fmt: skip
_CALLS: Mapping[Function, str] = {
    "log": "log", "log1p": "log1p", "expm1": "expm1", "sqrt": "sqrt", "abs": "fabs",
    "trunc": "trunc", "rint": "rint", "float32": "(double)(float)",
}  # fmt: skip
_SPELLINGS: Mapping[Spelling, str] = {"names": "n", "numbers": "d", "truths": "t"}
_GUARDS = """
#include <math.h>
#include <stddef.h>
#include <string.h>

#if defined(__FAST_MATH__)
#error "-ffast-math would lose nulls: compile without it"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif
"""
_LEVEL = "\nstruct level { const char *text; double code; };\n"


@dataclass(slots=True)
class _C:
    """The spelling of C, and which helpers and tables it needs."""

    numbers: Mapping[str, int]
    levels: Mapping[str, int]
    """The places of raw columns in both arrays."""
    tables: Tables = field(default_factory=lambda: Tables("T"))
    used: set[str] = field(default_factory=set)

    def use(self, name: str) -> str:
        self.used |= {name, *_NEEDED.get(name, ())}
        return name

    def repeats(self, _: Instruction) -> bool:
        return False

    def number(self, value: float) -> str:
        return literal(value, nan="NAN", infinity="INFINITY")

    def variable(self, index: int) -> str:
        return f"v{index}"

    def read(self, column: str) -> str:
        return f"raw[{self.numbers[column]}]"

    def code(self, part: Code) -> str:
        # Of texts with a byte of 0 a server has only the beginning.
        entries = sorted(part.codes.items(), key=lambda item: item[0].encode())
        text = ", ".join(f"{{{quoted(level)}, {self.number(code)}}}" for level, code in entries)
        name = self.tables.named(f"struct level %s[] = {{{text}}}")
        arguments = (
            f"levels[{self.levels[part.column]}]", name, str(len(entries)),
            self.number(part.null), self.number(part.unknown), f"'{_SPELLINGS[part.spelling]}'",
        )  # fmt: skip
        return f"{self.use('code')}({', '.join(arguments)})"

    def call(self, function: Function, value: str) -> str:
        return f"{_CALLS[function]}({value})"

    def compare(self, left: str, order: str, right: str) -> str:
        return f"{left} {order} {right}"

    def is_null(self, value: str) -> str:
        return f"isnan({value})"

    def select(self, test: str, yes: str, no: str) -> str:
        return f"{test} ? {yes} : {no}"

    def rank(self, edges: Table, value: str) -> str:
        return f"{self.use('rank')}({self._table(edges)}, {len(edges)}, {value})"

    def item(self, table: Table, place: str) -> str:
        return f"{self._table(table)}[(int)({place})]"

    def _table(self, table: Table) -> str:
        return self.tables.named(f"double %s[] = {{{', '.join(entries_of(table, self.number))}}}")


def module(exported: Exported) -> str:
    """Return the file; ParameterError for a name or a level that no text of C can hold."""
    numbers = {column: i for i, column in enumerate(exported.numbers)}
    levels = {column: i for i, column in enumerate(exported.levels)}
    _refuse(exported)
    syntax = _C(numbers, levels)
    places = iter(range(len(exported.served)))
    texts = iter(range(len(exported.served_levels)))
    arguments = _arguments(exported)
    functions = [
        _function(i, code, syntax, places, texts, arguments)
        for i, code in enumerate(exported.features)
    ]
    heading = "".join(f" * {line}\n" for line in (*exported.heading(), "", *_usage(exported)))
    constants = "".join(
        f"static const {text.replace('%s', name, 1)};\n"
        for text, name in syntax.tables.names.items()
    )
    helpers = "".join(text for name, text in _HELPERS.items() if name in syntax.used)
    names = ", ".join(name for _, name in arguments)
    calls = "".join(f"  feature_{i}({names});\n" for i in range(len(functions)))
    signature = ", ".join(f"{kind}{name}" for kind, name in arguments)
    level = _LEVEL if "code" in syntax.used else ""
    text = (
        f"/*\n{heading} */{_GUARDS}{level}\n"
        f"const char *const skewcheck_fingerprint = {quoted(exported.fingerprint)};\n"
        f"{_names('raw', exported.numbers)}{_names('level', exported.levels)}"
        f"{_names('served', exported.served)}{_names('text', exported.served_levels)}"
        f"\n{constants}{helpers}{''.join(functions)}\nvoid transform({signature}) {{\n{calls}}}\n"
    )
    return "".join(f"{line.rstrip(' ')}\n" for line in text.splitlines())


def _refuse(exported: Exported) -> None:
    """Raise ParameterError for a text with a byte of 0, or without a form in UTF-8."""
    for feature in exported.features:
        codes = (p for p in feature.instructions if isinstance(p, Code))
        texts = [level for code in codes for level in (code.column, *code.codes)]
        nulls = (s.null for s in feature.served if isinstance(s, ServedLevel))
        texts += [feature.name, *(s.name for s in feature.served), *(n for n in nulls if n)]
        for text in texts:
            if "\0" in text or text.encode(errors="ignore").decode() != text:
                raise ParameterError(
                    f"{feature.name!r}: no text of C holds {printable(text)!r} (a NUL, or half of"
                    " a surrogate pair): exclude it, or export to another language"
                )


def _arguments(exported: Exported) -> list[tuple[str, str]]:
    """Return type and name of the parameters of `transform`: those that there is use for."""
    every = [
        ("const double *", "raw", exported.numbers),
        ("const char *const *", "levels", exported.levels),
        ("double *", "served", exported.served),
        ("const char **", "texts", exported.served_levels),
    ]
    return [(kind, name) for kind, name, columns in every if columns]


def _usage(exported: Exported) -> list[str]:
    """Return what the comment says of the parameters, and of the order of the arrays."""
    arguments = _arguments(exported)
    signature = ", ".join(f"{kind}{name}" for kind, name in arguments)
    lines = [f"void transform({signature});", ""]
    says = {
        "raw": "raw numbers in the order of skewcheck_raw_names; NaN is null",
        "levels": "raw levels in UTF-8 in the order of skewcheck_level_names; NULL is null",
        "served": "gets the numbers in the order of skewcheck_served_names; NaN is null",
        "texts": "gets the levels in the order of skewcheck_text_names: pointers of `levels`",
    }
    lines += [f"{name}: {says[name]}" for _, name in arguments]
    lines += [
        "", "C99: cc -std=c99 -O2 -c FILE.c, linked with -lm. No state: threads may share it.", "",
    ]  # fmt: skip
    orders = (
        ("raw", exported.numbers), ("levels", exported.levels), ("served", exported.served),
        ("texts", exported.served_levels),
    )  # fmt: skip
    for name, columns in orders:
        lines += [f"{name}[{i}]  {comment(column)}" for i, column in enumerate(columns)]
    return lines


def _names(kind: str, columns: Sequence[str]) -> str:
    if not columns:
        return ""
    names = "".join(f"\n  {quoted(column)}," for column in columns)
    return f"const char *const skewcheck_{kind}_names[{len(columns)}] = {{{names}\n}};\n"


def _function(
    i: int, code: FeatureCode, syntax: _C, places: Iterator[int], texts: Iterator[int],
    arguments: Sequence[tuple[str, str]],
) -> str:  # fmt: skip
    text = written(code, syntax)
    lines = [f"  double {syntax.variable(a.index)} = {a.expression};" for a in text.assignments]
    numbers = iter(text.served)
    for column in code.served:
        if isinstance(column, Served):
            lines.append(f"  served[{next(places)}] = {next(numbers)};")
            continue
        null = "NULL" if column.null is None else quoted(column.null)
        raw = f"levels[{syntax.levels[column.column]}]"
        lines.append(f"  texts[{next(texts)}] = {syntax.use('served_level')}({raw}, {null});")
    body = "\n".join(lines)
    # Compilers warn of parameters that nothing reads.
    signature = ", ".join(f"{kind}{name}" for kind, name in arguments)
    unused = "".join(f"  (void){name};\n" for _, name in arguments if f"{name}[" not in body)
    return (
        f"\n/* {comment(code.name)} */\nstatic void feature_{i}({signature}) {{\n{unused}"
        f"{body}\n}}\n"
    )
