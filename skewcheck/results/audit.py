"""The result of an audit: frozen data that reports render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from skewcheck.features.notes import Note
from skewcheck.features.types import FeatureType, Metric, ParameterWarning
from skewcheck.results.account import Account
from skewcheck.results.causes import Cause, Remainder
from skewcheck.results.gate import Coverage, Hold, NotTested
from skewcheck.results.parts import (
    Change,
    FailingParts,
    Segment,
    Trend,
    WindowFigures,
    WindowLayout,
)
from skewcheck.results.policy import InForce, Policy
from skewcheck.results.tests import JudgedTest, Reason, Value
from skewcheck.results.verdicts import Verdict
from skewcheck.text.errors import OptionName, SkewcheckError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from skewcheck.results.incidents import Incident
    from skewcheck.results.nights import Night
    from skewcheck.results.pairs import Mistake, Pairs

Mode = Literal["raw", "served", "paired"]

__all__ = [
    "Audit", "Bar", "Cause", "Curves", "Example", "FeatureAudit", "JudgedTest", "Keys",
    "LeftOut",
    "LogsSummary", "Mode", "ModelError", "Note", "Parity", "Policy", "UnrememberedError", "Value",
    "Verdict",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """A row whose served value is not the normalized raw one."""

    file: str
    row: int
    """From 0, in the file."""
    raw: Value
    expected: Value
    served: Value


@dataclass(frozen=True, slots=True)
class Parity:
    """Served values against the training normalization of the raw ones, row by row."""

    rows: int
    """Rows of files with both columns in which a value was logged or expected."""
    mismatched: int
    """Rows that differ by more than the rounding of the arithmetic."""
    max_error: float | None
    """Largest |served - expected| of finite values, in served units; None where none differs."""
    example: Example | None
    left_out: int = 0
    """Rows with a raw value that were not compared: the rows that they are normalized over are not
    all in the log, hold a null, or hardly differ."""
    pairs: Pairs | None = None
    """Numbers that fail, for drawing; None where none does, and of levels."""
    mistakes: tuple[Mistake, ...] = ()
    """The commonest levels that were served wrong, the commonest first; none of numbers."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Rows of a feature whose parameters are by a key; they add up to those of the log."""

    column: str
    known: int
    """Rows whose key has parameters: the others are in no test but this one."""
    unknown: int
    nulls: int
    """Rows without a key."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin of a feature, for drawing: shares of all rows."""

    label: str
    reference: float
    serving: float


@dataclass(frozen=True, slots=True)
class Curves:
    """Two distribution functions of the finite values, for drawing: all points ascend.

    Where a value repeats, its first point is just below it and its last is at it.
    """

    at: tuple[float, ...]
    reference: tuple[float, ...]
    """Share of training's values up to there, from 0 to 1."""
    serving: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows with a prediction and a label of which no loss can be computed."""

    kind: Literal["score", "prediction", "class", "label", "type"]
    """What is wrong: a score outside of [0, 1], an infinite prediction, a label of neither class,
    an infinite label, a value of another type than in training."""
    rows: int
    column: str | None = None
    """The column of values of another type."""


@dataclass(frozen=True, slots=True)
class ModelError:
    """The error of the model's predictions against the labels of the same rows."""

    metric: Metric
    prediction: str
    label: str
    """The feature that the test belongs to."""
    reference: float
    """The metric's value in training."""
    rows: int
    """Rows with a prediction and a label of which a loss was computed."""
    nulls: int
    """Rows without a prediction or without a label, which may come late."""
    unusable: int
    """Rows with both of which no loss can be computed."""
    test: JudgedTest
    """Named `error`: its statistic is the metric, its effect the relative worsening."""
    left_out: tuple[LeftOut, ...] = ()
    """The unusable rows by the fault."""
    others: Verdict = Verdict.OK
    """The worst of `skew`, `warn` and `ok` of the other features."""


