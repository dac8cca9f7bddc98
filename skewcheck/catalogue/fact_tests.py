"""Entries of the tests of facts, of proofs and of the model's error, in listing order."""

from __future__ import annotations

from skewcheck.catalogue.spec import Bounds, Kind, Sentence, TestSpec, Texts, Unit, Windowed

MISSING = TestSpec(
    "missing",
    "missing",
    Kind.FACT,
    texts=Texts(
        title="the feature's column is not in the logs",
        means=(
            "Neither a raw nor a served column was found, so that nothing about this feature can"
            " be checked; or no served one beside the raw one; or none of some level of a one-hot"
            " feature, whose other levels are checked."
        ),
        detected=(
            "By the column names, after --raw, --served and the configuration were applied."
            " The column of a level is missed where a row has the level, or without raw values"
            " where a row has a 1 in no column. --allow-missing turns the finding off."
            " Where training's data had no such column, either, it is untested."
        ),
        do=(
            "Check the name and --raw / --served; leave the feature out with --exclude if it is"
            " not logged on purpose."
        ),
    ),
    changed=False,
    sentence=Sentence(0, "no column in the log", reason="{reason}"),
)

TYPE = TestSpec(
    "type",
    "type",
    Kind.FACT,
    texts=Texts(
        title="values of another type",
        means=(
            "Values that are no numbers in a numeric feature, or lists and bytes in a categorical"
            " one."
        ),
        detected=(
            "Every value is looked at; those of the wrong type are left out of the other tests."
            " Where training had some among its numbers, only more than their share is a finding."
        ),
        do=(
            "Look at the writer of the log: a decimal comma, a unit in the text (`12 km`) or a"
            " null text that needs --null-values."
        ),
    ),
    numeric="skewcheck.verdict.facts:mistyped_numbers",
    categorical="skewcheck.verdict.facts:mistyped_levels",
    changed=False,
    sentence=Sentence(1, "{share} of the rows hold values of another type"),
)

CONSTANT = TestSpec(
    "constant",
    "constant",
    Kind.FACT,
    texts=Texts(
        title="one value where training had several",
        means="All rows with a value hold the same one.",
        detected=(
            "By the counts of all rows. Without a distribution of training, where its mean and"
            " spread leave no room for a value that all those rows have by chance."
        ),
        do=(
            "Look for a default that is always taken, a cache, or a feature that is no longer"
            " computed."
        ),
    ),
    numeric="skewcheck.verdict.facts:constant_number",
    categorical="skewcheck.verdict.facts:constant_level",
    sought="that training had other values as well",
    sentence=Sentence(4, "one and the same value in all rows, where training had several"),
)

PARITY = TestSpec(
    "parity",
    "parity broken",
    Kind.PROOF,
    texts=Texts(
        title="served values that are not the training normalization of the raw ones",
        means=(
            "Raw and served values stand in the same row, and the served one is not what training"
            " would have made of the raw one. This is a proof of a fault, not an estimate: no"
            " drift can cause it."
        ),
        detected=(
            "The training steps are applied to each raw value; what float32 arithmetic in any"
            " order may round to is allowed for. Skew from a share of {threshold} of the rows, a"
            " warning below. Where that allowance is over 0.01 training standard deviations (values"
            " 30,000 and more deviations from 0, as seconds since 1970 within an hour) and a"
            " hundredth of the rows use it, the test is untested."
        ),
        do=(
            "Take the example row, and compute the steps of `skewcheck show` by hand; the server"
            " did something else."
        ),
    ),
    threshold=0.001,
    unit=Unit.PERCENT,
    changed=False,
    windowed=Windowed(
        9,
        "skewcheck.verdict.window_series:parity",
        bounds=Bounds.SHARE,
        description="Share of the rows that break it.",
    ),
    column="Parity",
    sentence=Sentence(
        2,
        (
            "{share} of the rows were not served as the training normalization of their raw"
            " value; no known mechanism explains them"
        ),
        covered_by_cause=True,
    ),
)

KEYS = TestSpec(
    "keys",
    "keys without parameters",
    Kind.PROOF,
    texts=Texts(
        title="rows whose key training has no parameters for",
        means=(
            "The parameters of the feature are by a key column (`by` in the parameter file), and"
            " these rows have a key that training did not have, or none. No parameters say what a"
            " server should have made of them; they are in no other test of the feature."
        ),
        detected=(
            "Every row's key is looked up; rows of known keys, of unknown ones and without a key"
            " add up to all rows. Any such row warns, skew from a share of {threshold}."
        ),
        do=(
            "Compare the spelling of the keys with `skewcheck show`; if they are new, learn their"
            " parameters with `skewcheck fit --by`."
        ),
    ),
    threshold=0.05,
    unit=Unit.PERCENT,
    changed=False,
    sentence=Sentence(9, "{share} of the rows have a key that training has no parameters for"),
)

GRID = TestSpec(
    "grid",
    "off the grid",
    Kind.PROOF,
    texts=Texts(
        title="served values that do not lie on the grid of the raw ones",
        means=(
            "Raw values lie on a grid (whole numbers, cents). Served values, with the training"
            " steps undone, do not: other parameters were used."
        ),
        detected=(
            "Undone values are compared with the grid, within the rounding of the arithmetic. Skew"
            " from a share of {threshold} of the rows, a warning below. Where that rounding is"
            " coarser than an eighth of the grid, the test is untested."
        ),
        do="Compare the server's parameter file with `skewcheck diff`.",
    ),
    threshold=0.001,
    unit=Unit.PERCENT,
    changed=False,
    column="Parity",
    sentence=Sentence(
        3,
        (
            "{share} of the served values, undone, miss the training grid, and other"
            " parameters put them back"
        ),
        reason=(
            "{share} of the served values, undone, miss the training grid, and no other"
            " parameters put them back"
        ),
        covered_by_cause=True,
    ),
)

ERROR = TestSpec(
    "error",
    "model error",
    Kind.LOSS,
    texts=Texts(
        title="error of the model, where predictions and labels are logged",
        means=(
            "How much larger the model's error is than in training: 0.1 says by 10 %. Drift that"
            " costs nothing and drift that costs accuracy are told apart by it."
        ),
        detected=(
            "Where the parameter file holds model.error and one feature each of the role"
            " prediction and label: the mean loss of all rows that have both (error rate, log"
            " loss, Brier score, RMSE, MAE), in the same pass, against training's. p is one-sided:"
            " exact for an error rate, Student's t for the others. Skew from a relative worsening"
            " of {threshold}, if significant; half of it warns. With labels too few to tell, the"
            " audit is inconclusive; without any, the test is left out. By --cluster, rows count"
            " as what their losses are worth."
        ),
        do=(
            "With features in skew: mend what they say first. With none, what the label means may"
            " have changed: compare its levels, and train again."
        ),
    ),
    threshold=0.1,  # relative to training's
    changed=False,
    unbounded=True,
    sought="an error that is {percent} % larger",
)
