"""Which columns of training data a user wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skewcheck.features.types import Role
from skewcheck.text.patterns import matches


@dataclass(frozen=True, slots=True)
class Choice:
    """Which columns a user wants of training data, by name or pattern (`fare*`)."""

    features: Sequence[str] = ()
    """Patterns; none means all."""
    exclude: Sequence[str] = ()
    """Patterns of columns that are no features."""
    categorical: Sequence[str] = ()
    """Patterns of numeric columns whose values are categories."""
    prediction: str | None = None
    """The column of the model's predictions; a name, no pattern."""
    label: str | None = None
    """The column of the model's target; a name, no pattern."""

    @property
    def outputs(self) -> dict[str, Role]:
        """Return the role of each column that is no input of the model."""
        roles: list[tuple[str | None, Role]] = [
            (self.prediction, "prediction"), (self.label, "label"),
        ]  # fmt: skip
        return {name: role for name, role in roles if name is not None}

    def wants(self, name: str) -> bool:
        """Return whether the user's patterns admit a column."""
        if name in self.outputs:
            return True
        wanted = not self.features or matches(name, self.features)
        return wanted and not matches(name, self.exclude)

    def named(self, name: str) -> bool:
        """Return whether the user asked for this very column, so that no rule leaves it out."""
        named = name in self.features or name in self.outputs
        return named or matches(name, self.categorical)
