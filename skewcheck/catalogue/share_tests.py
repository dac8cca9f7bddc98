"""Entries of the tests of a share of rows: of a column, and of those audited; in listing order."""

from __future__ import annotations

from skewcheck.catalogue.spec import Bounds, Kind, Sentence, TestSpec, Texts, Unit, Windowed

NULLS = TestSpec(
    "nulls",
    "nulls",
    Kind.SHARE,
    texts=Texts(
        title="more missing values than in training",
        means=(
            "The share of rows without a value, above the share that training had; NaN counts as"
            " null."
        ),
        detected=(
            "Warns from 1 percentage point above, skew from {threshold} (as a share), if"
            " significant."
        ),
        do="Look for a join that lost its rows, a renamed column, or a source that stopped.",
    ),
    threshold=0.05,
    warns=5.0,  # 1 percentage point of 5
    unit=Unit.PERCENT,
    numeric="skewcheck.verdict.shares:nulls",
    categorical="skewcheck.verdict.shares:nulls",
    windowed=Windowed(5, "skewcheck.verdict.window_series:nulls", bounds=Bounds.SHARE),
    in_parts=True,
    column="Nulls",
    sought="{percent} % more nulls",
    sentence=Sentence(
        5,
        "{share} nulls, where training had {expected}",
        every="no value in any row, where training had {expected} nulls",
    ),
    of_all_rows=True,
    about_expected=True,
)

NONFINITE = TestSpec(
    "nonfinite",
    "nonfinite",
    Kind.SHARE,
    texts=Texts(
        title="more infinite values than in training",
        means="The share of rows with +inf or -inf, above the share that training had.",
        detected=(
            "Warns from 1 percentage point above, skew from {threshold} (as a share), if"
            " significant."
        ),
        do="Look for a division by zero or the logarithm of 0.",
    ),
    threshold=0.05,
    warns=5.0,  # 1 percentage point of 5
    unit=Unit.PERCENT,
    numeric="skewcheck.verdict.shares:nonfinite",
    windowed=Windowed(6, "skewcheck.verdict.window_series:nonfinite", bounds=Bounds.SHARE),
    in_parts=True,
    sought="{percent} % more infinities",
    sentence=Sentence(6, "{share} of the values are infinite, where training had {expected}"),
    of_all_rows=True,
    about_expected=True,
)

UNSEEN = TestSpec(
    "unseen",
    "unseen",
    Kind.SHARE,
    texts=Texts(
        title="categories that training never saw",
        means=(
            "The share of rows whose level is not among those of training; the model treats all of"
            " them as unknown."
        ),
        detected=(
            "Warns from 1 percentage point above the reference's own, skew from {threshold} (as a"
            " share), if significant."
        ),
        do=(
            "Compare spelling, case and white space with the vocabulary (`skewcheck show`); if the"
            " levels are new, train again."
        ),
    ),
    threshold=0.05,
    warns=5.0,  # 1 percentage point of 5
    unit=Unit.PERCENT,
    categorical="skewcheck.verdict.shares:unseen",
    windowed=Windowed(7, "skewcheck.verdict.window_series:unseen", bounds=Bounds.SHARE),
    in_parts=True,
    sought="{percent} % unseen levels",
    sentence=Sentence(7, "{share} of the rows have levels that training has not seen"),
    about_expected=True,
)

RANGE = TestSpec(
    "range",
    "out of range",
    Kind.SHARE,
    texts=Texts(
        title="values outside the training range",
        means="The share of finite values below the training minimum or above its maximum.",
        detected=(
            "Above the 2/(m+1) that a training sample of m rows lets expect. Warns from 1"
            " percentage point, skew from {threshold} (as a share), if significant. A range of"
            " constants is reported only."
        ),
        do="Look for another unit, a missing clip, or fill values such as -999.",
    ),
    threshold=0.05,
    warns=5.0,  # 1 percentage point of 5
    unit=Unit.PERCENT,
    numeric="skewcheck.verdict.shares:outside",
    windowed=Windowed(8, "skewcheck.verdict.window_series:outside", bounds=Bounds.SHARE),
    in_parts=True,
    sought="{percent} % out of range",
    sentence=Sentence(8, "{share} of the values lie outside the training range"),
    about_expected=True,
)

COVERAGE = TestSpec(
    "coverage",
    "rows not audited",
    Kind.SHARE,
    texts=Texts(
        title="rows of the log that were not audited",
        means=(
            "Rows were read that no test looked at: without a value of any feature (records of"
            " another kind), without a time that can be read where only some times were asked for,"
            " with a time after the run's, or with an id that no other record has where records are"
            " joined. A writer that is faulty may leave an audit so."
        ),
        detected=(
            "Every row that is read is audited, outside of the times that were asked for, or lost."
            " The share of lost rows: a warning from 1 percentage point, skew from {threshold} (as"
            " a share). Rows without any value are audited where one feature alone is logged, and"
            " where training's fullest feature has nulls in over 0.1 % of its rows. A file that"
            " ends inside a record, or without the mark that ends its format, is at least"
            " inconclusive."
        ),
        do=(
            "Look at the files that the report names: another kind of records goes into a log of"
            " its own, times into a format that can be read (ISO 8601 or epoch numbers, UTC)."
        ),
    ),
    threshold=0.05,
    warns=5.0,  # 1 percentage point of 5
    unit=Unit.PERCENT,
    sought="{percent} % of the rows not audited",
)
