"""Sections of docs/reference.md on formats and codes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields

from skewcheck.catalogue.causes import CAUSES
from skewcheck.catalogue.codes import codes
from skewcheck.catalogue.tests import TESTS
from skewcheck.engine.served_lines import MAX_OFFSET, MAX_RATIO
from skewcheck.engine.served_names import WORDS
from skewcheck.engine.served_values import (
    EQUAL_SHARE,
    EQUAL_SHARE_NAMED,
    MIN_DISTINCT,
    SAMPLED_ROWS,
    TOLERANCE,
)
from skewcheck.features.steps import OPS, Step
from skewcheck.logs.log import MAX_HEADS, TRIES
from skewcheck.reports.json import schema
from skewcheck.verdict.support import MAX_LEVELS, MAX_NULL_SHARE

Row = tuple[str, ...]
Table = Callable[[Sequence[str], Sequence[Row]], str]

FILE_KEYS: Mapping[str, str] = {
    "skewcheck": '`{"kind": "parameters", "version": 1}`; a newer version is refused.',
    "model": "`name`, `version`, `sha256` of the model file, and `error` (below).",
    "fingerprint": "`sha256:` of what normalizes: features, types, roles, order and steps.",
    "features": "Per feature name its entry (below), in the order of the model's inputs.",
    "dependence": "How features depend on each other in training (below), as `fit` measures it.",
    "calendar": "Which features are functions of a row's time (below), by `fit --time-column`.",
    "strata": "Distributions by part of week and year (below), by `fit --time-column`.",
    "rows": (
        "Golden rows of a captured object (below), at most 100; absent where the steps give them."
        " They are not in the fingerprint."
    ),
}
FEATURE_KEYS: Mapping[str, str] = {
    "type": "`numeric` or `categorical`; without it what the steps need.",
    "role": "`feature` (default), `prediction` or `label`: the last two are no inputs.",
    "importance": "To the model, in any unit; it orders reports.",
    "steps": (
        "The training normalization, in order; the only key that is required, and not beside"
        " `groups`, behind which it follows."
    ),
    "reference": "The distribution in training (below); without it some tests are `untested`.",
    "untested": (
        "Why the normalization cannot be reapplied, as the reader of a foreign file says; raw"
        " columns are still compared."
    ),
    "fitted": (
        "`true` where the numbers of `steps` were computed on the training data, so that they say"
        ' what training had ("What a file says of training"); without it they are constants.'
    ),
    "derived": (
        "`true` where the training data that gave the references has no such column: a log that"
        " lacks it as well is `untested`, not `missing`. With a `reference` and without steps it"
        " is an output of code that is not read, and its column is a served one: that of `served`"
        " for the name in `x-served`, else for its own name, or the column of its own name."
    ),
    "by": (
        "The column whose values are the keys of `groups`, or, beside a `standardize` step, part"
        " the rows into series."
    ),
    "groups": (
        'By key the steps of its rows: `{"a": {"steps": [...]}, "b": {"steps": [...]}}`, of'
        " numbers. `reference` is then of the results of these steps for all keys. Rows of other"
        " keys, and of none, are in the test `keys` alone; at most 10,000 keys."
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
    "negative_infinite": ("numeric", "Of the rows in `nonfinite`, those with -inf. Absent for 0."),
    "mistyped": (
        "numeric",
        "Rows with a value of another type, beside `rows`: text such as `unknown`. Absent for 0.",
    ),
    "counts": ("categorical", "Rows per level, of at most 10,000 levels."),
    "other": ("categorical", "Rows of levels that `counts` does not list."),
    "partial": (
        "categorical",
        (
            "`true` if training had levels that are not listed, in rows that no file counts: then"
            " `unseen` is not tested."
        ),
    ),
}
ROWS_KEYS: Mapping[str, str] = {
    "inputs": (
        "Per raw column its values, one a row: numbers, texts, true, false, null; `inf` and `-inf`"
        " as texts."
    ),
    "expected": "Per served column what the object gave for these inputs.",
    "tolerance": (
        "Per served column of which no steps are known: how far float32 arithmetic may be off."
    ),
}
DEPENDENCE_KEYS: Mapping[str, str] = {
    "rows": "Training rows that a correlation is of, the most of any pair.",
    "spreads": "Per feature, the variance of its normal scores where ties make it less than 1.",
    "orders": "Per categorical feature its levels, at most 64, in the order in which they score.",
    "pairs": (
        "Per feature and partner `[correlation, variance]`, and rows where they are fewer: the"
        " correlation of normal scores, and the variance of its Fisher's z times the rows. All"
        " pairs of up to 30 features, else of each with its strongest partners."
    ),
}
CALENDAR_KEYS: Mapping[str, str] = {
    "column": "Training's column of times, which audits use where a log has it.",
    "holidays": (
        "Of functions of holidays (`holiday`, `before_holiday`, `after_holiday`, `day_off`,"
        " `business_day`): `days`, ascending dates as `2026-12-24`, and `since` and `until`, the"
        " first and last day of which it is known whether they are holidays. Rows of other days"
        " are not compared."
    ),
    "features": (
        "Per feature a list of the functions of time that give all its values of training, the"
        " likeliest first: `unit` (`hour`, `weekday`, `weekend`, `month`, `day_of_year` ...),"
        " `zone` (`UTC`, `+05:30`, `Europe/Berlin`), `first` (the value of the first number, 0; of"
        " a wave what is added to the numbers from 0), `start` (the first day of the week, 0 is"
        " Monday), `wave` (`sin`, `cos`) and its `period` in units, `levels` (of a categorical"
        " feature, one per number from 0)."
    ),
}
STRATA_KEYS: Mapping[str, str] = {
    "column": "Training's column of times, which audits use where a log has it.",
    "zone": "The time zone of the parts (`UTC`).",
    "weekdays": "7, or 1 where all days are one.",
    "blocks": "Equal parts of a day, of hours.",
    "seasons": "12, the months of the year; absent where all months are one.",
    "months": "Months that training has rows of, January is 0.",
    "holidays": "As in `calendar`: these days are a kind of day besides the weekdays.",
    "trained": "Beside `holidays` the first and the last day of training.",
    "features": (
        "Per feature whose distribution depends on the part of week and year: `cuts`, at which"
        " places of the reference's cells (an interval, an edge, ... an interval) a coarse cell"
        " begins, or the places of levels; `counts` of training rows, all cells of a part one after"
        " the other (January's before February's, Monday's before Tuesday's, holidays' last);"
        " `nulls`, and of numbers `means` and `stds`, one a part."
    ),
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
        " (`x-warnings`: what its reader warned of; `x-source`: where a value came from;"
        " `x-unknown`: `refused` where training's encoder fails for levels that it has not seen,"
        " so that no golden row has one). Other"
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
        _keys(table, "`dependence`", DEPENDENCE_KEYS),
        _keys(table, "`calendar`", CALENDAR_KEYS),
        _keys(table, "`strata`", STRATA_KEYS),
        _keys(table, "`rows`", ROWS_KEYS),
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
        " a value is left out, but `tests`, `causes` and `incidents` are always there. The same"
        " input gives the same bytes: times and durations stand only under `run`. Rows that begin"
        " with a name and a colon are the members of an object that stands in several places. A"
        " `count` is a whole number, a `share` a number from 0 to 1, a `value` a number or text of"
        " the data.\n\n" + table(("key", "type", "always", "meaning"), rows)
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


def cells() -> str:
    """Return the rule by which a cell is a null, a number or a level."""
    return """\
