"""Entries of the tests of a distribution, in listing order."""

from __future__ import annotations

from skewcheck.catalogue.spec import Bounds, Kind, TestSpec, Texts, Unit, Windowed

KS = TestSpec(
    "ks",
    "KS D",
    Kind.DISTANCE,
    texts=Texts(
        title="two-sample Kolmogorov-Smirnov test of a numeric feature",
        means=(
            "D is the largest difference between the two distribution functions: 0.41 says that"
            " for some value, the shares of rows below it differ by 41 percentage points."
        ),
        detected=(
            "D is taken just below and at every edge that `fit` stored, in one pass; p is"
            " kolmogorov(D sqrt(nm/(n+m))), which is conservative where values repeat. Skew from D"
            " = {threshold}, if significant."
        ),
        do=(
            "Look at the bars: did the values move, stretch, or pile up at one place? Compare the"
            " serving code's normalization with `skewcheck show`."
        ),
    ),
    threshold=0.1,  # largest distance of two distribution functions
    numeric="skewcheck.verdict.distances:ks",
    moved=True,
    identity=True,
    windowed=Windowed(0, "skewcheck.verdict.window_series:ks", bounds=Bounds.SHARE),
    in_parts=True,
    usual=True,
    always=True,
    symbol="KS D",
    column="Distance",
    sought="KS D {limit}",
)

MANNWHITNEY = TestSpec(
    "mannwhitney",
    "P(serving > training)",
    Kind.DISTANCE,
    texts=Texts(
        title="rank test of location of a numeric feature",
        means=(
            "The effect is how far the chance that a serving value is greater than a training"
            " value lies from one half. It sees small shifts of the whole distribution that D does"
            " not."
        ),
        detected=(
            "From the counts between the stored edges, corrected for ties. Skew from an effect of"
            " {threshold}, if significant."
        ),
        do="As for ks: a small shift of everything is often a stale mean or another unit.",
    ),
    threshold=0.07,  # distance of P(serving > training) from one half
    numeric="skewcheck.verdict.distances:mannwhitney",
    moved=True,
    windowed=Windowed(
        1,
        "skewcheck.verdict.window_series:mannwhitney",
        bounds=Bounds.SHARE,
        label="P(serving > training) - 0.5",
        description="Distance of P(serving > training) from 0.5.",
    ),
    in_parts=True,
    about_expected=True,
    sought="P(serving > training) off by {limit}",
)

PSI = TestSpec(
    "psi",
    "PSI",
    Kind.DISTANCE,
    texts=Texts(
        title="population stability index",
        means=(
            "The sum over bins of (serving share - training share) x ln(serving share / training"
            " share): 0.1 is usually called a small shift, 0.2 or more a large one."
        ),
        detected=(
            "Over 10 bins fixed at training and one for nulls (categories: pooled as for chi2),"
            " shares smoothed by half a row. In the logarithm a share counts as a fiftieth of the"
            " other at least, or as 0.001 if that is less: a bin that one side has empty, as that"
            " of nulls, weighs 3.9 times the other's share, however many rows training had, and"
            " alone comes to 0.2 just above 5 percentage points, where nulls, unseen and range are"
            " skew. What no shift at all would give (`expected`) is taken off, so that few rows do"
            " not look like skew. Skew from PSI - expected = {threshold}, if significant."
        ),
        do=(
            "Look at the bin that changed most; compare it with the raw values of a few of its"
            " rows."
        ),
    ),
    threshold=0.2,  # the customary "significant shift"
    numeric="skewcheck.verdict.distances:psi",
    categorical="skewcheck.verdict.levels:psi",
    p_value_of="chi2",
    moved=True,
    windowed=Windowed(
        3,
        "skewcheck.verdict.window_series:psi",
        bounds=Bounds.POSITIVE,
        description="Less its expectation.",
    ),
    in_parts=True,
    always=True,
    symbol="PSI",
    column="PSI",
    sought="PSI {limit}",
)

CHI2 = TestSpec(
    "chi2",
    "chi2",
    Kind.SIGNIFICANCE,
    texts=Texts(
        title="two-sample chi-square test of a categorical feature",
        means=(
            "Whether training and serving can have the same shares of levels. It gives psi and"
            " linf their p-value and does not gate by itself."
        ),
        detected=(
            "On the counts of both samples, nulls left out, without Yates' correction; levels"
            " expected fewer than 5 times in either sample form one cell. With one cell left it is"
            " untested."
        ),
        do="Look at linf for the level that moved.",
    ),
    categorical="skewcheck.verdict.levels:chi2",
    in_parts=True,
)

