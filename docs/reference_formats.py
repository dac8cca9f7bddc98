"""Sections of docs/reference.md on formats and codes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields

from skewcheck.catalogue.causes import CAUSES
from skewcheck.catalogue.codes import codes
from skewcheck.catalogue.tests import TESTS
from skewcheck.features.steps import OPS, Step
from skewcheck.reports.json import schema

Row = tuple[str, ...]
Table = Callable[[Sequence[str], Sequence[Row]], str]

FILE_KEYS: Mapping[str, str] = {
    "skewcheck": '`{"kind": "parameters", "version": 1}`; a newer version is refused.',
    "model": "`name`, `version`, `sha256` of the model file, and `error` (below).",
    "fingerprint": "`sha256:` of what normalizes: features, types, roles, order and steps.",
    "features": "Per feature name its entry (below), in the order of the model's inputs.",
}
FEATURE_KEYS: Mapping[str, str] = {
    "type": "`numeric` or `categorical`; without it what the steps need.",
    "role": "`feature` (default), `prediction` or `label`: the last two are no inputs.",
    "importance": "To the model, in any unit; it orders reports.",
    "steps": "The training normalization, in order; the only key that is required.",
    "reference": "The distribution in training (below); without it some tests are `untested`.",
    "untested": (
        "Why the normalization cannot be reapplied, as the reader of a foreign file says; raw"
        " columns are still compared."
    ),
}
REFERENCE_KEYS: Mapping[str, tuple[str, str]] = {
    "rows": ("both", "Rows of the training data."),
    "nulls": ("both", "Rows without a value; NaN counts as null."),
    "nonfinite": ("numeric", "Rows with +inf or -inf."),
    "mean": ("numeric", "Mean of the finite values."),
    "std": ("numeric", "Population standard deviation (ddof 0) of the finite values."),
    "min": ("numeric", "Smallest finite value."),
    "max": ("numeric", "Largest finite value."),
    "step": ("numeric", "Width of the grid on which raw values lie; absent where there is none."),
    "step_share": ("numeric", "Share of the values that lie on that grid."),
    "edges": ("numeric", "k raw values, ascending and distinct, at which rows are counted."),
    "at": ("numeric", "k counts of values equal to each edge."),
    "between": (
        "numeric",
        (
            "k + 1 counts in the open intervals: below the first edge, between neighbours, above"
            " the last. `at` and `between` add up to the finite rows."
        ),
    ),
    "sums": ("numeric", "k + 1 sums of the values counted by `between`."),
    "counts": ("categorical", "Rows per level, of at most 10,000 levels."),
    "other": ("categorical", "Rows of levels that `counts` does not list."),
}
ERROR_KEYS: Mapping[str, str] = {
    "metric": "`error_rate`, `log_loss`, `brier`, `rmse` or `mae`.",
    "value": "The metric on the training data.",
    "rows": "Rows that it was taken of.",
    "std": "Standard deviation of a row's loss.",
    "positive": "The level of the label that a score is the probability of.",
}


def parameter_file(table: Table) -> str:
    """Return what a parameter file of version 1 holds, and every step with its keys."""
    intro = (
        "JSON, or the same keys in TOML; UTF-8. Keys that begin with `x-` are kept and ignored"
        " (`x-warnings`: what its reader warned of; `x-source`: where a value came from). Other"
        " unknown keys, unknown ops, NaN, duplicate keys, edges that do not ascend and scales of"
        " 0 are errors that name the place (`features.fare.steps[2].std: must be > 0, got 0`).\n"
    )
    return "\n".join([
        intro,
        _keys(table, "The file", FILE_KEYS),
        _keys(table, "An entry of `features`", FEATURE_KEYS),
        "### An entry of `reference`\n",
        table(("key", "of", "meaning"),
              [(f"`{key}`", of, text) for key, (of, text) in REFERENCE_KEYS.items()]),
        _keys(table, "`model.error`", ERROR_KEYS),
        "### Steps\n",
        table(("op", "keys (default)", "what it does"), [_step(op) for op in OPS.values()]),
    ])  # fmt: skip


def _keys(table: Table, title: str, keys: Mapping[str, str]) -> str:
    rows = [(f"`{key}`", text) for key, text in keys.items()]
    return f"### {title}\n\n{table(('key', 'meaning'), rows)}"


def _step(op: type[Step]) -> Row:
    """Return an op's row: its keys with their defaults, and the first lines of its docstring."""
    keys = ", ".join(map(_key, fields(op)))
    return f"`{op.op}`", keys, inspect.getdoc(op) or ""


def _key(field: Field[object]) -> str:
    name = f"`{field.name.removesuffix('_')}`"
    if field.default is MISSING or field.default is None:
        return name
    default = list(field.default) if isinstance(field.default, tuple) else field.default
    return f"{name} ({default})"


