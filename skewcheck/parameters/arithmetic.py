"""Arithmetic with constants, and code tables, as preprocessing steps; shared by all formats."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.features.steps import Affine, MaxAbs, Robust, Step, Vocabulary
from skewcheck.parameters.precision import stored_error

Steps = tuple[Step, ...]


def arithmetic_steps(function: str, arguments: Sequence[float | None]) -> Steps | None:
    """Return the steps of + - * / of a column (None) and a constant; None if no step does it."""
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


def constant_result(function: str, numbers: Sequence[float]) -> float | None:
    """Return the result of + - * / of two constants; None for other functions and for x / 0."""
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


def merge_steps(steps: Steps, later: Steps) -> Steps:
    """Return the steps followed by the later ones, merged at the seam where possible.

    Two affine steps merge into one, and a shift and a division into `robust`. A z-score would
    promise a mean of 0, which the arithmetic does not.
    """
    match steps, later:
        case (*before, Affine(offset, 1.0)), (MaxAbs(scale),):
            return *before, Robust(offset, scale)
        case (*before, Affine(offset, scale)), (Affine(shift, factor),):
            return *before, Affine(offset + shift / scale, scale * factor)
    return (*steps, *later)


def spacing_steps(values: Sequence[float]) -> Steps | None:
    """Return the steps from 0, 1, 2 ... to equally spaced values; None if they are not.

    No values, or two equal ones, give None; the single value 0 needs no step.
    """
    if len(values) < 2:
        return () if list(values) == [0.0] else (Affine(-values[0], 1.0),) if values else None
    start, gap = values[0], (values[-1] - values[0]) / (len(values) - 1)
    error = stored_error(values) * max(map(abs, values))
    if not gap or any(abs(start + i * gap - v) > error for i, v in enumerate(values)):
        return None
    return () if (start, gap) == (0.0, 1.0) else (Affine(-start / gap, gap),)


def code_steps(codes: Sequence[tuple[str, float]], default: float | None) -> Steps | None:
    """Return the steps from levels to codes; None unless the codes are equally spaced.

    `default` is the code of all other levels; None for no code.
    """
    ordered = sorted(codes, key=lambda pair: pair[1])
    spacing = spacing_steps([code for _, code in ordered])
    if spacing is None:
        return None
    scale = next((step for step in spacing if isinstance(step, Affine)), Affine(0.0, 1.0))
    unknown = None if default is None else default / scale.scale + scale.offset
    return Vocabulary(tuple(level for level, _ in ordered), unknown), *spacing
