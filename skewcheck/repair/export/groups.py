"""Features by a key: steps alike but for their numbers are one piece of code with tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from skewcheck.features.types import Feature
from skewcheck.repair.export import levels
from skewcheck.repair.export.builder import Builder
from skewcheck.repair.export.program import (
    Arithmetic,
    Call,
    Compare,
    Instruction,
    IsNull,
    Item,
    Local,
    Operand,
    Rank,
    ReadNumber,
    Select,
    Served,
    Test,
    operands,
)
from skewcheck.text.errors import OptionName, ParameterError


def by_key(build: Builder, feature: Feature) -> list[Served]:
    """Return the served column of a feature with steps of their own for each key."""
    from skewcheck.repair.export.lowering import applied

    if not feature.by:
        raise ParameterError(
            f"{feature.name!r}: the column of its keys has no name: give it with ",
            OptionName("group"),
        )
    code = build.add(levels.code_of(feature.by, tuple(feature.groups)))
    x = build.add(ReadNumber(feature.name))
    kinds: dict[object, list[int]] = {}
    pieces = []
    for i, steps in enumerate(feature.groups.values()):
        piece = Builder([ReadNumber(feature.name)])
        result = applied(piece, steps, Local(0))
        # What the last one takes is the result, which may be the raw value itself.
        pieces.append((*piece.instructions[1:], Call("abs", result)))
        kinds.setdefault(tuple(map(_shape, pieces[-1])), []).append(i)
    y: Operand = math.nan
    for number, members in enumerate(kinds.values()):
        result = _merged(build, x, code, len(pieces), [(i, pieces[i]) for i in members])
        if not number:
            y = result
            continue
        is_member = {i + levels.KNOWN for i in members}
        flags = tuple(float(i in is_member) for i in range(len(pieces) + levels.KNOWN))
        y = build.if_compared(build.item(flags, code), "==", 1.0, result, y)
    y = applied(build, feature.steps, y)
    return [Served(feature.name, build.if_compared(code, "<", float(levels.KNOWN), math.nan, y))]


def _merged(
    build: Builder, x: Local, code: Local, groups: int,
    members: Sequence[tuple[int, Sequence[Instruction]]],
) -> Operand:  # fmt: skip
    """Add the instructions that groups share; where their numbers differ, a table by code."""
    results: list[Operand] = [x]

    def operand(versions: Sequence[Operand]) -> Operand:
        first = versions[0]
        if isinstance(first, Local):
            return results[first.index]
        table = [math.nan] * (groups + levels.KNOWN)
        numbers = [version for version in versions if not isinstance(version, Local)]
        if len({number.hex() for number in numbers}) == 1:
            return first
        for (i, _), number in zip(members, numbers, strict=True):
            table[i + levels.KNOWN] = number
        return build.item(tuple(table), code)

    def taken(versions: Sequence[Instruction]) -> list[Operand]:
        columns = zip(*(tuple(operands(part)) for part in versions), strict=True)
        return [operand(column) for column in columns]

    *parts, last = zip(*(piece for _, piece in members), strict=True)
    for versions in parts:
        part = _with(versions[0], taken(versions))
        results.append(build.add(part))
    return taken(last)[0]


def _with(part: Instruction, values: Sequence[Operand]) -> Instruction:
    """Return an instruction with other operands, in the order of `operands`."""
    match part:
        case Arithmetic():
            return replace(part, left=values[0], right=values[1])
        case Select(test):
            *tested, yes, no = values
            return Select(_tested(test, tested), yes, no)
        case Call() | Rank():
            return replace(part, value=values[0])
        case Item():
            return replace(part, place=values[0])
    return part


def _tested(test: Test, values: Sequence[Operand]) -> Test:
    if isinstance(test, IsNull):
        return IsNull(values[0])
    return Compare(test.order, values[0], values[1])


def _shape(part: Instruction | Test) -> object:
    """Return what two instructions must have in common to differ in their numbers alone."""
    places = tuple(v.index if isinstance(v, Local) else None for v in operands(part))
    match part:
        case Arithmetic(sign):
            return sign, places
        case Call(function):
            return function, places
        case Select(test):
            return "select", test.order if isinstance(test, Compare) else None, places
        case Rank(table, _) | Item(table, _):
            return type(part).__name__, tuple(number.hex() for number in table), places
    return repr(part)