`fit` and `audit` read by one rule, and so do all formats. A numeric feature is read as numbers, a
categorical one as levels, whatever the type of its column; `fit` decides which, and says why.

- **As numbers**: numbers, in text with white space around them or none; booleans of a boolean
  column are 1 and 0, dates and times epoch seconds. White space alone, NaN, and `NA`, `N/A`, `null`
  and `None` in any case are nulls. All other text (`unknown`, `1,000`, `12 km`) is of another type:
  the finding `type`, beyond the share that training had.
- **As levels**: text as it stands. White space alone is a null unless the parameter file lists it,
  `NA` a level.
- `--null-values` names further nulls; one that is a number (`-999`) stands for that number.
- **`fit` takes a column for numbers** by its type, or where it is text of which, nulls aside, 95 %
  of the rows are numbers, or half of the rows and 95 % of the distinct texts. All other text,
  booleans, dictionaries of text and what `--categorical` names become levels.
- **Lists** are vectors, an element a feature, where all rows have equally many (at most 4,096);
  nulls and empty lists have no length.
"""


def foreign() -> str:
    """Return the rules by which numbers of foreign files are read."""
    return """\
- **Redundant numbers** (a scale beside the ends or the variance that it is of, equally spaced
  codes) agree if they do as exactly as they are stored: arrays of float32 to its rounding, numbers
  written by hand to half of their last digit (1e-6 of them at least, 1e-3 at most).
