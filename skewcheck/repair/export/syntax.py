"""What the printers of all languages share: which results are variables, and infix expressions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from skewcheck.repair.export.program import (
    Arithmetic,
    Call,
    Code,
    Compare,
    FeatureCode,
    Function,
    Instruction,
    IsNull,
    Item,
    Local,
    Operand,
    Rank,
    ReadNumber,
    Select,
    Served,
    Table,
    Test,
    operands,
)

DEEPEST = 6
"""Expressions nested deeper are parted by a variable, for readers and for parsers' stacks."""


class Syntax(Protocol):
    """How a language spells what expressions are made of; operands come in parentheses."""

    def repeats(self, part: Instruction) -> bool:
        """Return whether an instruction's expression holds its operands several times."""
        ...

    def number(self, value: float) -> str:
        """Return a literal that reads back exactly."""
        ...

    def variable(self, index: int) -> str:
        """Return the name of a local variable."""
        ...

    def read(self, column: str) -> str:
        """Return the raw number of a column."""
        ...

    def code(self, part: Code) -> str:
        """Return the code of a column's raw level."""
        ...

    def call(self, function: Function, value: str) -> str:
        """Return a function of a number."""
        ...

    def compare(self, left: str, order: str, right: str) -> str:
        """Return a comparison."""
        ...

    def is_null(self, value: str) -> str:
        """Return the test for NaN."""
        ...

    def select(self, test: str, yes: str, no: str) -> str:
        """Return one of two expressions by a test."""
        ...

    def rank(self, edges: Table, value: str) -> str:
        """Return how many edges are at most a value."""
        ...

    def item(self, table: Table, place: str) -> str:
        """Return a number of a table."""
        ...


@dataclass(frozen=True, slots=True)
class Assignment:
    """A local variable and its expression."""

    index: int
    expression: str
    part: Instruction
    layer: int
    """How many variables it needs one after the other."""


@dataclass(frozen=True, slots=True)
class Written:
    """A feature's code in a language."""

    assignments: tuple[Assignment, ...]
    served: tuple[str, ...]
    """The expressions of served numbers, in the order of the feature's columns of numbers."""
    layers: int
    """How many layers of variables there are."""


@dataclass(slots=True)
class _Expressions:
    """Expressions by local variable, as they are written."""

    texts: dict[int, str] = field(default_factory=dict)
    depths: dict[int, int] = field(default_factory=dict)
    layers: dict[int, int] = field(default_factory=dict)
    compound: set[int] = field(default_factory=set)
    """Those that need parentheses within another expression."""


def written(code: FeatureCode, syntax: Syntax) -> Written:
    """Return a feature's code in a language; what is used once stands where it is used."""
    served = [column.value for column in code.served if isinstance(column, Served)]
    uses = _uses(code.instructions, served, syntax)
    so_far, assignments = _Expressions(), []
    for index, part in enumerate(code.instructions):
        if not uses[index]:
            continue
        text = _expression(part, so_far, syntax)
        before = [value.index for value in operands(part) if isinstance(value, Local)]
        depth = max((so_far.depths[i] for i in before), default=0) + 1
        layer = max((so_far.layers[i] for i in before), default=0)
        if uses[index] > 1 or depth > DEEPEST:
            assignments.append(Assignment(index, text, part, layer))
            text, depth, layer = syntax.variable(index), 0, layer + 1
        elif isinstance(part, Arithmetic | Select):
            so_far.compound.add(index)
        so_far.texts[index], so_far.depths[index] = text, depth
        so_far.layers[index] = layer
    last = max((assignment.layer + 1 for assignment in assignments), default=0)
    values = tuple(_operand(value, so_far, syntax, bare=True) for value in served)
    return Written(tuple(assignments), values, last)


def _uses(
    instructions: Sequence[Instruction], served: Sequence[Operand], syntax: Syntax
) -> Counter[int]:
    """Return how often each result is used by what is served."""
    uses = Counter(value.index for value in served if isinstance(value, Local))
    for index in range(len(instructions) - 1, -1, -1):
        if uses[index]:
            part = instructions[index]
            before = [value.index for value in operands(part) if isinstance(value, Local)]
            uses.update(before * 2 if syntax.repeats(part) else before)
    return uses


def _operand(value: Operand, so_far: _Expressions, syntax: Syntax, *, bare: bool = False) -> str:
    if not isinstance(value, Local):
        return syntax.number(value)
    text = so_far.texts[value.index]
    return f"({text})" if value.index in so_far.compound and not bare else text


def _expression(part: Instruction, so_far: _Expressions, syntax: Syntax) -> str:
    def text(value: Operand) -> str:
        return _operand(value, so_far, syntax)

    def bare(value: Operand) -> str:
        return _operand(value, so_far, syntax, bare=True)

    match part:
        case ReadNumber(column):
            return syntax.read(column)
        case Code():
            return syntax.code(part)
        case Arithmetic(sign, left, right):
            return f"{text(left)} {sign} {text(right)}"
        case Call(function, value):
            return syntax.call(function, bare(value))
        case Select(test, yes, no):
            return syntax.select(_test(test, so_far, syntax), text(yes), text(no))
        case Rank(edges, value):
            return syntax.rank(edges, bare(value))
        case Item(table, place):
            return syntax.item(table, bare(place))


def _test(test: Test, so_far: _Expressions, syntax: Syntax) -> str:
    match test:
        case Compare(order, left, right):
            sides = (_operand(value, so_far, syntax) for value in (left, right))
            return syntax.compare(next(sides), order, next(sides))
        case IsNull(value):
            return syntax.is_null(_operand(value, so_far, syntax, bare=True))
