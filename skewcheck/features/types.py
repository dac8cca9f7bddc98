"""What training knew: the types behind a parameter file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.features.notes import Note
from skewcheck.features.steps import Step
from skewcheck.features.transform import transformed
from skewcheck.logs.arrays import FloatArray as FloatArray
from skewcheck.logs.arrays import IntArray as IntArray
from skewcheck.logs.arrays import label
from skewcheck.logs.arrays.arrow import from_texts, is_text_or_boolean
from skewcheck.text.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

FeatureType = Literal["numeric", "categorical"]
Role = Literal["feature", "prediction", "label"]
Metric = Literal["error_rate", "log_loss", "brier", "rmse", "mae"]
METRICS: tuple[Metric, ...] = get_args(Metric)


@dataclass(frozen=True, slots=True)
class NumericReference:
    """The distribution of a numeric feature in training, counted at raw values."""

    rows: int
    """All rows, nulls and infinities among them."""
    nulls: int = 0
    """Rows without a value; NaN counts as one."""
    nonfinite: int = 0
    """Rows with +inf or -inf."""
    mean: float | None = None
    std: float | None = None
    """Population standard deviation (ddof 0) of the finite values."""
    min: float | None = None
    max: float | None = None
    step: float | None = None
    """The grid on which raw values lie (1 for integers), None where there is none."""
    step_share: float | None = None
    """The share of the finite values that lies on the grid."""
    edges: FloatArray = field(default_factory=lambda: np.empty(0))
    """Raw values, ascending and distinct; k of them, 0 where no distribution is known."""
    at: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    """Rows equal to each edge; k of them."""
    between: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    """Rows in the open intervals below, between and above the edges; k + 1 of them."""
    sums: FloatArray = field(default_factory=lambda: np.empty(0))
    """Sums of the values counted by `between`; k + 1 of them."""
    quantiles: Mapping[float, float] = field(default_factory=dict)
    """What a foreign file says of them, raw values by share: to be doubted, and not saved."""

    @property
    def finite(self) -> int:
        """Rows with a finite value."""
        return self.rows - self.nulls - self.nonfinite


@dataclass(frozen=True, slots=True)
class CategoricalReference:
    """The distribution of a categorical feature in training."""

    rows: int
    nulls: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    """Rows of each level, at most 10,000 levels, the most frequent first."""
    other: int = 0
    """Rows of the levels that are not listed."""


Reference = NumericReference | CategoricalReference


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: how training normalized it, and how it was distributed."""

    name: str
    type: FeatureType
    steps: tuple[Step, ...] = ()
    """Applied in order to the raw value; none means that the model takes it as it is."""
    reference: Reference | None = None
    role: Role = "feature"
    importance: float | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
    """Keys that begin with `x-`: kept, never read."""
    untested: str | None = None
    """Why its normalization cannot be reapplied; what was served is then not compared with it."""
    guessed: bool = False
    """Nothing says of what type it is: `type` is to be that of its column."""

    def typed(self, columns: Iterable[pa.DataType]) -> Feature:
        """Return the feature with the type of its column in each file, if that is to tell it."""
        if self.guessed and any(map(is_text_or_boolean, columns)):
            return replace(self, type="categorical")
        return self

    @property
    def output(self) -> bool:
        """Whether it comes after the model: a prediction or a label, which nobody normalizes."""
        return self.role != "feature" and not self.steps


@dataclass(frozen=True, slots=True)
class TrainingError:
    """How wrong the model's predictions were in training."""

    metric: Metric
    value: float
    """Greater than 0; `error_rate` and `brier` are at most 1."""
    rows: int | None = None
    """Training rows it is of; None takes it for exact."""
    std: float | None = None
    """Standard deviation of the rows' losses (for rmse of their squared errors)."""
    positive: str | None = None
    """The level of the label that a score is the probability of."""
    extra: Mapping[str, object] = field(default_factory=dict)
    """Keys that begin with `x-`: kept, never read."""


@dataclass(frozen=True, slots=True)
class ParameterWarning:
    """What real parameter files get wrong, as far as the file, or the data beside it, shows it."""

    code: str
    """As `skewcheck explain` knows it."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """Of the template of its message in `catalogue/warnings.py`; or `text`, its reader's own."""
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameters:
    """A parameter file: features in its order."""

    features: tuple[Feature, ...]
    fingerprint: str
    """`sha256:` and the hash of names, types and steps; not of time, path or reference."""
    model: Mapping[str, object] = field(default_factory=dict)
    """Name, version, sha256: as in the file."""
    path: str | None = None
    notes: tuple[Note, ...] = ()
    """What was left out or could not be understood; not saved."""
    extra: Mapping[str, object] = field(default_factory=dict)
    error: TrainingError | None = None
    """`model.error` of the file."""
    warnings: tuple[ParameterWarning, ...] = ()
    """Saved under `x-warnings`, for people: reading the file does not bring them back."""
    lock: str | None = field(default=None, compare=False, repr=False)
    """The fingerprint that stands in the file; None where none does, or there is no file."""

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
        """Return a copy of a DataFrame (or Arrow table) with the training normalization applied.

        The features' columns are replaced (onehot: by a column per level), or with a template
        such as `{feature}_norm` kept beside the new ones. Other columns and the index stay.
        Features in `exclude` are left as they are. Raises ParameterError, naming the features
        that the frame lacks, or whose normalization cannot be reapplied.
        """
        if isinstance(frame, pa.Table):
            frame = frame.to_pandas()
        wanted = [f for f in self.features if f.name not in exclude]
        features = [f for f in wanted if not f.output or f.name in frame]
        refuse_untested(features)
        absent = [f.name for f in features if f.name not in frame]
        if absent:
            raise ParameterError(f"the data has no column {', '.join(map(repr, absent[:5]))}")
        columns: dict[str, NDArray[np.float64] | NDArray[np.object_]] = {}
        replaced = []
        for feature in features:
            array = _array(frame[feature.name])
            numeric = feature.typed([array.type]).type == "numeric"
            made = transformed(feature.name, feature.steps, array, numeric=numeric)
            columns.update({served.replace("{feature}", k): v for k, v in made.items()})
            if feature.name not in made and served == "{feature}":
                replaced.append(feature.name)
        return frame.drop(columns=replaced).assign(**columns)


def refuse_untested(features: Iterable[Feature]) -> None:
    """Refuse features that nobody can serve from what the file says: raw values are no stand-in."""
    found = [f for f in features if f.untested is not None]
    if found:
        more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
        raise ParameterError(
            f"{found[0].name}{more}: cannot be reapplied ({found[0].untested}):"
            " exclude it, or all such"
        )


def _array(column: pd.Series) -> pa.Array:
    """Return a column of a DataFrame; mixed types become text, as they do in an audit."""
    try:
        array = pa.Array.from_pandas(column)
    except pa.ArrowException:
        absent = column.isna()
        return from_texts(
            [None if no else label(value) for value, no in zip(column, absent, strict=True)]
        )
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
