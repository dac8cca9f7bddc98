"""The language-neutral form of a feature's steps: straight-line assignments over float64.

All numbers are float64, NaN is null, and the order of operations is that of the steps' `forward`.
Each instruction assigns to the next local variable; nothing branches, so both operands of a
`Select` are computed. No function raises: a logarithm of less than 0 is NaN, of 0 minus infinity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Sign = Literal["+", "-", "*", "/"]
Order = Literal["<", "<=", ">=", "=="]
Function = Literal["log", "log1p", "expm1", "sqrt", "abs", "trunc", "rint", "float32"]
Spelling = Literal["names", "numbers", "truths"]
Table = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Local:
    """The result of an earlier instruction."""

    index: int


Operand = float | Local


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """The raw number of a column; NaN for a null."""

    column: str


@dataclass(frozen=True, slots=True)
class Code:
    """The number of a column's raw level."""

    column: str
    codes: Mapping[str, float]
    """The numbers by the spellings of the levels; not empty."""
    null: float
    unknown: float
    """The numbers of nulls and of other levels."""
    spelling: Spelling
    """`numbers`: zeros behind the point do not count; `truths`: nor does the case of `true`."""
    swapped: Mapping[str, str]
    """Levels that raw numbers or booleans, no texts, stand for: 1 for true, or true for 1."""


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """left + right, and so on; a division is never by 0."""

    sign: Sign
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Call:
    """A function of one number; `rint` rounds half to even, `float32` to the nearest float32."""

    function: Function
    value: Operand


@dataclass(frozen=True, slots=True)
class Compare:
    """Whether left < right, and so on; false where either is NaN."""

    order: Order
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class IsNull:
    """Whether a value is NaN."""

    value: Operand


Test = Compare | IsNull


@dataclass(frozen=True, slots=True)
class Select:
    """One of two values."""

    test: Test
    yes: Operand
    no: Operand


@dataclass(frozen=True, slots=True)
class Rank:
    """How many of the edges, in ascending order, are at most the value; of NaN any number."""

    edges: Table
    value: Operand


@dataclass(frozen=True, slots=True)
class Item:
    """A number of a table, by its place from 0 on."""

    table: Table
    place: Operand


Instruction = ReadNumber | Code | Arithmetic | Call | Select | Rank | Item


@dataclass(frozen=True, slots=True)
class Served:
    """A served column of numbers."""

    name: str
    value: Operand


@dataclass(frozen=True, slots=True)
class ServedLevel:
    """A served column of levels: the raw level of a column, and what nulls are served as."""

    name: str
    column: str
    null: str | None


@dataclass(frozen=True, slots=True)
class FeatureCode:
    """A feature's instructions and what is served of them."""

    name: str
    instructions: tuple[Instruction, ...]
    served: tuple[Served | ServedLevel, ...]


def operands(part: Instruction | Test) -> Iterator[Operand]:
    """Yield the numbers that an instruction or a test takes."""
    match part:
        case Arithmetic(_, left, right) | Compare(_, left, right):
            yield from (left, right)
        case Call(_, value) | IsNull(value) | Rank(_, value) | Item(_, value):
            yield value
        case Select(test, yes, no):
            yield from operands(test)
            yield from (yes, no)
        case _:
            return
