"""Data types of a parameter file: features, their steps and their reference distributions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

import pyarrow as pa

from skewcheck.features.histogram import Histogram
from skewcheck.features.notes import Note
from skewcheck.features.steps import Step, scope_of
from skewcheck.features.transform import expansion, served_keys
from skewcheck.logs.arrays import FloatArray as FloatArray
from skewcheck.logs.arrays import IntArray as IntArray
from skewcheck.logs.arrays.arrow import is_text_or_boolean
from skewcheck.text.errors import ParameterError
from skewcheck.text.numbers import shortened

if TYPE_CHECKING:
    import pandas as pd

    from skewcheck.features.calendar import Calendar
    from skewcheck.features.dependence import Dependence
    from skewcheck.features.golden import GoldenRows
    from skewcheck.features.strata import Strata

FeatureType = Literal["numeric", "categorical"]
Role = Literal["feature", "prediction", "label"]
Metric = Literal["error_rate", "log_loss", "brier", "rmse", "mae"]
METRICS: tuple[Metric, ...] = get_args(Metric)


@dataclass(frozen=True, slots=True)
class NumericReference:
    """Training distribution of a numeric feature: counts of raw values at edges."""

    rows: int
    """All rows, including nulls and infinities."""
    nulls: int = 0
    """Rows without a value; NaN is a null."""
    nonfinite: int = 0
    """Rows with +inf or -inf."""
    mean: float | None = None
    std: float | None = None
    """Population standard deviation (ddof 0) of the finite values."""
    min: float | None = None
    max: float | None = None
    step: float | None = None
    """Grid spacing of the raw values (1 for integers), None for no grid."""
    step_share: float | None = None
    """Share of the finite values that lie on the grid."""
    histogram: Histogram = field(default_factory=Histogram.empty)
    """Counts of the finite values; without edges if the distribution is unknown."""
    quantiles: Mapping[float, float] = field(default_factory=dict)
    """Quantiles that a foreign file states, by probability; used for plausibility checks, not
    saved."""
    negative_infinite: int = 0
    """Of the rows in `nonfinite`, those with -inf."""
    mistyped: int = 0
    """Rows with a value of another type, beside `rows`: text such as `unknown` among numbers."""
    assumed: bool = False
    """Whether `min` and `max` are constants of a step, which training need not have kept to."""

    @property
    def finite(self) -> int:
        """Rows with a finite value."""
        return self.rows - self.nulls - self.nonfinite


@dataclass(frozen=True, slots=True)
class CategoricalReference:
    """Training distribution of a categorical feature: counts of levels."""

    rows: int
    nulls: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    """Rows of each level, most frequent first; at most 10,000 levels."""
    other: int = 0
    """Rows of the levels that are not listed."""
    partial: bool = False
    """Whether training had levels that are not listed, in rows that no file counts."""


Reference = NumericReference | CategoricalReference


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature: its preprocessing steps and its training distribution."""

    name: str
    type: FeatureType
    steps: tuple[Step, ...] = ()
    """Applied in order to the raw value; empty if the model takes the raw value."""
    reference: Reference | None = None
    role: Role = "feature"
    importance: float | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
    """Keys that begin with `x-`: preserved, never interpreted."""
    untested: str | None = None
    """Why the steps cannot be applied again, so that served values are not compared with them; else
    None."""
    guessed: bool = False
    """Whether no file states the type, so that `type` follows the column's type."""
    fitted: bool = False
    """Whether the numbers of the steps were computed on the training data: they then say what
    training had. Else they are constants, which may be anybody's."""
    derived: bool = False
    """Whether the training data has no such column: what fed the model was made of others."""
    by: str | None = None
    """The column whose values part the rows into groups; empty where a file does not name it."""
    groups: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    """By value of that column, the steps that come before `steps`; empty where all have the same.
    The reference is then of the results of these steps."""

    @property
    def normalized(self) -> bool:
        """Whether the model takes another value than the raw one."""
        return bool(self.steps or self.groups)

    @property
    def by_itself(self) -> bool:
        """Whether `steps` alone say what becomes of a raw value: no key and no other row does."""
        return not self.groups and scope_of(self.steps) is None

    @property
    def made(self) -> bool:
        """Whether it is an output of code that is not read: its values are served ones.

        No column of the training data has them; its reference is that of what the code made.
        """
        known = self.reference is not None and not self.steps and self.untested is None
        return known and self.derived and self.role == "feature"

    @property
    def stated_names(self) -> tuple[str, ...]:
        """The served columns that the file itself names (`x-served`); empty for none."""
        stated = self.extra.get("x-served")
        names = [stated] if isinstance(stated, str) else stated if isinstance(stated, list) else []
        return tuple(name for name in names if isinstance(name, str))

    @property
    def served_names(self) -> tuple[str, ...]:
        """The names that training gives its served columns, in their order."""
        return tuple(names[0] for names in served_keys(self.name, self.steps))

    @property
    def column_steps(self) -> tuple[tuple[Step, ...], ...]:
        """The steps of each served column of a numeric feature, in their order."""
        several = expansion(self.steps)
        if several is None:
            return (self.steps,)
        before = tuple(step for step in self.steps if step is not several)
        return tuple((*before, *later) for later in several.columns.values())

    def typed(self, columns: Iterable[pa.DataType]) -> Feature:
        """Return the feature with the type of its column in each file, if that is guessed."""
        if self.guessed and any(map(is_text_or_boolean, columns)):
            return replace(self, type="categorical")
        return self

    @property
    def output(self) -> bool:
        """Whether it is a prediction or a label, which is not preprocessed."""
        return self.role != "feature" and not self.normalized