- **Sides** in home-made numbers: `X`, `input`, `features` beside `y`, `target`, `label`, `output`
  are features and labels, as keys of their own or joined with a kind of number (`mean_X`,
  `train_y_std`, `targetMean`), in any nesting and order; `obs`, `state` and `action` are part of
  the names.
- **Masks**: where `mask` is false a dimension has no steps, whatever the method: it is served as it
  is. A mask of another length than the numbers is an error.
- **Tensors of a model** are read where the last part of a name that says anything says inputs
  (`normalizer`, `obs_rms`, `input`, `x`), never outputs (`action`, `target`, `unnormalize`);
  running moments of a layer only of a normalizer or an input's norm (`input_norm`, `bn_in`). A note
  names what was read, and what else has a mean and a deviation.
- **What a library keeps in its code** is read as it computes, with a note: epsilon 1e-5 in the
  variance of batch normalization, with its weight and bias; 1e-5 and a clip to -5 and 5 of
  rl_games (`running_mean_std` with `count`); 0.01 added to the deviation by rsl_rl (`_mean`,
  `_var`, `_std`, `count`); 1e-8 added to the divisor by LeRobot (`buffer_observation_state`,
  `observation.state.mean`).
- **VecNormalize**: (x - mean) / sqrt(var + epsilon), clipped to `clip_obs`; observations of a dict
  are `key[i]`, or `key` where there is one number.
- An object of your own class that holds itself is read without that reference.
- What a file holds beside is listed as not read: nothing that has numbers is dropped in silence.
"""


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
  whichever is larger. Integer columns are exact. A value of a float64 column, or a number in text,
  that float32 holds and no shorter type does is a float32 value: a note names columns that consist
  of such values. A whole number beyond 2^24 counts as one of training's that a cast to float32
  makes the same number.
- **Grid**: a served value is on the raw grid if one of the raw values that the training steps may
  turn into it is, with the same rounding, and that of a cast to a narrower type.
- **Epsilon**: the steps `zscore`, `minmax`, `robust` and `maxabs` divide by a spread s, with
  `epsilon` by s + epsilon (`epsilon_in` `scale`), sqrt(s^2 + epsilon) (`variance`) or
  max(s, epsilon) (`floor`); then s may be 0.
- **Where**: a part of the log (values of a column, a file, a time) is named only where its rows
  differ from the others by a test of that difference, not because they alone are far from
  training: other rows may only be fewer. Shares of wrong rows by likelihood ratio or Fisher's
  exact test, distributions by a two-sample test, with Bonferroni over all sets of values that it
  was chosen among. Where training is known by segment, both sides are compared with their own.
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
  parameter to float32, as do maps of the same levels. Values of a file that does not name them
  are compared by position.
- **What a file says of training**: a `reference` is a measurement, and so are the numbers of fitted
  steps: those that scikit-learn, Spark, MLeap and Keras' `adapt` computed, hand-written ones that
  tell of how many rows they are or have the names of scikit-learn's attributes (`mean_`), and those
  marked as `fitted`. Without a distribution, their mean and standard deviation gate from a shift of
  0.25 standard deviations and a ratio of 1.5, a min-max range as `range` does, each less four
  standard errors. That of a spread is taken from the log's own fourth moment; where that is the
  moment of a few extreme rows (a kurtosis above 17, and less than 16 rows that would make all of
  it), `std` is untested, unless the log is narrower by a factor of 10, and `mean` alone gates. A
  smaller spread, and a column of one value (`constant`), may be that of a log that lacks a few rows
  by chance: they are skew only where so many rows can hardly have missed what training must have
  had, with values to 50 standard deviations from its mean. Else they are inconclusive: for a value
  near the mean up to some 35,000 rows, and where a range is all that is known with any number. What
  a scaler stores without having measured it is no moment of training: the mean of a scaler without
  centring, the spread of one without scaling or of a constant column, a hand-written mean of 0 or
  deviation of 1. All other numbers of steps are constants (0 to 255, or the mean of another set of
  images), from which training may have been as far away: what is compared with them is reported,
  and gates by a threshold that a user sets alone; `constant` is untested. Levels that a vocabulary
  or one-hot step lists are all that the model knows: others are `unseen` in any case.
- A value that is not there is not compared: parity is of the rows in which a value was logged or
  expected. A null to which training gives a code, or a fill, is right only if it is served with it.
- A column without a value in any row is compared with training's share of nulls, and has no other
  test. An element of a vector that no row has is a missing column; elements of no feature are
  noted.
"""


