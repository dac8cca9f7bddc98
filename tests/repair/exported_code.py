"""Running exported code on columns of raw values, in one process a language."""

from __future__ import annotations

import math
import sqlite3
import struct
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from left_out import needs

import skewcheck
from skewcheck.config.options_of_export import DIALECTS
from skewcheck.features.types import Parameters

Column = Sequence[float] | Sequence[str | None]
Columns = Mapping[str, Column]
Answers = dict[str, list[float | str | None]]
"""Served columns by name; null is None, and NaN where it is a number that is wrong."""
TABLE = "raw values"

_NODE = """
const fs = require("fs");
const { transform } = require(process.argv[2]);
const unhex = (text) => Buffer.from(text, "hex").toString("utf8");
const hex = (text) => "x" + Buffer.from(text, "utf8").toString("hex");
const [numbers, levels, ...rows] = fs.readFileSync(process.argv[3], "latin1").trimEnd()
  .split("\\n").map((line) => line.split(" ").slice(1));
const view = new DataView(new ArrayBuffer(8));
const names = [...numbers, ...levels].map(unhex);
const written = rows.map((cells) => {
  const row = Object.create(null);
  cells.forEach((cell, i) => {
    if (i >= numbers.length) row[names[i]] = cell === "-" ? null : unhex(cell.slice(1));
    else { view.setBigUint64(0, BigInt("0x" + cell)); row[names[i]] = view.getFloat64(0); }
  });
  return transform(row);
});
const name = (row) => Object.keys(row).map((key) => hex(key)).join(" ");
const cell = (value) => {
  if (value === null) return "-";
  if (typeof value === "string") return hex(value);
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
};
console.log(name(written[0]));
console.log(written.map((row) => Object.values(row).map(cell).join(" ")).join("\\n"));
"""
_JAVA = """
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;

public class Run {
  static String unhex(String text) {
    byte[] bytes = new byte[text.length() / 2];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Integer.parseInt(text.substring(2 * i, 2 * i + 2), 16);
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static String hex(String text) {
    StringBuilder out = new StringBuilder("x");
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      out.append(Integer.toHexString(0x100 | (b & 0xff)).substring(1));
    }
    return out.toString();
  }

  static String bits(double value) {
    String text = Long.toHexString(Double.doubleToRawLongBits(value));
    return "0000000000000000".substring(text.length()) + text;
  }

  public static void main(String[] arguments) throws Exception {
    List<String> lines = Files.readAllLines(Paths.get(arguments[0]), StandardCharsets.ISO_8859_1);
    List<String> names = new ArrayList<>();
    int numbers = lines.get(0).split(" ").length - 1;
    for (int i = 0; i < 2; i++) {
      String[] parts = lines.get(i).split(" ");
      for (int j = 1; j < parts.length; j++) names.add(unhex(parts[j]));
    }
    StringBuilder out = new StringBuilder();
    for (String line : lines.subList(2, lines.size())) {
      String[] cells = line.split(" ");
      Map<String, Object> row = new HashMap<>();
      for (int i = 0; i < names.size(); i++) {
        String cell = cells[i + 1];
        row.put(names.get(i), i < numbers
            ? (Object) Double.longBitsToDouble(Long.parseUnsignedLong(cell, 16))
            : cell.equals("-") ? null : unhex(cell.substring(1)));
      }
      Map<String, Object> served = SkewcheckTransform.transform(row);
      if (out.length() == 0) {
        List<String> keys = new ArrayList<>();
        for (String key : served.keySet()) keys.add(hex(key));
        out.append(String.join(" ", keys)).append('\\n');
      }
      List<String> values = new ArrayList<>();
      for (Object value : served.values()) {
        values.add(value == null ? "-" : value instanceof String ? hex((String) value)
            : bits((Double) value));
      }
      out.append(String.join(" ", values)).append('\\n');
    }
    System.out.print(out);
  }
}
"""
_C = """
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "exported.c"

static char *unhex(char *text) {
  char *out = text, *in = text;
  unsigned int byte;
  for (; in[0] && sscanf(in, "%2x", &byte) == 1; in += 2) *out++ = (char)byte;
  *out = 0;
  return text;
}

static void hex(const char *text) {
  putchar('x');
  for (; *text; text++) printf("%02x", (unsigned char)*text);
}

static char *tokens[100000];
static char line[1 << 22];

static int split(void) {
  int n = 0;
  char *token;
  if (!fgets(line, sizeof line, stdin)) return -1;
  strtok(line, " \\n");
  while ((token = strtok(NULL, " \\n")) != NULL) tokens[n++] = token;
  return n;
}

static int place(const char *name, const char *const *names, int count) {
  for (int i = 0; i < count; i++) if (strcmp(name, names[i]) == 0) return i;
  fprintf(stderr, "no such column: %s", name);
  exit(1);
}

static double raw[N_RAW + 1], served[N_SERVED + 1];
static const char *levels[N_LEVELS + 1], *texts[N_TEXTS + 1];
static int places[N_RAW + N_LEVELS + 1];
static const char *const none[1] = {0};

int main(void) {
  int i, numbers = split();
  for (i = 0; i < numbers; i++) places[i] = place(unhex(tokens[i]), RAW_NAMES, N_RAW);
  int level = split();
  for (i = 0; i < level; i++) {
    places[numbers + i] = place(unhex(tokens[i]), LEVEL_NAMES, N_LEVELS);
  }
  for (i = 0; i < N_SERVED; i++) { hex(SERVED_NAMES[i]); putchar(' '); }
  for (i = 0; i < N_TEXTS; i++) { hex(TEXT_NAMES[i]); putchar(' '); }
  putchar('\\n');
  while (split() >= 0) {
    for (i = 0; i < numbers; i++) {
      uint64_t bits = strtoull(tokens[i], NULL, 16);
      memcpy(&raw[places[i]], &bits, 8);
    }
    for (i = numbers; i < numbers + level; i++) {
      levels[places[i]] = tokens[i][0] == '-' ? NULL : unhex(tokens[i] + 1);
    }
    CALL;
    for (i = 0; i < N_SERVED; i++) {
      uint64_t bits;
      memcpy(&bits, &served[i], 8);
      if (isnan(served[i])) printf("- ");
      else printf("%016llx ", (unsigned long long)bits);
    }
    for (i = 0; i < N_TEXTS; i++) {
      if (texts[i]) hex(texts[i]); else putchar('-');
      putchar(' ');
    }
    putchar('\\n');
  }
  (void)raw; (void)served; (void)levels; (void)texts; (void)none;
  return 0;
}
"""
FLAGS = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic")