@dataclass(frozen=True, slots=True)
class FeatureAudit:
    """The result of one feature: verdict, tests, causes, windows, segments."""

    name: str
    type: FeatureType
    mode: Mode
    verdict: Verdict
    rows: int
    nulls: int
    tests: tuple[JudgedTest, ...]
    causes: tuple[Cause, ...] = ()
    unexplained: float = 0.0
    """Share of the rows that fail parity and that no cause explains."""
    remainder: Remainder | None = None
    """Which rows no cause explains; None where parity holds."""
    error: ModelError | None = None
    """The model's error, of the label that it is measured by."""
    parity: Parity | None = None
    bars: tuple[Bar, ...] = ()
    """The bins of PSI or the most frequent levels, for drawing; none without a reference."""
    curves: Curves | None = None
    """Its distribution functions, for drawing; None for levels, without a reference or a value."""
    importance: float | None = None
    """To the model, in any unit; None where no feature has one, and for outputs."""
    effective_rows: float | None = None
    """Rows over the design effect, where clusters of rows are named; else None."""
    windows: tuple[WindowFigures, ...] = ()
    changes: tuple[Change, ...] = ()
    """Spans of windows with skew, in order of their starts."""
    trend: Trend | None = None
    segments: tuple[Segment, ...] = ()
    worst: tuple[Segment, ...] = ()
    """The smallest set of segments, of one column, that holds the skew; empty for none."""
    failing_parts: FailingParts | None = None
    """The parts that make its verdict; None where it is that of the whole log."""
    uncompared: Reason | None = None
    """Why nothing compared its values with training although they are logged; it is never `ok`."""
    alike: bool = False
    """As in `WindowFigures`, of the whole log."""
    keys: Keys | None = None
    """Rows by key, where the parameters are by one."""

    def __repr__(self) -> str:
        """Return its name, verdict and causes, in less than 1,000 characters."""
        from skewcheck.results.briefly import of_feature  # no audit shows itself

        return of_feature(self)


@dataclass(frozen=True, slots=True)
class LogsSummary:
    """The logs that were read."""

    files: tuple[str, ...]
    rows: int
    mode: Literal["raw", "served", "paired", "mixed"]
    newest: float | None = None
    """Time of the newest row, in epoch seconds; None without a time column."""


@dataclass(frozen=True, slots=True)
class Audit:
    """The result of an audit."""

    verdict: Verdict
    exit_code: int
    parameters_path: str
    fingerprint: str
    model: Mapping[str, object]
    logs: LogsSummary
    policy: Policy
    features: tuple[FeatureAudit, ...]
    causes: tuple[Cause, ...] = ()
    """Causes that explain several features at once."""
    incidents: tuple[Incident, ...] = ()
    """What features have in common in place and time, the newest first."""
    not_tested: tuple[NotTested, ...] = ()
    """What no test looked at."""
    holds: tuple[Hold, ...] = ()
    """Why it is inconclusive, beside too few rows; empty for none."""
    notes: tuple[Note, ...] = ()
    """Remarks on the audit as a whole: columns missing in some files, waivers that ended ..."""
    warnings: tuple[ParameterWarning, ...] = ()
    """Faults of the parameter file; the notes have them as well."""
    windows: WindowLayout | None = None
    run: Mapping[str, object] = field(default_factory=dict)
    """Start, duration and version: all that differs between two runs on the same input."""
    error: ModelError | None = None
    """The model's error; None where training's is not known, or prediction or label not logged."""
    coverage: Coverage | None = None
    account: Account | None = None
    """What became of the rows that were read."""
    values: bool = True
    """False where values of the data, and figures that give them away, were left out."""
    in_force: InForce | None = None
    """Where the policy is from, and what weakens it; None of an audit that no options made."""
    night: Night | None = None
    """What the state folder remembers of the log beside others; None without a state."""

    def __repr__(self) -> str:
        """Return verdict, rows and the features that differ, in less than 1,000 characters."""
        from skewcheck.results.briefly import of_audit  # as above

        return of_audit(self)

    def _repr_html_(self) -> str:
        """Return what a notebook shows: incidents, and a table of the worst features."""
        import skewcheck  # whose rooms above this one have the words

        return skewcheck.html_of_audit(self)

    def plot(self, feature: str) -> Figure:
        """Return a matplotlib figure of a feature (extra `html`): parity, distribution, windows.

        UsageError for a name that is no feature, and where there is nothing to draw.
        """
        import skewcheck  # as above

        return skewcheck.plot_of_audit(self, feature)

    def count(self, verdict: Verdict) -> int:
        """Return the number of features with a verdict."""
        return sum(feature.verdict is verdict for feature in self.features)

    def columns(self) -> dict[str, list[str | float | None]]:
        """Return a row per feature and test, as columns; `reason` is its code, without words."""
        from skewcheck.results.table import columns  # most audits are asked for none

        return columns(self)

    def to_pandas(self) -> pd.DataFrame:
        """Return `columns` as a DataFrame, one row per feature and test."""
        import pandas as pd

        return pd.DataFrame(self.columns())


class UnrememberedError(SkewcheckError):
    """The audit is done, but the state folder could not store it, as on a full disk."""

    def __init__(self, audit: Audit, *parts: str | OptionName) -> None:
        super().__init__(*parts)
        self.audit = audit
