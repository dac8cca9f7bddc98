"""Levels of a categorical feature, and of a key, as codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from skewcheck.features.steps import Impute, Map, OneHot, Step, Vocabulary
from skewcheck.features.transform import filled, vocabulary
from skewcheck.features.types import Feature
from skewcheck.logs.arrays import canonical, spelled
from skewcheck.logs.arrays.categorical import BITS, NUMBER, TRUTH, TRUTHS
from skewcheck.repair.export.program import Code, Spelling

NULL, UNKNOWN, KNOWN = 0, 1, 2
"""Codes of nulls, of other levels, and the first of those known."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of a feature, and what its encoder makes of them."""

    step: Vocabulary | OneHot | Map
    index: int
    """The place of that step."""
    known: tuple[str, ...]
    """The levels that the steps list."""
    vectors: tuple[tuple[float, ...], ...]
    """The numbers that the step makes of null, of another level and of those known."""


def levels_of(feature: Feature) -> Levels | None:
    """Return the levels of a feature with an encoder; None without one."""
    encoders = (
        (index, step)
        for index, step in enumerate(feature.steps)
        if isinstance(step, Vocabulary | OneHot | Map)
    )
    first = next(encoders, None)
    if first is None:
        return None
    index, step = first
    known = tuple(dict.fromkeys(vocabulary(feature.steps)))
    # No known level is as long as this one.
    unknown = "x" * (max(map(len, known), default=0) + 1)
    every = filled(feature.steps[:index], [None, unknown, *known])
    if isinstance(step, Map):
        vectors = tuple(tuple(vector) for vector in step.vectors(every).tolist())
    else:
        vectors = tuple((number,) for number in step.codes(every).tolist())
    return Levels(step, index, known, vectors)


def fill_of(steps: Sequence[Step]) -> str | None:
    """Return the level that nulls are filled with, if there is one."""
    return next(
        (s.value for s in steps if isinstance(s, Impute) and isinstance(s.value, str)), None
    )


def code_of(column: str, known: Sequence[str], numbers: Sequence[float] | None = None) -> Code:
    """Return the instruction that reads a column's levels, spelled as training's.

    `numbers` are those of null, of another level and of those known; by default their codes.
    """
    null, unknown, *others = range(KNOWN + len(known)) if numbers is None else numbers
    spelling = _spelling(known)
    codes = {level: float(number) for level, number in zip(known, others, strict=True)}
    if spelling != "names":
        codes = {canonical(level): codes[level] for level in reversed(known)} | codes
    return Code(column, codes, float(null), float(unknown), spelling, _swapped(known))


def _spelling(known: Sequence[str]) -> Spelling:
    """Return how levels of other spellings are compared: tried on one that is known."""
    number = next((level for level in known if NUMBER.fullmatch(level)), None)
    if number is not None:
        other = f"{number}0" if "." in number else f"{number}.0"
        alike = other in known or spelled([other], known) != [other]
        return "numbers" if alike else "names"
    truth = next((level for level in known if TRUTH.fullmatch(level)), None)
    others = () if truth is None else (truth.upper(), truth.lower(), truth.title())
    missing = [other for other in others if other not in known]
    return "truths" if missing and spelled(missing, known) != missing else "names"


def _swapped(known: Sequence[str]) -> Mapping[str, str]:
    """Return which levels of numbers and booleans stand for others."""
    pairs = {**TRUTHS, **BITS}
    asked = spelled([*pairs], known, numeric=True)
    plain = spelled([*pairs], known)
    changed = zip(pairs, asked, plain, strict=True)
    return {name: level for name, level, text in changed if level is not None and level != text}
