"""Entry of the test over many nights."""

from __future__ import annotations

from skewcheck.catalogue.spec import Kind, Sentence, TestSpec, Texts, Unit

NIGHTS = TestSpec(
    "nights",
    "standing shift",
    Kind.LASTING,
    texts=Texts(
        title="a shift that stands over many nights, too small for any single one",
        means=(
            "The feature has moved a little, and stays there or creeps on. No night shows it by"
            " itself; all nights since it began do. The statistic is the shift in standard"
            " deviations of training: of numbers by their ranks, of nulls and levels by their"
            " share."
        ),
        detected=(
            "With --state, once it holds as many nights as --learn says. Each night gives a number"
            " per feature; evidence that it stands elsewhere than in training adds up since any"
            " night (an e-process). The error of the reference, and how much nights differ by"
            " themselves, are allowed for. A clean gate has a chance of alpha to alarm in its whole"
            " life, however many nights and features. Skew from a shift of {threshold}, if"
            " significant."
        ),
        do=(
            "Look at what was released on the night since when it stands. Where the change is"
            " wanted: `skewcheck accept PARAMETERS --state FOLDER --until now --why TEXT`, or"
            " retrain."
        ),
    ),
    threshold=0.03,  # standard deviations: what a year of 1,000 rows a night shows with certainty
    unit=Unit.DEVIATIONS,
    changed=False,
    sought="a standing shift of {limit} standard deviations",
    sentence=Sentence(
        12,
        "stands {shift} standard deviations from training over many nights",
        reason="stands {shift} standard deviations from training {reason}",
    ),
    column="Nights",
)
