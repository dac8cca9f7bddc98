"""What training knew of the dependence between features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pair:
    """The rank association of two features in training."""

    first: str
    second: str
    correlation: float
    """Of their normal scores, `statistics.rank_association`."""
    unit_variance: float
    """The variance of Fisher's z of such a correlation, times the rows that it is of."""
    rows: int
    """Training rows with both values that the correlation is of."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """Rank associations of pairs of features: of all pairs, or of each with its strongest ones."""

    pairs: tuple[Pair, ...]
    spreads: Mapping[str, float] = field(default_factory=dict)
    """By feature, the variance of its normal scores where ties make it less than 1."""
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By categorical feature, its levels in the order in which they are scored."""

    def of(self, names: frozenset[str]) -> Dependence | None:
        """Return the pairs of features with these names; None where there are none."""
        pairs = tuple(p for p in self.pairs if p.first in names and p.second in names)
        if not pairs:
            return None
        spreads = {name: spread for name, spread in self.spreads.items() if name in names}
        orders = {name: order for name, order in self.orders.items() if name in names}
        return Dependence(pairs, spreads, orders)
