"""Numbers as literals that read back exactly, and tables of constants by their text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


def literal(value: float, *, nan: str, infinity: str) -> str:
    """Return the shortest decimal that reads back exactly; a negative one in parentheses."""
    if math.isnan(value):
        return nan
    if math.isinf(value):
        return infinity if value > 0 else f"(-{infinity})"
    text = repr(float(value))
    return f"({text})" if text.startswith("-") else text


def entries_of(table: Sequence[float], number: Callable[[float], str]) -> list[str]:
    """Return the literals of a table, where a negative one needs no parentheses."""
    return [number(value).strip("()") for value in table]


@dataclass(slots=True)
class Tables:
    """Constants of a file: each text once, with a name."""

    prefix: str = "_T"
    names: dict[str, str] = field(default_factory=dict)

    def named(self, text: str) -> str:
        """Return the name of a constant."""
        return self.names.setdefault(text, f"{self.prefix}{len(self.names)}")
