"""The training normalization as a Java class without dependencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from skewcheck.repair.export.escapes import comment
from skewcheck.repair.export.escapes import java as quoted
from skewcheck.repair.export.heading import Exported
from skewcheck.repair.export.numbers import Tables, entries_of, literal
from skewcheck.repair.export.program import Code, FeatureCode, Function, Instruction, Served, Table
from skewcheck.repair.export.syntax import written

CLASS = "SkewcheckTransform"
"""The name of the class, and so of its file."""
_FEATURES_OF_CLASS = 100
"""Features of a nested class: each class has at most 65,535 constants."""
_ENTRIES_OF_CLASS = 1000
"""Entries of a table that a nested class fills: a method has at most 65,535 bytes."""
_LONGEST = 16_000
"""Characters of a literal: its UTF-8 has at most 65,535 bytes."""
_WHOLE = {"double": ("joined", "double[]"), "String": ("codes", "Map<String, Double>")}
"""By type of a table's entries, what joins its parts, and to what."""
_USAGE = f"""
{CLASS}.transform(row) returns the served values of a row by name: Double, or String where a
level is served as it is. The row maps the raw names to Number, Boolean or String; null, NaN and a
missing key are null, and a served null is null. Text where a number belongs is a
ClassCastException. The file must be named {CLASS}.java; Java 8 or newer, nothing else.
"""
_HELPERS = """
  private static double number(Object value) {
    if (value == null) return Double.NaN;
    if (value instanceof Boolean) return ((Boolean) value) ? 1.0 : 0.0;
    return ((Number) value).doubleValue();
  }

  /** The one spelling of a level; null for null. */
  private static String level(Object value) {
    if (value instanceof Double || value instanceof Float) {
      double number = ((Number) value).doubleValue();
      if (Double.isNaN(number)) return null;
      boolean whole = Math.abs(number) < 9007199254740992.0 && number == Math.rint(number);
      return whole ? Long.toString((long) number) : value.toString();
    }
    return value == null ? null : value.toString();
  }

  private static boolean isBlank(String text) {
    return text.codePoints().allMatch(c ->
        Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85);
  }

  /** The number of a level. */
  private static double code(Object value, Map<String, Double> codes, double fill,
      double unknown, String spelling, Map<String, String> swapped) {
    String text = level(value);
    if (text == null) return fill;
    if (!(value instanceof CharSequence)) text = swapped.getOrDefault(text, text);
    Double exact = codes.get(text);
    if (exact != null) return exact;
    if (isBlank(text)) return fill;
    if (spelling.equals("truths") && text.matches("True|TRUE|False|FALSE")) {
      text = text.toLowerCase(Locale.ROOT);
    } else if (spelling.equals("numbers") && text.matches("-?[0-9]+\\\\.[0-9]+")) {
      text = text.replaceAll("0+$", "").replaceAll("\\\\.$", "");
    }
    return codes.getOrDefault(text, unknown);
  }

  private static String servedLevel(Object value, String fill) {
    String text = level(value);
    return text == null || isBlank(text) ? fill : text;
  }

  private static int rank(double[] edges, double x) {
    int low = 0;
    int high = edges.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (x < edges[middle]) high = middle; else low = middle + 1;
    }
    return low;
  }

  private static double item(double[] table, double place) {
    return table[(int) place];
  }

  private static double trunc(double x) {
    return x < 0 ? Math.ceil(x) : Math.floor(x);
  }

  private static Object served(double x) {
    return Double.isNaN(x) ? null : (Object) x;
  }

  private static double[] joined(double[]... parts) {
    return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
  }

  private static Map<String, Double> codes(String[]... parts) {
    Map<String, Double> result = new HashMap<>();
    for (String[] part : parts) {
      for (int i = 0; i < part.length; i += 2) result.put(part[i], Double.valueOf(part[i + 1]));
    }
    return result;
  }

  private static Map<String, String> swapped(String... pairs) {
    Map<String, String> result = new HashMap<>();
    for (int i = 0; i < pairs.length; i += 2) result.put(pairs[i], pairs[i + 1]);
    return result;
  }
"""
_MATH: Mapping[Function, str] = {
    "log": "Math.log", "log1p": "Math.log1p", "expm1": "Math.expm1", "sqrt": "Math.sqrt",
    "abs": "Math.abs", "trunc": "trunc", "rint": "Math.rint", "float32": "(double) (float) ",
}  # fmt: skip


