"""Normalization by statistics of the served data itself, for models that are trained so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from skewcheck.features.steps.linear import EPSILON_IN, EpsilonIn

Over = Literal["row", "window", "batch", "running"]
OVER: tuple[Over, ...] = get_args(Over)
Method = Literal["zscore", "minmax", "l2", "l1", "max"]
MAX_LENGTH = 1_000_000_000
"""Rows of a window or a batch: more are no scope of a log."""
METHODS: tuple[Method, ...] = get_args(Method)
NORMS: tuple[Method, ...] = ("l2", "l1", "max")
"""Methods that divide by a norm of the row."""


@dataclass(frozen=True, slots=True)
class Standardize:
    """Normalization by the data's own statistics `over` a scope of rows, or of one row.

    `row`: all features with this very step, in the same row. `window`: the last `length` rows in
    the log's order, with this one. `batch`: each `length` rows in turn, or without one each file.
    `running`: all rows from the first on. With the feature's `by`, a scope is of the rows of one
    key. `method` is `zscore` (with `ddof`), `minmax`, or over a row its norm `l2`, `l1` or `max`.
    A scope with a null, or that is not complete, gives no value; one of equal values gives 0. Where
    a file has several sets of features in a row, `group` tells them apart; without all `width`
    features of a row, it gives no value.
    """

    over: Over
    length: int | None = None
    ddof: int = 0
    method: Method = "zscore"
    epsilon: float = 0.0
    epsilon_in: EpsilonIn = "scale"
    group: str | None = None
    width: int | None = None
    op: ClassVar[str] = "standardize"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        if self.over not in OVER:
            return "over", f"must be one of {', '.join(OVER)}"
        if self.method not in METHODS or (self.method in NORMS and self.over != "row"):
            known = METHODS if self.over == "row" else METHODS[:2]
            return "method", f"must be one of {', '.join(known)}"
        if self.length is None and self.over == "window":
            return "length", "is missing: so many rows are a window"
        if self.length is not None and self.over in ("row", "running"):
            return "length", f"must be absent over a {self.over} scope"
        if self.length is not None and not 2 <= self.length <= MAX_LENGTH:
            return "length", f"must be 2 to {MAX_LENGTH:,}"
        for key, value in (("group", self.group), ("width", self.width)):
            if value is not None and self.over != "row":
                return key, "must be absent but over a row"
        if self.ddof not in (0, 1):
            return "ddof", "must be 0 or 1"
        if self.epsilon_in not in EPSILON_IN:
            return "epsilon_in", f"must be one of {', '.join(EPSILON_IN)}"
        return None if 0 <= self.epsilon < math.inf else ("epsilon", "must be a finite number >= 0")

    @property
    def ordered(self) -> bool:
        """Whether the order of the rows matters, beyond which file they are in."""
        return self.over in ("window", "running") or self.length is not None