@dataclass(frozen=True, slots=True)
class TrainingError:
    """Error of the model's predictions in training."""

    metric: Metric
    value: float
    """Above 0; at most 1 for `error_rate` and `brier`."""
    rows: int | None = None
    """Number of training rows; None treats the value as exact."""
    std: float | None = None
    """Standard deviation of the rows' losses (for rmse of the squared errors)."""
    positive: str | None = None
    """The level of the label whose probability a score is."""
    extra: Mapping[str, object] = field(default_factory=dict)
    """Keys that begin with `x-`: preserved, never interpreted."""


@dataclass(frozen=True, slots=True)
class ParameterWarning:
    """A likely mistake in a parameter file, visible from the file or from the data with it."""

    code: str
    """A code that `skewcheck explain` describes."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """Fields of its message's template in `catalogue/warnings.py`; or `text`, its reader's own."""
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameters:
    """A parameter file: its features in order, and its metadata."""

    features: tuple[Feature, ...]
    fingerprint: str
    """`sha256:` and the hash of names, types, roles and steps; not of path, time or references."""
    model: Mapping[str, object] = field(default_factory=dict)
    """Name, version and sha256 of the model, as in the file."""
    path: str | None = None
    notes: tuple[Note, ...] = ()
    """What was skipped or not understood; not saved."""
    extra: Mapping[str, object] = field(default_factory=dict)
    error: TrainingError | None = None
    """`model.error` in the file."""
    warnings: tuple[ParameterWarning, ...] = ()
    """Saved as `x-warnings` for people; reading the file does not restore them."""
    readings: Mapping[str, Note] = field(default_factory=dict, compare=False)
    """Why `fit` took each feature for numbers or levels, by the feature's name; not saved."""
    rows: GoldenRows | None = None
    """Golden rows that the captured object computed; None where the steps give them."""
    dependence: Dependence | None = None
    """How the features depend on each other in training; None where that is not known."""
    calendar: Calendar | None = None
    """Which features are functions of a row's time; None where none is known to be."""
    strata: Strata | None = None
    """Distributions by part of the week; None where no feature is known to depend on it."""
    lock: str | None = field(default=None, compare=False, repr=False)
    """The fingerprint written in the file; None without one, or without a file."""

    def __repr__(self) -> str:
        """Return what it is of, in less than 1,000 characters."""
        from skewcheck.text.brief import brief  # no audit shows itself

        names = [feature.name for feature in self.features]
        return brief("Parameters", path=self.path, number=len(names), features=names)

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the features, their steps and training's figures."""
        import skewcheck  # whose rooms above this one have the words

        return skewcheck.html_of_parameters(self)

    def __getitem__(self, name: str) -> Feature:
        """Return the feature of that name; KeyError if there is none."""
        for feature in self.features:
            if feature.name == name:
                return feature
        raise KeyError(name)

    def transform(
        self, frame: pd.DataFrame | pa.Table, *, served: str = "{feature}",
        exclude: Collection[str] = (),
    ) -> pd.DataFrame:  # fmt: skip
        """Return a copy of a DataFrame (or Arrow table) with the preprocessing steps applied.

        The features' columns are replaced (onehot: by a column per level), or with a template such
        as `{feature}_norm` kept beside the new ones. Other columns and the index are unchanged, and
        so are features in `exclude`, and derived ones that the frame lacks. Raises ParameterError,
        naming the features that the frame lacks, or whose steps cannot be applied.
        """
        from skewcheck.features.normalized_frames import normalized_frame  # no audit needs one

        return normalized_frame(self, frame, served, exclude)


def refuse_untested(features: Iterable[Feature]) -> None:
    """Raise ParameterError if the steps of any of the features cannot be applied."""
    untested = [f for f in features if f.untested is not None]
    if untested:
        names = shortened([f.name for f in untested], 1)
        raise ParameterError(
            f"{names}: cannot be reapplied ({untested[0].untested}): exclude it, or all such"
        )
