"""Why a test could not be done, or must be doubted, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skewcheck.catalogue.losses import NO_LOSS
from skewcheck.reports.words.scopes import rivals_text
from skewcheck.results.audit import LeftOut
from skewcheck.results.tests import JudgedTest, Reason
from skewcheck.text.numbers import figure
from skewcheck.text.templates import HIDDEN, Template, filled


def _rival_scopes(parameters: Mapping[str, object]) -> str:
    """Return which other scopes explain what was served, and what it would mean."""
    scopes = rivals_text(parameters.get("scopes"))
    return filled(
        f"its series began before the log, and {scopes} would explain what was served as well as"
        " training's, with values up to {limit:.2g} standard deviations from the right ones: give a"
        " log that begins where its series do, more rows of each, or more digits",
        {"limit": parameters.get("limit", HIDDEN)},
    )


_LEFT_OUT = {
    "score": "a score outside of [0, 1]",
    "prediction": "an infinite prediction",
    "class": "a label that is neither class",
    "label": "an infinite label",
    "type": "{column} of another type than in training",
}
"""Why no loss was taken of a row."""
_NOT_LOGGED = (
    "no column in the log (a label? give it that role; made of other columns? log it, or"
    " exclude it)"
)
_TEXTS: Mapping[str, Template] = {
    "file": "{text}",
    # Nothing to compare, or nothing to compare with.
    "no_distribution": "no reference distribution: give --reference, or fit one",
    "unknown_in_training": "the parameter file does not say what training had",
    "constants": (
        "compared with constants of the file, which training need not have: reported only"
    ),
    "range_unknown": "the training range is not among the reference's edges",
    "no_level_named": "the parameter file names no level",
    "levels_not_listed": "training had levels that the parameter file does not list",
    "no_finite_value": "no finite value in the log",
    "no_value": "no value in the log",
    "no_scope": (
        "the rows that it is normalized over are hardly ever all in the log, without a null, and"
        " different from each other"
    ),
    "unsaid_levels": (
        "the parameter file does not say what nulls and levels that it lacks are served as, and"
        " hardly any row has another"
    ),
    "no_running": (
        "its series began before the log, and no state of the rows before explains what was served,"
        " or so old a one that constants do: are rows missing? give a log that begins where its"
        " series do, or more rows of each"
    ),
    "rival_scopes": _rival_scopes,
    "no_row": "no row to look at",
    "no_pair": "no row has both the raw and the served value",
    "no_served_value": "no served value in the log",
    "served_not_sampled": "no row with a served value is in the sample: its grid is not known",
    "not_logged": _NOT_LOGGED,
    "derived_not_logged": "no column in the log nor in training's data: made of others? log it",
    "not_logged_allowed": f"{_NOT_LOGGED}, which --allow-missing allows",
    "no_element": "no row of the log has this element of the vector, or a value in it",
    "columns_not_logged": "{columns:few 3}: not in the log, where other levels have their columns",
    "columns_not_logged_allowed": "{columns:few 3}: not in the log, which --allow-missing allows",
    "columns_of_no_row": "{columns:few 3}: not in the log, which has no row of these levels",
    "served_not_logged": "the raw column is logged, but no served one beside it",
    "served_not_logged_in": "no served column in {files:few 2}, which other files have",
    "label_no_input": "a label is no input of the model",
    "label_not_logged": "a label need not be logged",
    # What is there cannot be compared.
    "single_value": "training had a single value: there is no standard deviation to measure with",
    "single_level": "training had a single level",
    "few_rows_of_each_level": "too few rows: all levels are expected less than 5 times",
    "nothing_finite": "the training normalization gives no finite value",
    "sparse_in_training": "training itself has {share:.1%} nulls: too few values to compare",
    "many_levels_in_training": (
        "training itself has {levels:,} levels, more than {most:,}: too rare each to compare"
    ),
    "too_large": "values too large to add up",
    "heavy_tails": (
        "the spread of the log is that of its few most extreme values: without a reference"
        " distribution it cannot be judged"
    ),
    "rounding_hides": "rounding hides where {share:.0%} of the training values lie",
    "rounding_hides_parity": (
        "values are so far from 0 that float32 arithmetic may move served ones by more than 0.01"
        " training standard deviations, and it did, or a fault: log values less the mean, or serve"
        " in float64"
    ),
    "grid_hidden": "rounding hides the grid: too few values are known to step/8",
    "off_grid_unproven": (
        "values lie off the training grid, and no other parameters put them back on one"
    ),
    # The calendar.
    "calendar": "reported only: every row is compared with its time",
    "no_times": "no column of times: training had them in {column}; name one by --time-column",
    "time_of_served": "no raw value is logged that could be compared with the row's time",
    "uncovered": "reported only: whether these days are holidays is not known",
    "no_covered_day": "holidays are known from {first_day} to {last_day}, and no row is of these"
    " days; fit training again with a longer list",
    "no_timed_row": "no row with a value has a time",
    # The model's error.
    "no_pair_of_features": "no other feature of its pairs in training can be compared",
    "too_few_rows_together": (
        "{rows:,} usable rows: too few to see a change of rank correlation by the threshold"
    ),
    "other_nulls": (
        "its share of nulls is another than in training: rows that lack it for a reason take the"
        " dependence of the others with them"
    ),
    "rows_not_sampled": "it needs whole rows, and the profile has none",
    "not_monotone": "what is logged cannot be ranked as raw values were in training",
    "stands_since": "since the night of {night}, by the evidence of all nights",
    "no_loss": "no row has both a prediction and a label",
    "single_loss": "a single row has both a prediction and a label",
    "losses_too_large": "losses too large to add up",
    "same_loss": "every row has the same loss: chance cannot be told",
    "unusable_losses": "{unusable}",
    # Too little data.
    "too_few_rows": "{rows:,.0f} usable rows{worth}; {needed} to see {sought}",
    "reference_too_small": (
        "the reference's {reference:,} rows are too few for any log to see {sought}"
    ),
}
"""By code; fields are the reason's parameters, and what `_of_test` tells."""


