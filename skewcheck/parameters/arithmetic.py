"""What arithmetic with constants, and tables of codes, are as steps: the same in every format."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.features.steps import Affine, MaxAbs, Robust, Step, Vocabulary

Steps = tuple[Step, ...]
_NEAR = 1e-12
"""Relative: numbers that a file writes with 15 digits are the same."""


def shifted(function: str, arguments: Sequence[float | None]) -> Steps | None:
    """Return the steps of + - * / of one column (None) and a constant; None where none are."""
    match function, list(arguments):
        case "+", [None, float(c)] | [float(c), None]:
            return (Affine(-c, 1.0),)
        case "-", [None, float(c)]:
            return (Affine(c, 1.0),)
        case "-", [float(c), None]:
            return (Affine(c, -1.0),)
        case "*", [None, float(c)] | [float(c), None] if c:
            return (Affine(0.0, c),)
        case "/", [None, float(c)] if c:
            return (MaxAbs(c) if c > 0 else Affine(0.0, 1 / c),)
    return None


def folded(function: str, numbers: Sequence[float]) -> float | None:
    """Return the value of a function of constants only."""
    match function, list(numbers):
        case "+", [a, b]:
            return a + b
        case "-", [a, b]:
            return a - b
        case "*", [a, b]:
            return a * b
        case "/", [a, b] if b:
            return a / b
    return None


def joined(steps: Steps, more: Steps) -> Steps:
    """Return both in a row; shifts and factors are one step, so are a shift and a division.

    That one is `robust`: a z-score would promise a mean of 0, which the arithmetic does not.
    """
    match steps, more:
        case (*before, Affine(offset, 1.0)), (MaxAbs(scale),):
            return *before, Robust(offset, scale)
        case (*before, Affine(offset, scale)), (Affine(shift, factor),):
            return *before, Affine(offset + shift / scale, scale * factor)
    return (*steps, *more)


def spaced(values: Sequence[float]) -> Steps | None:
    """Return the steps from 0, 1, 2 ... to equally spaced values; None if they are not."""
    if len(values) < 2:
        return () if list(values) == [0.0] else (Affine(-values[0], 1.0),) if values else None
    start, gap = values[0], (values[-1] - values[0]) / (len(values) - 1)
    size = max(map(abs, values))
    if not gap or any(abs(start + i * gap - v) > _NEAR * size for i, v in enumerate(values)):
        return None
    return () if (start, gap) == (0.0, 1.0) else (Affine(-start / gap, gap),)


def coded(codes: Sequence[tuple[str, float]], default: float | None) -> Steps | None:
    """Return the steps from levels to numbers; None where those are not equally spaced.

    `default` is for levels that have none of the codes.
    """
    ordered = sorted(codes, key=lambda pair: pair[1])
    spread = spaced([code for _, code in ordered])
    if spread is None:
        return None
    scale = next((step for step in spread if isinstance(step, Affine)), Affine(0.0, 1.0))
    unknown = None if default is None else default / scale.scale + scale.offset
    return Vocabulary(tuple(level for level, _ in ordered), unknown), *spread
