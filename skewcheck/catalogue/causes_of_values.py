"""Causes of other values or types than training's, and drift."""

from __future__ import annotations

from skewcheck.catalogue.cause_spec import CauseSpec

SWAPPED_FEATURES = CauseSpec(
    "swapped_features",
    title="another feature's values or parameters",
    detected=(
        "the feature's own steps on another feature's raw values, another feature's steps on "
        "its own, or all of another feature predict what was served; or the values are right, "
        "but of other rows: as they should be distributed, and not those of their raw values. "
        "Those of a fixed number of rows before or after, or of a fixed time before, of all rows "
        "or of those of a key, are told with that lag: rows are read in their order. "
        "Columns of levels are compared one by one with each other and with numbers, in an audit "
        "of at most 256 features and 128 such columns: what is served is another column's value in "
        "nearly all rows that fail. Where columns of three features or more are in another order, "
        "that is one cause: each column is assigned the one whose values it has, by rows or, with "
        "one side logged, by distributions and raw grids together."
    ),
    do="compare the order of the columns on both sides; pass features by name.",
    phrases={
        "": "with the values of {feature}",
        "normalized": "with the normalized values of {feature}",
        "parameters": "with the parameters of {feature}",
        "rows": "with the right values, but those of other rows",
        "lag": "with the right values, but those of {used:lag}",
        "of_column": "with the values of {sources:columns}",
        "of_columns": "with the values of {sources:columns} in the columns of {targets:columns}",
        "foreign": "with the values of a column that is no feature's, as of a label left in front",
        "alphabetical": "with columns in alphabetical order",
        "reversed": "with columns in reverse order",
        "shifted": "with columns shifted by {shift:+d}",
        "blocks": "with two blocks of columns exchanged",
        "numbers_first": "with numbers before the columns of levels, as get_dummies has them",
        "levels_first": "with the columns of levels before numbers",
        "permuted": "with columns in another order",
    },
    together="with the values of other rows",
    origin=("swapped", "lag", "lag_seconds", "by", "among"),
    shown=("feature", "swapped", "order", "shift", "lag", "lag_seconds", "among"),
    seen=("lag",),
    family="skewcheck.causes.swaps",
    complexity=7,
    borrows=True,
    injected=(
        "swapped=parameters; lag=1; lag=1 by=host; order=alphabetical; order=reversed; "
        "order=levels_first; order=blocks; order=permuted; shift=1"
    ),
)
UNIT_CHANGE = CauseSpec(
    "unit_change",
    title="raw values in another unit",
    detected=(
        "a known factor (powers of ten, times, lengths, weights, angles, degrees Fahrenheit), "
        "the opposite sign or a logarithm brings the raw values back. With one side logged, "
        "only if the distributions then agree to within noise; sure only where the factor is "
        "known so well that a world that moved would hardly meet it."
    ),
    do="convert to the unit of training where the value enters.",
    phrases={
        "": "from raw values in another unit: {unit} for {training}",
        "times": "from raw values in another unit: values {factor:,.0f} times as large",
        "parts": "from raw values in another unit: values 1/{parts:,} as large",
        "sign": "from raw values in another unit: the opposite sign",
        "multiplied": "from raw values in another unit: values times {whole}",
        "divided": "from raw values in another unit: values divided by {whole}",
        "function": "from the {function} of the raw values",
        "served_sign": "with the opposite sign",
    },
    logged={
        "": "in another unit: {unit} for {training}",
        "times": "in another unit: values {factor:,.0f} times as large",
        "parts": "in another unit: values 1/{parts:,} as large",
        "sign": "in another unit: the opposite sign",
        "multiplied": "in another unit: values times {whole}",
        "divided": "in another unit: values divided by {whole}",
        "function": "as the {function} of the raw values",
    },
    together="from raw values in another unit",
    together_logged="in another unit",
    origin=("factor", "offset", "function", "member"),
    shown=("member",),
    shown_of_many=("factor", "function"),
    family="skewcheck.causes.units",
    complexity=6,
    converts=True,
    injected="factor=1.609344; factor=1.8 offset=32; function=log",
)
TIME_SHIFT = CauseSpec(
    "time_shift",
    title="hours, days or months counted from another beginning",
    detected=(
        "raw and served values of a feature that counts a period in training (7, 12, 24 or 60 "
        "whole numbers from 0 or 1): what was served is the raw number shifted around the period. "
        "Hours of a 12-hour clock, too. With one side logged, where training's values so shifted "
        "are distributed as those of the log, and no world that moved is as likely; at most 0.5 "
        "for up to three hours or months, by which habits move. "
        "Raw values that are a function of the row's time in "
        "training (`fit --time-column`): another zone, offset, first day or first number gives "
        "nearly all rows that differ."
    ),
    do="compute the calendar features in training's time zone, with its first day of the week.",
    phrases={
        "": "from raw values shifted by {offset:+g} modulo {modulo}",
        "first": "from raw values shifted by {offset:+g} modulo {modulo}, counted from {first}",
        "clock": "from the hours of a 12-hour clock",
        "zone": "in the time zone {zone}, where training used {training}",
        "counted": "counted from another beginning (first number {first:g}, first day {start})",
        "clock12": "as the hours of a 12-hour clock, 1 to 12",
        "clock0": "as the hours of a 12-hour clock, 0 to 11",
    },
    logged={
        "": "shifted by {offset:+g} modulo {modulo}",
        "first": "shifted by {offset:+g} modulo {modulo}, counted from {first}",
        "clock": "as hours of a 12-hour clock",
    },
    together="from raw values shifted in time",
    together_logged="shifted in time",
    origin=("offset", "modulo", "first", "zone", "start"),
    shown=("offset", "modulo", "first", "zone", "training", "start"),
    injected="offset=5; modulo=12",
)
VALUE_MAPPED = CauseSpec(
    "value_mapped",
    title="a function of the raw value that training does not apply",
    detected=(
        "raw and served values of the same row: a root, a power, the absolute value, one more or "
        "less than a whole number, decimals without their point, whole numbers that overflow a "
        "type, predict what was served; or each "
        "raw value has one served value in all rows, or served values rise or fall with the raw "
        "ones without an exception, and no other cause explains them: then the function is told "
        "by its values. With one side logged, where what the function makes of training's values "
        "is distributed as those of the log, on the grid that it makes of training's; also numbers "
        "read up to a separator of thousands, a number less the value, values cut off at a bound, "
        "a frequent value that became null. It must be likelier by exp(12), all that was tried "
        "charged, than a world that is free, stretched or tilted; at 0.6 by exp(6); offsets at 0.5."
    ),
    do="look for what the server does with the value before it normalizes it.",
    phrases={
        "function": "from the {function} of the raw values",
        "overflow": "from raw values that overflowed {function}",
        "offset": "from raw values {offset:+g}",
        "difference": "from {minuend:.12g} less the raw values",
        "most": "from raw values of at most {max:.6g}",
        "least": "from raw values of at least {min:.6g}",
        "point_lost": "from raw values without their decimal point",
        "read_to_thousands_separator": "from raw values read up to their thousands separator",
        "thousands_separator_as_point": "from raw values with a point for the thousands separator",
        "became_null": "as null where the raw value was {value:.6g}",
        "map": "with one other value for each raw value",
        "rising": "with a rising function of the raw value",
        "falling": "with a falling function of the raw value",
        "unnamed": "with another function of the raw value",
    },
    logged={
        "function": "as the {function} of the raw values",
        "difference": "as {minuend:.12g} less the raw values",
        "became_null": "as null where the value was {value:.6g}",
        "most": "cut off at {max:.6g}",
        "least": "cut off at {min:.6g}",
        "point_lost": "without their decimal point",
    },
    together="from another function of the raw values",
    together_logged="as another function of the raw values",
    origin=("function", "offset", "minuend"),
    shown=("function", "offset"),
    injected="function=abs; offset=1; function=decimal_point_lost; function=uint8",
)
PRECISION_LOSS = CauseSpec(
    "precision_loss",
    title="values rounded, or cast to a narrower type than the file says",
    detected=(
        "the training values, rounded or cast before or after the steps, are those served. Of "
        "values quantized to eight bits the spacing, or the raw values, tell the scale. With raw "
        "values also cut or rounded to multiples, as seconds to minutes: of one side alone where "
        "nearly all values of the log are multiples, and not most of training's. Not "
        "looked for where the file itself has a cast, round or quantize step."
    ),
    do=(
        "keep the type until the model's input, or add the step to the parameter file and train"
        " with it."
    ),
    phrases={
        "rounded": "rounded to {decimals:decimals}",
        "digits": "rounded to {digits} significant digits",
        "cast": "cast to {dtype}",
        "raw_rounded": "from raw values rounded to {decimals:decimals}",
        "raw_cast": "from raw values cast to {dtype}",
        "multiple_cut": "from raw values cut to multiples of {multiple:.6g}",
        "multiple_up": "from raw values rounded up to multiples of {multiple:.6g}",
        "multiple_rounded": "from raw values rounded to multiples of {multiple:.6g}",
        "quantized": "quantized to {dtype} with a scale of {scale:.6g}",
        "bare": "quantized to {dtype} with a scale of {scale:.6g}, not scaled back",
    },
    logged={
        "raw_rounded": "rounded to {decimals:decimals}",
        "raw_cast": "cast to {dtype}",
        "multiple_cut": "cut to multiples of {multiple:.6g}",
        "multiple_up": "rounded up to multiples of {multiple:.6g}",
        "multiple_rounded": "rounded to multiples of {multiple:.6g}",
    },
    together="with less precision",
    origin=("decimals", "dtype", "raw", "multiple"),
    shown_of_many=("decimals", "digits", "dtype", "raw", "multiple", "method"),
    family="skewcheck.causes.precision",
    complexity=8,
    read_off=True,
    rounds=True,
    faint=True,
    injected="decimals=1; dtype=float16; multiple=60; multiple=60 method=rounded",
)
STUCK_VALUE = CauseSpec(
    "stuck_value",
    title="the same value over and over",
    detected=(
        "one value that is served, or logged raw, far more often than training lets expect. "
        "Beside raw values that differ: in a fifth of the wrong rows. Of one side alone: in a "
        "fifth of all rows beyond three times its share in training, or in 3 % of them where "
        "training hardly had it, if the other rows are as in training. Told beside drift is a "
        "value that training had, as one day's log has one day of the week; a zero; and any "
        "value where training had hardly more than one. At the bound of a clip it is drift "
        "beyond the clip. "
        "A cache: right values that are served again in the rows that follow, of all rows or of "
        "those of a key, while the raw ones move. "
        "Nulls and infinities beside raw values that training normalizes to a number, where no "
        "other cause explains them; at 0.5 where they are few of the wrong rows and most others "
        "have no cause. Features that are null in the same rows, more than in training, are one "
        "cause: with one side logged at 0.5, as there are worlds in which they are. So is the "
        "place of new nulls, and a column of whose values some are null in all rows and others "
        "in none, as after a join that failed. A feature without values, or without a column, "
        "whose distribution a column of no feature has: likely where the names are alike."
    ),
    do=(
        "look for a cache, a default, or a sensor that stopped; for nulls of several features in"
        " the same rows, for a call that timed out or a join that failed."
    ),
    phrases={
        "": "as one and the same value",
        "code": "as one and the same code",
        "strange_code": "as one and the same code, which training cannot give",
        "repeats": "with the right values of earlier rows again: {used:life}",
        "null": "as null",
        "null_together": "as null together",
        "null_keys": "as null in all rows of some values of {by}, and in none of the others",
        "renamed": (
            "as null, where {column}, which is no feature's, has the values that training had"
        ),
        "infinite": "as infinity",
    },
    logged={"": "with values that are all the same"},
    together="as one and the same row",
    origin=("repeats", "by", "among"),
    shown=("repeats", "rows", "seconds", "column", "among"),
    seen=("null", "null_together", "null_keys", "infinite", "repeats"),
    read_off=True,
    fits_few=True,
    constant=True,
    injected=(
        "value=0; seconds=1200; rows=5; seconds=1200 by=host; value=null; value=null side=raw"
    ),
)
DRIFT = CauseSpec(
    "drift",
    title="nothing mechanical: the world moved",
    detected=(
        "a distribution is not training's, and no mechanism explains it, neither of all rows "
        "nor of those of a host, a file or a time that alone moved; beside a mechanism that "
        "only fits as well as drift would, drift is listed as its rival. Where the bound of a "
        "clip has far more rows than in training, the values moved beyond it."
    ),
    do="check that the model still holds on recent labels; train again if not.",
    phrases={
        "": "moved, and no mechanism explains it as a whole",
        "clipped": "moved beyond the clip, whose bound of {bound:.6g} collects what lies beyond",
    },
    mechanical=False,
    injected="shift=0.5",
)
