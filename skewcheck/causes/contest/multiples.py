"""Hypotheses of values cut or rounded to multiples, or to a number of decimals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import PRECISION_LOSS
from skewcheck.causes.contest.hypothesis import Hypothesis
from skewcheck.causes.contest.values import Logged, Training
from skewcheck.causes.functions import MULTIPLES as LISTED
from skewcheck.features.types import FloatArray

MULTIPLES = tuple(sorted((*LISTED, 0.01, 0.1, 1.0, 2.0, 1e4, 1e5, 1e6), reverse=True))
"""Those that rows with both sides are tried with, and powers of ten."""
MIN_SHARE = 0.995
"""Share of the values that must be multiples: a few rows are strays of other kinds."""
FIRST_ROWS, MIN_SHARE_OF_FIRST = 64, 0.9
"""Values that are looked at before all of them, and the share of multiples among them."""
MAX_NOISE = 0.02
"""Of a multiple: noise of a value that shows whether it is one."""
MAX_TRAINING_SHARE = 0.6
"""Share of training's values that may be multiples already: of more a world may leave the rest."""
MIN_DISTINCT = 4
"""Distinct multiples: fewer are met by a world that narrowed."""
MAX_FACTS = 200.0
"""Logarithm of likelihood that all rows are multiples: more would only hide how they fit."""
COARSER_WORLD = 12.0
"""Logarithm of likelihood that is charged, as a source may have begun to round by itself."""
METHODS: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "cut": np.trunc,
    "rounded": np.round,
    "up": np.ceil,
}


def hypotheses(training: Training, logged: Logged) -> Iterator[Hypothesis]:
    """Yield the three ways to the widest multiple that nearly all values of the log are."""
    distinct, usual = np.unique(logged.values), logged.usual_noise
    first = _of_first(logged.values, logged.noise, np.array(MULTIPLES)).tolist()
    for multiple, may_be in zip(MULTIPLES, first, strict=True):
        if training.step is not None and multiple <= training.step * (1 + 1e-9):
            return
        # The digits of a text are multiples by themselves.
        if usual > multiple * MAX_NOISE or not may_be:
            continue
        if _share_on(logged.values, logged.noise, multiple) < MIN_SHARE:
            continue
        if len(np.unique(np.round(distinct / multiple))) < MIN_DISTINCT:
            continue
        share = float(training.weights[_are_multiples(training.values, multiple)].sum())
        if share > MAX_TRAINING_SHARE:
            return
        rows = len(logged.values)
        facts = min(-rows * math.log(max(share, 1 / training.rows)), MAX_FACTS) - COARSER_WORLD
        for method in METHODS:
            yield _to(multiple, method, facts)
        return


def on_multiples(logged: Logged, multiple: float) -> bool:
    """Return whether nearly all values are multiples, each to a twentieth at most."""
    return (
        logged.usual_noise <= multiple * MAX_NOISE
        and bool(_of_first(logged.values, logged.noise, np.array([multiple])).all())
        and bool(_share_on(logged.values, logged.noise, multiple) >= MIN_SHARE)
    )


def _of_first(values: FloatArray, noise: FloatArray, multiples: FloatArray) -> NDArray[np.bool_]:
    """Return whether enough of a few values are multiples, of each; True of so few values."""
    if len(values) <= FIRST_ROWS:
        return np.ones(len(multiples), bool)
    spread = np.linspace(0, len(values) - 1, FIRST_ROWS).astype(np.intp)
    shares = _share_on(values[spread], noise[spread], multiples[:, None])
    may_be: NDArray[np.bool_] = shares >= MIN_SHARE_OF_FIRST
    return may_be


def _share_on(values: FloatArray, noise: FloatArray, multiple: FloatArray | float) -> FloatArray:
    """Return the share of values that are multiples, each to a twentieth at most."""
    off = np.abs(values - multiple * np.round(values / multiple))
    share: FloatArray = (off <= np.minimum(2 * noise, multiple / 20)).mean(-1)
    return share


def _are_multiples(values: FloatArray, multiple: float) -> NDArray[np.bool_]:
    whole = values / multiple
    near: NDArray[np.bool_] = np.abs(whole - np.round(whole)) <= 1e-6
    return near


def _to(multiple: float, method: str, facts: float) -> Hypothesis:
    settings: dict[str, object] = {"multiple": multiple, "method": method}
    variant, decimals = f"multiple_{method}", -math.log10(multiple)
    if method == "cut" and multiple == 1.0:
        settings, variant = {"dtype": "int64", "raw": True}, "raw_cast"
    elif method == "rounded" and 0 <= decimals == round(decimals):
        settings, variant = {"decimals": round(decimals), "raw": True}, "raw_rounded"
    rounding = METHODS[method]
    return Hypothesis(
        PRECISION_LOSS, lambda x: rounding(np.round(x / multiple, 9)) * multiple, settings,
        variant, chosen_among=len(MULTIPLES), facts=facts,
    )  # fmt: skip
