"""Losses of predictions against the labels of the same rows, which can be added."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from skewcheck.features.types import FloatArray, Metric


@dataclass(frozen=True, slots=True)
class NoLoss:
    """Why no loss can be taken; `catalogue.losses` has the texts."""

    kind: str
    parameters: Mapping[str, object]
    """Names of columns, numbers, and what the parameter file says."""


@dataclass(frozen=True, slots=True)
class LossPlan:
    """Which loss is taken of which columns."""

    metric: Metric
    prediction: int
    """The place of the prediction among the plan's features."""
    label: int
    positive: str = "1"
    """The class that a score is the probability of, as `losses_of_rows` spells classes."""
    negative: str | None = "0"
    """The other class; None stands for all others."""
    reason: NoLoss | None = None
    """Why no loss can be taken; None where it can."""


@dataclass(frozen=True, slots=True)
class Losses:
    """The losses of rows, added up."""

    rows: int = 0
    """Rows with a loss."""
    total: float = 0.0
    squares: float = 0.0
    """Sum of the squared losses (not of the squared errors)."""
    nulls: int = 0
    """Rows without a prediction or without a label: those of today come tomorrow."""
    odd_labels: int = 0
    """Rows with both, of which no loss can be taken for the label: a third class, infinity."""
    odd_predictions: int = 0
    """Likewise for the prediction alone: a score of 2, infinity."""
    groups: FloatArray | None = None
    """Per group of clusters, the rows and their sum of losses; None without clusters."""

    @property
    def unusable(self) -> int:
        """Rows with both, of which no loss can be taken."""
        return self.odd_labels + self.odd_predictions

    @property
    def mean(self) -> float:
        """The mean loss of a row; NaN without rows."""
        return self.total / self.rows if self.rows else math.nan

    @property
    def variance(self) -> float:
        """The variance of the rows' losses (ddof 1); NaN below two rows."""
        if self.rows < 2:
            return math.nan
        return max(self.squares - self.total * self.mean, 0.0) / (self.rows - 1)

    def value(self, metric: Metric) -> float:
        """Return the metric of these losses: their mean, or its root."""
        return math.sqrt(self.mean) if metric == "rmse" else self.mean

    def __add__(self, other: Losses) -> Losses:
        """Add the losses of other rows, by the same plan."""
        return Losses(
            self.rows + other.rows,
            self.total + other.total,
            self.squares + other.squares,
            self.nulls + other.nulls,
            self.odd_labels + other.odd_labels,
            self.odd_predictions + other.odd_predictions,
            other.groups if self.groups is None else
            self.groups if other.groups is None else self.groups + other.groups,
        )  # fmt: skip
