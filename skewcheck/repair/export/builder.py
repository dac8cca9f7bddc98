"""Writing straight-line code: each method adds an instruction and returns its result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from skewcheck.repair.export.program import (
    Arithmetic,
    Call,
    Compare,
    Function,
    Instruction,
    IsNull,
    Item,
    Local,
    Operand,
    Order,
    Rank,
    Select,
    Sign,
    Table,
    Test,
)


@dataclass(slots=True)
class Builder:
    """The instructions so far; they are only added to."""

    instructions: list[Instruction] = field(default_factory=list)

    def add(self, instruction: Instruction) -> Local:
        """Add an instruction, and return its result."""
        self.instructions.append(instruction)
        return Local(len(self.instructions) - 1)

    def arithmetic(self, left: Operand, sign: Sign, right: Operand) -> Local:
        """Return left + right, and so on."""
        return self.add(Arithmetic(sign, left, right))

    def call(self, function: Function, value: Operand) -> Local:
        """Return a function of one number."""
        return self.add(Call(function, value))

    def select(self, test: Test, yes: Operand, no: Operand) -> Local:
        """Return one of two values."""
        return self.add(Select(test, yes, no))

    def if_compared(
        self, left: Operand, order: Order, right: Operand, yes: Operand, no: Operand
    ) -> Local:
        """Return one of two values by a comparison."""
        return self.select(Compare(order, left, right), yes, no)

    def unless_null(self, value: Operand, result: Operand) -> Local:
        """Return the result, or NaN where the value is NaN."""
        return self.select(IsNull(value), math.nan, result)

    def rank(self, edges: Sequence[float], value: Operand) -> Local:
        """Return how many edges are at most the value."""
        return self.add(Rank(tuple(map(float, edges)), value))

    def item(self, table: Table, place: Operand) -> Operand:
        """Return a number of a table; if all are the same, that number."""
        if len({number.hex() for number in table}) == 1:
            return table[0]
        return self.add(Item(table, place))

    def clipped(self, value: Operand, low: float | None, high: float | None) -> Operand:
        """Return the value within the bounds; NaN stays NaN."""
        if low is not None:
            value = self.if_compared(value, "<", low, low, value)
        if high is not None:
            value = self.if_compared(high, "<", value, high, value)
        return value

    def horner(self, coefficients: Sequence[Operand], t: Operand, start: Operand) -> Operand:
        """Return start * t**n + ... by Horner's rule, with the coefficients of falling powers."""
        value = start
        for coefficient in coefficients:
            value = self.arithmetic(self.arithmetic(value, "*", t), "+", coefficient)
        return value