@dataclass(slots=True)
class _Java:
    """The spelling of Java, and which tables it needs."""

    tables: Tables = field(default_factory=lambda: Tables("T"))
    parts: dict[str, tuple[str, Sequence[str]]] = field(default_factory=dict)
    """By name of a table, the type of its entries and these."""

    def repeats(self, _: Instruction) -> bool:
        return False

    def number(self, value: float) -> str:
        return literal(value, nan="Double.NaN", infinity="Double.POSITIVE_INFINITY")

    def variable(self, index: int) -> str:
        return f"v{index}"

    def read(self, column: str) -> str:
        return f"number(row.get({_text(column)}))"

    def code(self, part: Code) -> str:
        entries = [f"{_text(level)}, {quoted(_entry(code))}" for level, code in part.codes.items()]
        pairs = ", ".join(f"{_text(a)}, {_text(b)}" for a, b in part.swapped.items())
        codes, swapped = self._table("String", entries), self.tables.named(f"swapped({pairs})")
        arguments = (
            f"row.get({_text(part.column)})", f"{codes}.ALL", self.number(part.null),
            self.number(part.unknown), quoted(part.spelling), swapped,
        )  # fmt: skip
        return f"code({', '.join(arguments)})"

    def call(self, function: Function, value: str) -> str:
        return f"{_MATH[function]}({value})"

    def compare(self, left: str, order: str, right: str) -> str:
        return f"{left} {order} {right}"

    def is_null(self, value: str) -> str:
        return f"Double.isNaN({value})"

    def select(self, test: str, yes: str, no: str) -> str:
        return f"{test} ? {yes} : {no}"

    def rank(self, edges: Table, value: str) -> str:
        return f"rank({self._table('double', entries_of(edges, self.number))}.ALL, {value})"

    def item(self, table: Table, place: str) -> str:
        return f"item({self._table('double', entries_of(table, self.number))}.ALL, {place})"

    def _table(self, kind: str, entries: Sequence[str]) -> str:
        name = self.tables.named(f"{kind} {', '.join(entries)}")
        self.parts[name] = kind, entries
        return name


def _entry(code: float) -> str:
    """Return a number as Double.valueOf reads it."""
    return "NaN" if code != code else repr(code).replace("inf", "Infinity")


def _text(text: str) -> str:
    """Return a literal, or several joined when the class runs."""
    if len(text) <= _LONGEST:
        return quoted(text)
    parts = (text[i : i + _LONGEST] for i in range(0, len(text), _LONGEST))
    return f'String.join("", {", ".join(map(quoted, parts))})'


def module(exported: Exported) -> str:
    """Return the file."""
    syntax = _Java()
    functions = [_function(i, code, syntax) for i, code in enumerate(exported.features)]
    numbers = range(0, len(functions), _FEATURES_OF_CLASS)
    nested = "".join(
        f"\n  private static final class Part{i} {{"
        f"{''.join(functions[start : start + _FEATURES_OF_CLASS])}  }}\n"
        for i, start in enumerate(numbers)
    )
    calls = "".join(
        f"    Part{i // _FEATURES_OF_CLASS}.feature{i}(row, served);\n"
        for i in range(len(functions))
    )
    heading = "".join(f"// {line}\n" for line in exported.heading())
    usage = "".join(f"// {line}\n" for line in _USAGE.strip().splitlines())
    return (
        f"{heading}//\n{usage}\nimport java.util.Arrays;\nimport java.util.HashMap;\n"
        "import java.util.LinkedHashMap;\nimport java.util.Locale;\nimport java.util.Map;\n\n"
        f"public final class {CLASS} {{\n"
        f"  public static final String FINGERPRINT = {quoted(exported.fingerprint)};\n\n"
        f"  private {CLASS}() {{\n  }}\n\n"
        "  public static Map<String, Object> transform(Map<String, ?> row) {\n"
        f"    Map<String, Object> served = new LinkedHashMap<>();\n{calls}"
        f"    return served;\n  }}\n{_HELPERS}{_constants(syntax)}{nested}}}\n"
    )


def _constants(syntax: _Java) -> str:
    """Return the tables, each of which a class of its own holds in parts."""
    text = "".join(
        f"\n  private static final Map<String, String> {name} = {made};\n"
        for made, name in syntax.tables.names.items()
        if name not in syntax.parts
    )
    for name, (kind, entries) in syntax.parts.items():
        starts = range(0, len(entries), _ENTRIES_OF_CLASS)
        parts = ", ".join(f"{name}P{i}.PART" for i in range(len(starts)))
        made, whole = _WHOLE[kind]
        text += f"\n  private static final class {name} {{\n"
        text += f"    static final {whole} ALL = {made}({parts});\n  }}\n"
        for i, start in enumerate(starts):
            some = ", ".join(entries[start : start + _ENTRIES_OF_CLASS])
            text += f"\n  private static final class {name}P{i} {{\n"
            text += f"    static final {kind}[] PART = {{{some}}};\n  }}\n"
    return text


def _function(i: int, code: FeatureCode, syntax: _Java) -> str:
    text = written(code, syntax)
    arguments = "Map<String, ?> row, Map<String, Object> served"
    lines = [f"\n    // {comment(code.name)}", f"    static void feature{i}({arguments}) {{"]
    lines += [f"      double {syntax.variable(a.index)} = {a.expression};"
              for a in text.assignments]  # fmt: skip
    numbers = iter(text.served)
    for column in code.served:
        if isinstance(column, Served):
            value = f"served({next(numbers)})"
        else:
            null = "null" if column.null is None else _text(column.null)
            value = f"servedLevel(row.get({_text(column.column)}), {null})"
        lines.append(f"      served.put({_text(column.name)}, {value});")
    return "\n".join([*lines, "    }"]) + "\n"
