"""Types of a test's entry in the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """How a test is judged; its members are in the order in which reports list thresholds."""

    DISTANCE = "distance"
    """Of two distributions: skew where it is both significant and large."""
    SHARE = "share"
    """Of rows, beyond the share that training had: likewise, but a small one warns."""
    LOSS = "loss"
    """Of the model's error: likewise, by how much larger it is than in training."""
    PROOF = "proof"
    """No estimate: it needs no significance, and any of it warns."""
    REPORTED = "reported"
    """It has no p-value of its own, and gates only where a threshold is set for it."""
    SIGNIFICANCE = "significance"
    """It gives other tests their p-value and never gates."""
    LASTING = "lasting"
    """Of all nights that a state folder holds: judged by evidence that adds up, at a level of its
    own for the whole life of the gate. It has no threshold in the policy unless one is set."""
    FACT = "fact"
    """Skew wherever it is seen: it has no threshold."""


class Unit(StrEnum):
    """How a statistic is written."""

    PLAIN = "plain"
    PERCENT = "percent"
    CORRELATION = "correlation"
    """Two decimals."""
    DEVIATIONS = "deviations"
    """Standard deviations of training, with a sign."""


class Bounds(StrEnum):
    """Which values a statistic can have, as the JSON Schema tells."""

    SHARE = "share"
    """0 to 1."""
    POSITIVE = "positive"
    REAL = "real"


@dataclass(frozen=True, slots=True)
class Texts:
    """What `skewcheck explain` says; `{threshold}` in it is the test's."""

    title: str
    means: str
    detected: str
    do: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a report says of a test that alarms, by its statistic and what was expected.

    Fields of the templates: `{share}`, `{expected}` (both in per cent), `{reason}`; of a test of
    two features `{partner}`, `{correlation}` and `{in_training}`; of one over nights `{shift}`.
    """

    rank: int
    """Sentences of a feature stand in this order."""
    text: str
    every: str | None = None
    """Instead, where it is so in all rows."""
    reason: str | None = None
    """Instead, where the test has a reason to doubt what it shows."""
    covered_by_cause: bool = False
    """Left out where a cause explains it."""


@dataclass(frozen=True, slots=True)
class Windowed:
    """The figure of a test in each window of a log."""

    place: int
    """Figures of a window stand in this order."""
    figure: str | None = None
    """`module:function` of a figure of all windows at once (a series in, w numbers out); None takes
    the statistic of the test's own function, window by window."""
    bounds: Bounds = Bounds.REAL
    label: str | None = None
    """Instead of the test's, where the figure is not its statistic."""
    description: str | None = None
    """In the JSON Schema, where the figure is not the statistic."""


@dataclass(frozen=True, slots=True)
class TestSpec:
    """One test: how it is measured, judged and told."""

    __test__: ClassVar[bool] = False  # no test case, whatever pytest thinks of the name

    code: str
    label: str
    """Before its statistic in a report."""
    kind: Kind
    texts: Texts
    threshold: float | None = None
    """Of its effect; None where it is only reported."""
    warns: float = 2.0
    """An effect of the threshold divided by this warns."""
    unit: Unit = Unit.PLAIN
    numeric: str | None = None
    """`module:function` that measures a `NumericSample`; None where it is none of numbers."""
    categorical: str | None = None
    """`module:function` that measures a `CategoricalSample`."""
    p_value_of: str | None = None
    """The code of the test whose p-value it shares: both count once in a correction."""
    moved: bool = False
    """Its p-value tells whether a distribution moved: tests without one lean on it."""
    changed: bool = True
    """Its alarm says that a distribution is not training's, which drift explains as well."""
    by_moments: bool = False
    """Mean and standard deviation are enough: it needs no histogram of training."""
    identity: bool = False
    """Its statistic is near 0 only where training and serving are the same rows."""
    of_pairs: bool = False
    """It is of two features: that it is `ok` says nothing of the values of either."""
    hidden_by_recomputing: bool = False
    """Parameters computed on the serving data hide its shift: with that cause it is skew."""
    place: int = 0
    """Of the tests of a distribution that could be compared, those with a greater one come last."""
    windowed: Windowed | None = None
    """Its figure in windows; None where they have none."""
    in_parts: bool = False
    """It is tested in windows and segments; the others need what is not kept of them."""
    of_all_rows: bool = False
    """Its statistic is of all rows, those without a value among them."""
    unbounded: bool = False
    """A single row can move its statistic as far as you like; a share or a distance has bounds."""
    about_expected: bool = False
    """Its interval lies about the statistic that is expected without any shift, not about 0."""
    usual: bool = False
    """The usual distance: what is drawn over windows where no change names another test."""
    always: bool = False
    """Shown for a feature in trouble although it is not what is wrong."""
    symbol: str | None = None
    """Its name in the sentence on a distribution that moved; None where it is not named there."""
    column: str | None = None
    """The heading of its column in the table of features; several tests may share one."""
    sought: str | None = None
    """What more rows are needed to see: `{limit}` is its threshold, `{percent}` 100 times that."""
    sentence: Sentence | None = None
    """What a report says of its alarm; None for tests of a distribution, which share a sentence."""