def run_python(source: str, columns: Columns, _: Path) -> Answers:
    """Run a module of Python."""
    space: dict[str, object] = {}
    exec(compile(source, "exported.py", "exec"), space)  # noqa: S102  # the code under test
    transform = space["transform"]
    assert callable(transform)
    rows = (dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True))
    served = [transform(row) for row in rows]
    return {name: [row[name] for row in served] for name in served[0]}


def run_javascript(source: str, columns: Columns, folder: Path) -> Answers:
    """Run a CommonJS module by Node."""
    (folder / "exported.cjs").write_text(source, "utf-8")
    (folder / "run.cjs").write_text(_NODE)
    (folder / "rows.txt").write_text(_protocol(columns))
    return _answers(_output(["node", "run.cjs", "./exported.cjs", "rows.txt"], folder))


def run_java(source: str, columns: Columns, folder: Path) -> Answers:
    """Compile and run a class of Java."""
    (folder / "SkewcheckTransform.java").write_text(source, "utf-8")
    (folder / "Run.java").write_text(_JAVA)
    (folder / "rows.txt").write_text(_protocol(columns))
    _output(["javac", "-Xlint:all", "-Werror", "SkewcheckTransform.java", "Run.java"], folder)
    return _answers(_output(["java", "-XX:TieredStopAtLevel=1", "Run", "rows.txt"], folder))


