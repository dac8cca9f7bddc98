"""A hypothesis of the contest: a function of raw values, its name, and what it is charged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from skewcheck.catalogue.cause_spec import CauseSpec
from skewcheck.causes.mechanism import Mechanism
from skewcheck.features.steps import Step
from skewcheck.features.types import FloatArray


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Raw values went through a function before they were logged, or normalized."""

    cause: CauseSpec
    change: Callable[[FloatArray], FloatArray]
    parameters: Mapping[str, object]
    variant: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
    fitted: int = 0
    """Numbers that were fitted to the log."""
    chosen_among: int = 1
    """Hypotheses of its family that were tried, such as the shifts around a period."""
    as_worlds_do: bool = False
    """Whether a world may do the very same, as people grow older by a year."""
    facts: float = 0.0
    """Natural logarithm of likelihood that the values show by themselves, beside a distribution."""

    def as_mechanism(self, steps: tuple[Step, ...]) -> Mechanism:
        """Return it as a mechanism of a feature whose training steps these are."""
        return Mechanism(
            self.cause, steps, self.parameters, variant=self.variant, details=self.details
        )
