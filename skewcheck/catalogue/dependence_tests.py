"""Entry of the test of dependence between features."""

from __future__ import annotations

from skewcheck.catalogue.spec import Kind, Sentence, TestSpec, Texts, Unit

DEPENDENCE = TestSpec(
    "dependence",
    "rank correlation",
    Kind.DISTANCE,
    texts=Texts(
        title="features that depend on each other otherwise than in training",
        means=(
            "Each feature may be distributed as in training while the rows no longer belong"
            " together: a join on the wrong key, a stale feature store, a column delayed by a row."
            " The statistic is the rank correlation with one other feature, the effect its"
            " difference from training's on Fisher's z scale."
        ),
        detected=(
            "Correlations of normal scores (ranks alone count, levels in an order that `fit`"
            " stored) of the pairs in the parameter file, on a sample of whole rows. Another shift,"
            " scale or monotone bending of a feature changes none, and what coarser ties alone may"
            " do to a correlation is no difference. p is that of the feature's most significant"
            " pair, times its pairs. Skew from a difference of {threshold}, if significant."
        ),
        do=(
            "Look at how the feature is joined to the others: its key, its time, the order of the"
            " rows. Compare a row of the log with its source."
        ),
    ),
    threshold=0.2,  # Fisher's z: 0.90 against 0.85, or 0.2 against 0
    unit=Unit.CORRELATION,
    changed=False,
    of_pairs=True,
    sought="a change of rank correlation by {limit} (Fisher's z)",
    sentence=Sentence(
        10,
        "rank correlation with {partner} is {correlation}, where training had {in_training}",
    ),
    column="Dependence",
)
