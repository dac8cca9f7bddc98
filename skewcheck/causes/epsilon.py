"""Another epsilon in the divisor of a scaling step: none, twice training's, or a usual constant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from skewcheck.catalogue.causes import EPSILON_CHANGED, WRONG_PARAMETERS
from skewcheck.causes.mechanism import FeatureContext, Mechanism, final_linear, with_step
from skewcheck.features.steps import EPSILON_IN, Divided, EpsilonIn
from skewcheck.features.steps.rounding import ROUNDING
from skewcheck.features.types import Feature
from skewcheck.results.causes import Cause
from skewcheck.text.numbers import shortest_within

USUAL = tuple(10.0**-k for k in range(3, 13))
"""From the 1e-3 of Keras' BatchNormalization, as larger ones are spreads, to 1e-12."""
MIN_ROUNDINGS = 4
"""Change of a value, one divisor from the offset, over what arithmetic may lose of it: where it is
less, a neighbouring epsilon would explain the rows as well."""
RECOVERED = 2e-6
"""Largest relative error of an offset or a divisor that was recovered from float32 values."""
FACTORS = (0.0, 2.0, 1.0, 10.0, 0.1, 100.0, 0.01)
"""Of training's epsilon: left out, added twice, added elsewhere, another power of ten."""
ROUND_DIGITS = 4
"""Digits of a spread that people type."""
MIN_FEATURES = 2
"""Features that tell a common epsilon from other parameters: any one of them has some."""
MAX_RATIO = 1.01
"""Largest over smallest common epsilon: where the rows do not tell it so well, it is a guess."""
Causes = Mapping[str, Sequence[Cause]]


def candidates(context: FeatureContext) -> Iterator[Mechanism]:
    """Yield the steps without the epsilon, with twice it, and with usual constants."""
    i, step = final_linear(context.feature.steps) or (0, None)
    if not isinstance(step, Divided):
        return
    # A round spread and a round epsilon make a round divisor: it may have been typed as such.
    typed = not step.epsilon and float(f"{step.divisor:.{ROUND_DIGITS}g}") == step.divisor
    if typed:
        return
    least = MIN_ROUNDINGS * ROUNDING * (2 * abs(step.offset) + step.divisor)
    special = [factor * step.epsilon for factor in FACTORS] if step.epsilon else []
    for place in sorted(EPSILON_IN, key=lambda place: place != step.epsilon_in):
        for epsilon in dict.fromkeys([*special, *USUAL]):
            other = replace(step, epsilon=epsilon, epsilon_in=place)
            if abs(other.divisor - step.divisor) > least:
                yield Mechanism(
                    EPSILON_CHANGED, with_step(context.feature.steps, i, other),
                    {"epsilon": epsilon, "epsilon_in": place}, variant=_variant(step, epsilon),
                    details={"training": step.epsilon},
                )  # fmt: skip


def _variant(step: Divided, epsilon: float) -> str:
    return "none" if not epsilon else "" if step.epsilon else "new"


def of_line(context: FeatureContext, mechanism: Mechanism) -> Mechanism:
    """Return a line as the usual epsilon that makes it of training's; else as it is.

    A line through many rows tells a divisor better than any row does: where training's mean is far
    from 0, rounding hides the epsilon in each of them.
    """
    i, step = final_linear(context.feature.steps) or (0, None)
    if not isinstance(step, Divided) or mechanism.cause is not WRONG_PARAMETERS:
        return mechanism
    typed = not step.epsilon and float(f"{step.divisor:.{ROUND_DIGITS}g}") == step.divisor
    divisor = None if typed else _divisor(step, mechanism.parameters)
    if divisor is None or not divisor.spread > 0:
        return mechanism
    places: tuple[EpsilonIn, ...] = ("scale", "variance")
    for place in places:
        low, high = divisor.epsilons(place)
        for epsilon in USUAL:
            if 0 < low <= epsilon <= high < MAX_RATIO * low:
                other = replace(step, epsilon=epsilon, epsilon_in=place)
                return Mechanism(
                    EPSILON_CHANGED, with_step(context.feature.steps, i, other),
                    {"epsilon": epsilon, "epsilon_in": place}, variant=_variant(step, epsilon),
                    details={"training": step.epsilon},
                )  # fmt: skip
    return mechanism


@dataclass(frozen=True, slots=True)
class _Divisor:
    """What a feature says of the divisor that was used."""

    spread: float
    """Training's, without an epsilon."""
    low: float
    high: float

    def epsilons(self, place: EpsilonIn) -> tuple[float, float]:
        """Return the interval of the epsilons that give the divisor from the spread."""
        power = 2 if place == "variance" else 1
        return self.low**power - self.spread**power, self.high**power - self.spread**power


def common(
    features: Iterable[Feature], causes: Causes
) -> dict[str, tuple[Cause, ...]]:  # fmt: skip
    """Return causes that name one epsilon in place of other parameters, if it explains them all.

    `features` are those whose served values were compared, `causes` theirs. One epsilon must give
    each recovered divisor, with training's offset, and the divisors of features without a cause.
    Empty where none does.
    """
    steps = {f.name: last[1] for f in features if (last := final_linear(f.steps))}
    scaling = {name: step for name, step in steps.items() if isinstance(step, Divided)}
    wrong = [name for name in scaling if causes[name] and _has_divisor(causes[name][0])]
    if len(wrong) < MIN_FEATURES:
        return {}
    divisors = [
        _divisor(scaling[name], causes[name][0].parameters if name in wrong else {})
        for name in scaling
        if name in wrong or not causes[name]
    ]
    known = [divisor for divisor in divisors if divisor is not None]
    for place in ("scale", "variance") if len(known) == len(divisors) else ():
        ends = [divisor.epsilons(place) for divisor in known]
        low, high = max(low for low, _ in ends), min(high for _, high in ends)
        if 0 < low <= high < MAX_RATIO * low:
            parameters = {"epsilon": shortest_within(low, high), "epsilon_in": place}
            return {name: _named(causes[name], scaling[name], parameters) for name in wrong}
    return {}


def _has_divisor(cause: Cause) -> bool:
    codes = WRONG_PARAMETERS.code, EPSILON_CHANGED.code
    return cause.code in codes and cause.side == "served"


def _divisor(step: Divided, used: Mapping[str, object]) -> _Divisor | None:
    """Return the divisor of a step with these settings; None where its offset is not training's."""
    settings = {f.name: used.get(f.name, getattr(step, f.name)) for f in fields(step)}
    kind: Callable[..., Divided] = type(step)
    changed = kind(**settings)
    size = abs(step.offset) + step.divisor
    if abs(changed.offset - step.offset) > RECOVERED * size:
        return None
    # Where values are compared with training's, the offset's rounding is in them.
    error = RECOVERED * (changed.divisor if used else size)
    return _Divisor(step.spread, changed.divisor - error, changed.divisor + error)


def _named(
    causes: Sequence[Cause], step: Divided, parameters: Mapping[str, object]
) -> tuple[Cause, ...]:
    """Return the causes of a feature with the epsilon as the first."""
    variant, details = "" if step.epsilon else "new", {"training": step.epsilon}
    first = replace(
        causes[0], code=EPSILON_CHANGED.code, parameters=parameters, variant=variant,
        details=details,
    )  # fmt: skip
    return first, *causes[1:]