def json_report(table: Table) -> str:
    """Return every key of the JSON report, from its JSON Schema."""
    whole = schema()
    rows = list(_members(whole, "", whole))
    for name, definition in _mapping(whole["$defs"]).items():
        if "properties" in _mapping(definition):
            rows += _members(_mapping(definition), f"{name}: ", whole)
    return (
        "`--format json`; the JSON Schema is `skewcheck/reports/report.schema.json`. A key without"
        " a value is left out, but `tests` and `causes` are always there. The same input gives the"
        " same bytes: times and durations stand only under `run`. Rows that begin with a name and"
        " a colon are the members of an object that stands in several places. A `count` is a whole"
        " number, a `share` a number from 0 to 1, a `value` a number or text of the data.\n\n"
        + table(("key", "type", "always", "meaning"), rows)
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _members(node: Mapping[str, object], path: str, whole: Mapping[str, object]) -> Iterator[Row]:
    """Yield the members of an object of the schema, those inside of objects after it."""
    required = node.get("required", [])
    for name, value in _mapping(node.get("properties")).items():
        member = _mapping(value)
        always = "yes" if isinstance(required, list) and name in required else ""
        yield f"`{path}{name}`", _kind(member), always, str(member.get("description", ""))
        items = _mapping(member.get("items"))
        inner = items if "properties" in items else member
        suffix = "[]." if inner is items else "."
        yield from _members(inner, f"{path}{name}{suffix}", whole)


def _kind(member: Mapping[str, object]) -> str:
    """Return the type of a member in a few words."""
    if "$ref" in member:
        return str(member["$ref"]).removeprefix("#/$defs/")
    if "enum" in member:
        values = member["enum"]
        return ", ".join(f"`{value}`" for value in values) if isinstance(values, list) else ""
    if "const" in member:
        return f"`{member['const']}`"
    kind = member.get("type", "")
    if kind == "array" and (items := _kind(_mapping(member.get("items")))):
        return f"array of {items}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def comparison() -> str:
    """Return the rules by which two values are the same, and which mode tests what."""
    return """\
- The mode of a feature follows from the columns of the log: `paired` (raw and served values),
  `served` or `raw`. A raw column that is absent beside a served one is no finding. A literal column
  name wins over a nested `a.b`; elements of vectors are `features[3]`.
- **Parity**: a served value is right if some order of float32 or float64 operations makes it of the
  raw one: 5 x 2^-24 of each operand of each addition (of a power step also 1/lambda), carried
  through the slopes of the later steps. At the edge of a bucket either side counts; numbers in text
  may be off by half of their last digit.
- **Raw values** count as one of training's if arithmetic explains the difference: in a float32
  column 4 units in the last place, in a float64 column 2^-44 of the value or of the usual edge,
  whichever is larger. Integer columns are exact.
- **Grid**: a served value is on the raw grid if one of the raw values that the training steps may
  turn into it is, with the same rounding, and that of a cast to a narrower type.
- **Scales from the grid**: of served values alone the widest spacing that holds them tells the
  scale up to a whole factor. It is called exact only if no other scale (whole factors to 120, those
  of 2, 3, 5 and 7 to 3,600, 365 and 730, and whole parts) puts back as many values, takes the
  remainders that training's places take, and comes as near to its distribution, to which it is
  equal within noise. Otherwise the distributions tell the factor, the cause says so, and other
  scales that are left are listed beside it. Values on a finer or coarser grid in phase with
  training's are those of a world that moved, unless the distribution is equal within noise with the
  other parameters and far from training's with its own (KS D 0.2 and three times the noise). A
  cause with given numbers, as `wrong_ddof` or a unit, is named only if they are those that the grid
  shows, to the rounding of float32.
- **`skewcheck diff`**: steps are the same if they give the same numbers to one rounding of each
  parameter to float32.
- A gate never passes because nothing was tested: no feature matched, no rows, fewer than
  `--min-rows` or an empty folder are exit code 2. What could not be tested has a reason in every
  report.
"""


def tests(table: Table) -> str:
    """Return every test: what it applies to, what it gates by, and how it is computed."""
    texts = codes()["tests"]
    rows = [
        (
            f"`{spec.code}`",
            _applies(spec.numeric, spec.categorical),
            spec.kind.value,
            "" if spec.threshold is None else f"{spec.threshold:g}",
            "yes" if spec.windowed is not None else "",
            f"{texts[spec.code]['title']}. {texts[spec.code]['detected']}",
        )
        for spec in TESTS.values()
    ]
    head = ("code", "of", "kind", "threshold", "in windows", "what, and how")
    return (
        "A `distance`, `share` or `loss` is `skew` where it is significant (after correction over"
        " the whole audit) and its effect reaches the threshold, `warn` from a part of it; a"
        " `proof` needs no significance; a `fact` no threshold; `reported` tests gate only with a"
        " threshold that a user sets.\n\n" + table(head, rows)
    )


def _applies(numeric: str | None, categorical: str | None) -> str:
    applies = {"numeric": numeric, "categorical": categorical}
    kinds = [kind for kind, function in applies.items() if function is not None]
    return ", ".join(kinds) or "feature"


def causes(table: Table) -> str:
    """Return every cause, how it is detected, and which parameters `--no-values` shows."""
    rows = [
        (
            f"`{spec.code}`",
            spec.title,
            spec.detected,
            spec.do,
            ", ".join(f"`{key}`" for key in (*spec.shown, *spec.shown_of_many)),
        )
        for spec in CAUSES.values()
    ]
    head = ("code", "production did this", "detected", "what to do", "shown with `--no-values`")
    return table(head, rows)


def group(name: str, table: Table) -> str:
    """Return the codes of another group of `explain`: verdicts or warnings."""
    rows = [
        (f"`{code}`", entry["title"], entry.get("means", ""), entry.get("do", ""))
        for code, entry in codes()[name].items()
    ]
    return table(("code", "", "meaning", "what to do"), rows)
