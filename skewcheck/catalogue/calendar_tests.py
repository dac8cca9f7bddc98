"""Entry of the test of features that are functions of a row's time."""

from __future__ import annotations

from skewcheck.catalogue.spec import Kind, Sentence, TestSpec, Texts, Unit

CALENDAR = TestSpec(
    "calendar",
    "calendar",
    Kind.PROOF,
    texts=Texts(
        title="features that are not the hour, weekday or date of their row's time",
        means=(
            "In training the feature was a function of the time in the same row (an hour, a"
            " weekday, a month, a weekend flag, a wave of one, in some time zone), and in these"
            " rows it is not. This is a proof of a fault, not an estimate."
        ),
        detected=(
            "`fit --time-column` stores the functions that give all values of sampled training"
            " rows; an audit with a column of times computes them again in every row, within the"
            " rounding of the numbers; with `fit --holidays`, those of holidays in the days that"
            " the list is of. Of functions that training cannot tell apart (a fixed"
            " offset and a zone with daylight saving) the one that fits the log best counts. Skew"
            " from a share of {threshold} of the rows, a warning below. Tests of the feature's"
            " distribution are then reported only: a log of one day has one weekday."
        ),
        do=(
            "Compare the time zone of the server with training's, the first day of its week, and"
            " whether it counts from 0 or 1; or name the right column by --time-column."
        ),
    ),
    threshold=0.001,
    unit=Unit.PERCENT,
    changed=False,
    sentence=Sentence(
        11,
        "{share} of the rows have another value than training's function of their time",
        covered_by_cause=True,
    ),
)
