"""Causes of other steps or other parameters than training's."""

from __future__ import annotations

from skewcheck.catalogue.cause_spec import CauseSpec

NOT_NORMALIZED = CauseSpec(
    "not_normalized",
    title="production fed raw values",
    detected=(
        "the served value is the raw value itself; without raw values, the training "
        "distribution before normalization is the one that is served. A raw column that holds "
        "normalized values is told as normalized_twice."
    ),
    do="apply the training steps before the model.",
    phrases={"": "without normalization"},
    together="without normalization",
    family="skewcheck.causes.application",
    complexity=1,
)
NORMALIZED_TWICE = CauseSpec(
    "normalized_twice",
    title="production applied the normalization again",
    detected=(
        "the training steps, or the last of them, applied to their own result give what was served."
    ),
    do="find the two places that normalize, and keep one.",
    phrases={"": "normalized twice", "scaling": "scaled twice"},
    logged={"": "in a column that holds normalized values already (is it --served?)"},
    together="normalized twice",
    together_logged="in columns that hold normalized values already",
    family="skewcheck.causes.application",
    complexity=1,
)
WRONG_PARAMETERS = CauseSpec(
    "wrong_parameters",
    title="right method, other numbers",
    detected=(
        "a line through most of the rows, fitted so that a minority of others does not matter. "
        "Without raw values the grid of the raw ones tells the scale: exactly where no other one "
        "puts as many values back, takes training's places and is as near to its distribution, "
        "else up to a whole factor. The distributions tell the whole steps of the offset; without "
        "a grid a line fitted to the quantiles is told beside drift, which explains it as well. "
        "Numbers off by less than 5e-5 of the scale "
        "are a warning. Training's own numbers in the wrong place (the variance for the standard "
        "deviation, both exchanged, only one of the two) are told as such beside raw values. "
        "The two numbers of a scaled one-hot column tell its mean and its standard "
        "deviation, which must be those of zeros and ones."
    ),
    do="ship the parameter file with the model, and compare both with `skewcheck diff`.",
    phrases={
        "": "with {used}, where training has {training}",
        "turned": "with the opposite sign: {used}, where training has {training}",
        "by_variance": "divided by training's variance {std:.6g} instead of its std",
        "by_root": "divided by the square root of training's std",
        "by_maximum": "divided by the maximum of training instead of its range",
        "exchanged": "with training's two numbers exchanged",
        "only_divided": "divided, and not centred",
        "only_centred": "centred, and not divided",
        "times": "as the right values times {factor:.6g}",
        "plus": "as the right values with {shift:+.6g} added",
        "times_plus": "as the right values times {factor:.6g}, with {shift:+.6g} added",
        "like_rows": (
            "with {used}, where training has {training}, close to those of these rows themselves"
        ),
        "columns": "with other parameters in columns of levels: {scales:scales}",
        "about": "with about {used:.3g}",
        "grid": (
            "with {used:.6g}: the scale is exact by the grid, {key} so up to whole steps of "
            "{modulo:.6g}, which distributions tell"
        ),
        "grid_within": (
            "with {used:.6g}: the scale is exact by the grid, {key} so up to whole steps of "
            "{modulo:.6g}, which distributions tell (within {within:.3g})"
        ),
        "grid_scale": "with {used:.6g}: the scale is exact by the grid",
        "grid_open_scale": (
            "with {used:.6g}: the grid tells the scale up to a whole factor, the distributions "
            "the rest"
        ),
        "grid_open": (
            "with {used:.6g}: the grid tells the scale up to a whole factor and {key} up to whole "
            "steps of {modulo:.6g}, the distributions the rest"
        ),
        "grid_open_within": (
            "with {used:.6g}: the grid tells the scale up to a whole factor and {key} up to whole "
            "steps of {modulo:.6g}, the distributions the rest ({key} within {within:.3g})"
        ),
    },
    together="with other parameters than training's",
    origin=("member",),
    shown=("relation", "member"),
    shown_of_many=("mean", "std"),
    of_rows=("like_rows",),
    recovered=True,
    read_off=True,
    fits_few=True,
    injected="std=12.9",
)
STALE_PARAMETERS = CauseSpec(
    "stale_parameters",
    title="production used an older parameter file",
    detected="the steps of a file given with --history predict what was served.",
    do="deploy the parameter file together with its model; restart the hosts named in the report.",
    phrases={"": "with the parameters of {file}"},
    together="with the parameters of {file}",
    origin=("file",),
    shown=("file",),
    family="skewcheck.causes.parameters",
    complexity=2,
    named_by_user=True,
)
RECOMPUTED_PARAMETERS = CauseSpec(
    "recomputed_parameters",
    title="production computed the parameters on the data it serves",
    detected=(
        "the mean, standard deviation or ends of the raw values of the log, of a file or of a "
        "segment predict what was served. Without raw values, the served ones of the log, of a "
        "file or of a segment of at least 50 rows have the moments that the method gives its "
        "own training data (0 and 1 for a z-score) to within 1e-6; where a distribution is "
        "wrong, a mean of 0 alone says that the mean was computed anew. Where raw values lie on "
        "a grid, it tells the numbers. The training data itself is left out. Numbers that change "
        "are looked for in rows in their order, with raw and served values: those of all rows so "
        "far, of windows and batches of up to 10,000 rows, of decaying weights, of days, hours, "
        "minutes and keys, by a key or not, which must predict nearly all rows exactly; the rows "
        "are all, those of the place in which rows fail, or the rows that fail."
    ),
    do="load the training parameters instead of fitting again.",
    phrases={
        "": "with parameters computed on {on:rows}",
        "grid": (
            "with parameters computed on {on:rows}, {used:.6g}: the scale is exact by the grid, "
            "{key} so up to whole steps of {modulo:.6g}, which distributions tell"
        ),
        "grid_within": (
            "with parameters computed on {on:rows}, {used:.6g}: the scale is exact by the grid, "
            "{key} so up to whole steps of {modulo:.6g}, which distributions tell (within "
            "{within:.3g} if raw values are distributed as in training)"
        ),
        "grid_scale": (
            "with parameters computed on {on:rows}, {used:.6g}: the scale is exact by the grid"
        ),
        "grid_open_scale": (
            "with parameters computed on {on:rows}, {used:.6g}: the grid tells the scale up to a "
            "whole factor, the distributions the rest"
        ),
        "grid_open": (
            "with parameters computed on {on:rows}, {used:.6g}: the grid tells the scale up to a "
            "whole factor and {key} up to whole steps of {modulo:.6g}, the distributions the rest"
        ),
        "grid_open_within": (
            "with parameters computed on {on:rows}, {used:.6g}: the grid tells the scale up to a "
            "whole factor and {key} up to whole steps of {modulo:.6g}, the distributions the rest "
            "({key} within {within:.3g} if raw values are distributed as in training)"
        ),
        "mean": "with a mean computed on {on:rows}",
        "std": "with a standard deviation computed on {on:rows}",
        "each": "with parameters computed on each of {count} {parts:parts} by itself",
        "over": "with parameters computed on {used:state}",
    },
    together="with parameters computed on the serving data",
    origin=("per", "over", "length", "alpha", "earlier", "by", "until", "after", "frozen", "among"),
    shown=("over", "length", "alpha", "earlier", "until", "after", "frozen", "among"),
    seen=("over",),
    shown_of_many=("mean", "std"),
    fitted_to_serving=True,
    injected=(
        "over=running; over=window length=50; over=ema alpha=0.99; over=batch length=32; "
        "over=day; over=key by=host; over=running by=host; over=running until=300; "
        "over=running frozen=300"
    ),
)
WRONG_DDOF = CauseSpec(
    "wrong_ddof",
    title="standard deviation with the other ddof (n for n - 1)",
    detected=(
        "the training standard deviation times or by sqrt(n/(n-1)), with the n of the "
        "reference, predicts what was served, and does so as well as fitted numbers."
    ),
    do="use the same library, or the same ddof, on both sides.",
    phrases={"": "with a standard deviation of ddof {ddof}, where training has ddof {training}"},
    together="with standard deviations of the other ddof",
    origin=("ddof",),
    shown=("ddof",),
    family="skewcheck.causes.parameters",
    complexity=2,
    faint=True,
)
EPSILON_CHANGED = CauseSpec(
    "epsilon_changed",
    title="another epsilon in the divisor (std + 1e-6 for std)",
    detected=(
        "without the file's epsilon, with twice it, or with 1e-12 to 1e-3, added to the divisor or "
        "under the root, the training steps predict what was served; or one other epsilon gives "
        "the divisors of two features or more."
    ),
    do="use the epsilon that training used, or write the server's into the parameter file.",
    phrases={
        "": "with an epsilon of {epsilon} (in {epsilon_in}), where training has {training}",
        "new": "with an epsilon of {epsilon} (in {epsilon_in}), where training has none",
        "none": "without the epsilon of {training} that training has",
    },
    together="with another epsilon than training's: {epsilon} (in {epsilon_in})",
    origin=("epsilon", "epsilon_in"),
    shown_of_many=("epsilon", "epsilon_in"),
    family="skewcheck.causes.epsilon",
    complexity=2,
    faint=True,
    like_parameters=True,
    injected="epsilon=0.001; epsilon=1e-05 epsilon_in=variance",
)
WRONG_METHOD = CauseSpec(
    "wrong_method",
    title="another method, such as min-max for z-score",
    detected=(
        "z-score, min-max, robust or max-abs scaling with the parameters that the reference "
        "gives them, or all but robust with those of the serving data, predicts what was "
        "served."
    ),
    do="apply the steps that `skewcheck show` lists.",
    phrases={
        "": "with {op:method} scaling, where training has {training:method}",
        "range": (
            "with {op:method} scaling to {range[0]:g} .. {range[1]:g}, where training has "
            "{training:method}"
        ),
        "computed": "with {op:method} scaling by {op:moments} of {on:rows}",
        "alone": "with {op:method} scaling",
    },
    together="with another method than training's ({op})",
    origin=("op",),
    shown=("op",),
    shown_of_many=("mean", "std"),
    of_rows=("computed",),
    family="skewcheck.causes.methods",
    complexity=3,
    injected="op=minmax",
)
STEP_MISSING = CauseSpec(
    "step_missing",
    title="production left a step out",
    detected=(
        "the training steps without one of them predict what was served. Where a row is normalized"
        " over itself, so do those of another feature of the row, which is then named."
    ),
    do="add the step that the report names.",
    phrases={
        "": "without the {op} step",
        "nulls": "without the {op} step: nulls are served as nulls",
    },
    together="without the {op} step",
    origin=("op", "member"),
    shown=("op", "member"),
    family="skewcheck.causes.pipeline",
    complexity=4,
    seen_in_nulls=True,
    injected="op=log1p",
)
STEP_CHANGED = CauseSpec(
    "step_changed",
    title="a step with other settings",
    detected=(
        "the training steps with another base, exponent, fill value or clip bound predict what "
        "was served; fill values and bounds are read off the rows, and all numbers of a power "
        "transform that was fitted again. Served values of a quantile transform that ascend with "
        "the raw ones, and that nothing else explains, are told as other quantiles, at 0.5."
    ),
    do="take the settings from the parameter file instead of from the code.",
    phrases={
        "": "with {used:step} in place of {training:step}",
        "method": "with {method} in place of {training:step}",
        "lambda": "with lambda {lambda:g} in place of {training:step}",
        "refitted": "with lambda {lambda:.6g}, mean {mean:.6g} and std {std:.6g} in place of "
        "{training:step}",
        "quantiles": "with other quantiles, if not with another increasing function",
        "bare": "with no standardization in place of {training:step}",
        "range": "with a range of {range[0]:g} to {range[1]:g} in place of {training:step}",
        "fill": "with {value:g} as fill value in place of {training:step}",
        "settings": "with other settings of the {op} step: {used:.6g}",
        "edges": "with other edges of the buckets: {moved:pairs}",
        "other_edges": "with other edges of the buckets",
        "filled": "with nulls filled by {value:.6g}",
        "filled_after": "with nulls served as {value:g}, filled in after normalization",
        "clipped": "clipped at {used:bounds}{lost:without}",
        "clipped_after": "clipped at {used:bounds} after normalization{lost:without}",
    },
    together="with other settings of the {op} step",
    origin=("op", "member"),
    shown=("op", "method", "member"),
    shown_of_many=("lambda", "base", "mean", "std"),
    family="skewcheck.causes.pipeline",
    complexity=4,
    read_off=True,
    seen_in_nulls=True,
    injected="max=255",
)