LINF = TestSpec(
    "linf",
    "L-inf",
    Kind.DISTANCE,
    texts=Texts(
        title="largest change of one category's share",
        means=(
            "0.1 says that one level's share of the rows with a value moved by 10 percentage"
            " points."
        ),
        detected=(
            "The largest difference over all levels, with the p-value of chi2. Skew from"
            " {threshold}, if significant."
        ),
        do=(
            "Look at the level named in the report: a level that vanished while another appeared"
            " was often renamed."
        ),
    ),
    threshold=0.1,  # share of one category
    categorical="skewcheck.verdict.levels:linf",
    p_value_of="chi2",
    windowed=Windowed(2, "skewcheck.verdict.window_series:linf", bounds=Bounds.SHARE),
    in_parts=True,
    usual=True,
    always=True,
    symbol="L∞",
    column="Distance",
    sought="a level's share change by {percent} percentage points",
)

WASSERSTEIN = TestSpec(
    "wasserstein",
    "Wasserstein",
    Kind.REPORTED,
    texts=Texts(
        title="Wasserstein distance of a numeric feature",
        means=(
            "How far values have to be moved on average to turn training into serving, in standard"
            " deviations of training."
        ),
        detected=(
            "From the counts and sums between the stored edges and, of values that training never"
            " had, between cuts of the gaps; within 1 % or 0.001 of that of the rows, with edges as"
            " `fit` stores them. Reported; gates only if you set --threshold wasserstein=NUMBER."
        ),
        do="Read it beside mean: where both agree, everything moved the same way.",
    ),
    numeric="skewcheck.verdict.distances:wasserstein",
    unbounded=True,
)

JS = TestSpec(
    "js",
    "JS",
    Kind.REPORTED,
    texts=Texts(
        title="Jensen-Shannon distance",
        means="0 for equal distributions, 1 for distributions without a common value (base 2).",
        detected=(
            "Of numbers over the bins of psi; of categories over all levels as they are, none"
            " pooled, those that training never saw among them (beyond 64 names they are one, and"
            " so are all where training had more levels than its file lists), nulls left out."
            " Reported; gates only if you set --threshold js=NUMBER."
        ),
        do="As for psi.",
    ),
    numeric="skewcheck.verdict.distances:js",
    categorical="skewcheck.verdict.levels:js",
    place=1,
)

KL = TestSpec(
    "kl",
    "KL",
    Kind.REPORTED,
    texts=Texts(
        title="Kullback-Leibler divergence of serving from training",
        means="In nats, with half a row added to each bin or level so that it is finite.",
        detected=(
            "Of numbers over the bins of psi; of categories over all levels as in js. Reported;"
            " gates only if you set --threshold kl=NUMBER."
        ),
        do="As for psi.",
    ),
    numeric="skewcheck.verdict.distances:kl",
    categorical="skewcheck.verdict.levels:kl",
    place=1,
)

MEAN = TestSpec(
    "mean",
    "mean",
    Kind.REPORTED,
    texts=Texts(
        title="shift of the mean",
        means="Serving mean less training mean, in standard deviations of training.",
        detected=(
            "From the moments of all finite values. Reported; gates only if you set --threshold"
            " mean=NUMBER, or, without a distribution of training, where its mean was measured."
        ),
        do=(
            "A shift with an unchanged sd ratio points to a wrong mean or offset, one with a"
            " changed ratio to a wrong scale or unit."
        ),
    ),
    unit=Unit.DEVIATIONS,
    numeric="skewcheck.verdict.moments:mean",
    unbounded=True,
    hidden_by_recomputing=True,
    by_moments=True,
    windowed=Windowed(
        4,
        "skewcheck.verdict.window_series:mean",
        bounds=Bounds.REAL,
        description="Shift in training standard deviations.",
    ),
    in_parts=True,
    always=True,
    column="Mean",
    sought="a mean off by {limit}",
)

STD = TestSpec(
    "std",
    "sd ratio",
    Kind.REPORTED,
    texts=Texts(
        title="ratio of the standard deviations",
        means="Serving by training: 1 is no change.",
        detected=(
            "From the moments of all finite values. Reported; gates only if you set --threshold"
            " std=NUMBER, or, without a distribution of training, where it was measured."
        ),
        do=(
            "A ratio far from 1 points to a scale that was not applied, applied twice, or taken"
            " from elsewhere."
        ),
    ),
    numeric="skewcheck.verdict.moments:std",
    unbounded=True,
    by_moments=True,
    sought="a logarithm of the spread off by {limit}",
)