def gate() -> str:
    """Return what holds a gate although no test alarms."""
    *first, last = (f"`{word}`" for word in WORDS)
    words = ", ".join(first)
    return f"""\
- A gate never passes because nothing was tested: no feature matched, no rows, fewer than
  `--min-rows`, an empty folder, or no test of any feature with a value are exit code 2. What could
  not be tested has a reason in every report.
- Every report says in one line what no test looked at: of raw values alone, whether serving
  normalizes as training did; of served values alone, whether each is the normalization of its raw
  value; and dependence between features, where the parameter file has none or rows are few.
- **Served values that no option names.** Columns of the log look like served values if they are
  named so (the parameter file's `x-served`, or the feature's name with {words} or
  {last} before or behind it, or behind a transformer's name, as `pipeline-1__fare`) and their
  values are none that serving could not have made; or if they
  are what training makes of the raw values, to {TOLERANCE:g} standard deviations, in
  {EQUAL_SHARE:.0%} of {SAMPLED_ROWS} of a file's first rows ({EQUAL_SHARE_NAMED:.0%} where the
  feature's name is part of theirs); or if they are a line of the raw values in {EQUAL_SHARE:.0%} of
  these rows that may be the normalization of other training data, whatever they are called: with a
  slope within a factor of {MAX_RATIO:g} of training's, and at most {MAX_OFFSET:g} standard
  deviation above or below it. A copy, another unit or currency, and another zero are no such line,
  nor is one of fewer than {MIN_DISTINCT} values. Of files with the same columns the first is
  looked at, and up to {TRIES} where some of these have no value in it, {MAX_HEADS} files in all.
  Then an audit without skew is `inconclusive`, and names the option that tests them, until
  `--served` says
  where served values are, or `--served none` that
  there are none.
- **Values that nothing compared.** A feature is `untested`, and never `ok`, if its served columns
  are logged and could not be compared (its normalization has no form for each feature, no row has
  both sides, no reference is known), if its column has no value and no reference says that it
  may, or if no test of any feature that may alarm had a value. It makes an audit without skew
  `inconclusive` until `untested = "pass"` in its table of options.
- `--inconclusive pass` is of too little data alone: it lets neither of these pass. `fail` makes
  them 1, `--fail-on never` 0.
- **Too little data** for some features is let pass, or made 1, by `inconclusive = "pass"` or
  `"fail"` in their table. Where training itself has more than {MAX_NULL_SHARE:.0%} nulls or more
  than {MAX_LEVELS:,} levels, a test of its values that has too little power is `untested` with
  this reason, and holds nothing up; it alarms all the same.
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