def run_c(source: str, columns: Columns, folder: Path) -> Answers:
    """Compile and run a file of C, with warnings as errors."""
    (folder / "exported.c").write_text(source, "utf-8")
    kinds = (("raw", "RAW"), ("level", "LEVELS"), ("served", "SERVED"), ("text", "TEXTS"))
    defined = ""
    for kind, name in kinds:
        array = f"skewcheck_{kind}_names"
        start = source.find(f"{array}[")
        count = source[start:].partition("[")[2].partition("]")[0] if start >= 0 else "0"
        defined += f"#define N_{name} {count}\n"
        defined += f"#define {kind.upper()}_NAMES {array if start >= 0 else 'none'}\n"
    call = source[source.rindex("void transform(") :].partition("(")[2].partition(")")[0]
    names = ", ".join(part.split()[-1].lstrip("*") for part in call.split(","))
    defined += f"#define CALL transform({names})\n"
    (folder / "run.c").write_text(defined + _C)
    _output(["gcc", *FLAGS, "-Wno-unused-function", "run.c", "-o", "run", "-lm"], folder)
    return _answers(_output([str(folder / "run")], folder, _protocol(columns)))


def run_duckdb(source: str, columns: Columns, _: Path) -> Answers:
    """Run a SELECT by DuckDB, with NaN for null in the table's numbers."""
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    with duckdb.connect() as connection:
        connection.register(TABLE, table)
        return _columns(connection.execute(source))


def run_sqlite(source: str, columns: Columns, _: Path) -> Answers:
    """Run a SELECT by SQLite."""
    names = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f'create table "{TABLE}" ({names})')
        marks = ", ".join("?" * len(columns))
        rows = zip(*columns.values(), strict=True)
        connection.executemany(f'insert into "{TABLE}" values ({marks})', rows)  # noqa: S608
        return _columns(connection.execute(source))


def exported(parameters: Parameters, name: str, *, dtype: str = "float64") -> str:
    """Return the code of a runner's language, by the public function."""
    if name in DIALECTS:
        return skewcheck.export(parameters, "sql", table=TABLE, dialect=name, dtype=dtype)
    return skewcheck.export(parameters, name, dtype=dtype)


def _columns(cursor: duckdb.DuckDBPyConnection | sqlite3.Cursor) -> Answers:
    rows = cursor.fetchall()
    return {column[0]: [row[i] for row in rows] for i, column in enumerate(cursor.description)}


RUNNERS: Mapping[str, Callable[[str, Columns, Path], Answers]] = {
    "python": run_python, "javascript": run_javascript, "java": run_java, "c": run_c,
    "duckdb": run_duckdb, "sqlite": run_sqlite,
}  # fmt: skip
QUICK = [
    "python", pytest.param("javascript", marks=needs("node")),
    pytest.param("c", marks=needs("gcc")), "duckdb", "sqlite",
]  # fmt: skip
LANGUAGES = [*QUICK, pytest.param("java", marks=needs("javac"))]
"""Java takes seconds to compile: it is in the tests of everything at once."""


def _protocol(columns: Columns) -> str:
    """Return columns as text: names in hexadecimal digits, numbers as bits, levels as UTF-8."""
    numbers = [name for name, values in columns.items() if _is_numeric(values)]
    levels = [name for name in columns if name not in numbers]
    cells = [list(map(_bits, columns[name])) for name in numbers]
    cells += [["-" if v is None else f"x{str(v).encode().hex()}" for v in columns[name]]
              for name in levels]  # fmt: skip
    header = [" ".join([".", *(n.encode().hex() for n in names)]) for names in (numbers, levels)]
    return "\n".join([*header, *(" ".join([".", *row]) for row in zip(*cells, strict=True))]) + "\n"


def _is_numeric(values: Column) -> bool:
    return any(isinstance(value, float) for value in values)


def _bits(value: float | str | None) -> str:
    assert isinstance(value, float)
    return struct.pack(">d", value).hex()


def _output(command: Sequence[str], folder: Path, text: str | None = None) -> str:
    done = subprocess.run(
        command, cwd=folder, input=text, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, (done.stderr or done.stdout)[:3000]
    return done.stdout


def _answers(text: str) -> Answers:
    names, *rows = text.split("\n")[:-1]
    table = zip(*(row.split() for row in rows), strict=True)
    return {
        bytes.fromhex(name[1:]).decode(): [_value(cell) for cell in cells]
        for name, cells in zip(names.split(), table, strict=True)
    }


def _value(cell: str) -> float | str | None:
    if cell == "-":
        return None
    if cell.startswith("x"):
        return bytes.fromhex(cell[1:]).decode()
    value = struct.unpack(">d", bytes.fromhex(cell))[0]
    return math.nan if math.isnan(value) else float(value)