def reason(test: JudgedTest) -> str | None:
    """Return why a test is untested, inconclusive or to be doubted; None without a reason."""
    return None if test.reason is None else reason_text(test.reason, _of_test(test))


def reason_text(why: Reason, fields: Mapping[str, object] | None = None) -> str:
    """Return a reason in words; `fields` are what its template needs beside its parameters."""
    left_out = why.parameters.get("left_out")
    rows = left_out if isinstance(left_out, tuple) else ()
    unusable = "; ".join(left_out_texts([item for item in rows if isinstance(item, LeftOut)]))
    # Why no loss can be taken is a table of its own, which `fit --metric` needs as well.
    text = NO_LOSS.get(str(why.parameters.get("kind"))) or _TEXTS[why.code]
    return filled(text, {**(fields or {}), **why.parameters, "unusable": unusable})


def _of_test(test: JudgedTest) -> Mapping[str, object]:
    """Return what is said of the rows of a test, and what it would take."""
    rows, limit = test.rows or 0.0, test.threshold or 0.0
    sought = test.spec.sought or "an effect of {limit}"
    return {
        "rows": rows * test.deff,
        "worth": f", worth {rows:,.0f} independent ones" if test.deff > 1 else "",
        "needed": "too few" if test.needed is None else f"{test.needed:,.0f} needed",
        "sought": sought.format(limit=figure(limit), percent=figure(100 * limit)),
    }


def left_out_texts(left_out: Sequence[LeftOut]) -> list[str]:
    """Return how many rows were left out, a text for each reason."""
    return [
        filled(f"{{rows:count row}} with {_LEFT_OUT[item.kind]}", {
            "rows": item.rows, "column": item.column,
        })
        for item in left_out
    ]  # fmt: skip
