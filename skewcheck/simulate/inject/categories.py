"""Faults of categories: other codes, other spellings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from skewcheck.causes.mechanism import Known, Mechanism, with_step
from skewcheck.features.steps import Affine, OneHot, Step, Vocabulary
from skewcheck.simulate.inject.asked import Numbers, checked, number, refused


@dataclass(frozen=True, slots=True)
class Renamed:
    """Raw levels are spelt otherwise."""

    name: Callable[[str], str]


def encoding_changed(known: Known, numbers: Numbers) -> Mechanism:
    """Return codes shifted by one (or `shift`), or those of levels in another `order`.

    Columns of onehot cannot be shifted out of their row: there the last level takes the first.
    """
    checked(known, numbers, ["shift", "order"])
    steps = known.feature.steps
    encoders = [(i, s) for i, s in enumerate(steps) if isinstance(s, Vocabulary | OneHot)]
    if not encoders:
        raise refused(known, "encoding_changed needs a vocabulary")
    i, step = encoders[0]
    shift, order = number(known, numbers, "shift", 1.0), numbers.get("order")
    if order not in (None, "alphabetical", "reverse") or not shift.is_integer() or not shift:
        raise refused(
            known, "--set: must be shift=1 (a whole number), order=alphabetical or order=reverse"
        )
    if isinstance(step, Vocabulary) and order is None:
        instead = (step, Affine(-shift, 1.0))
        return Mechanism("encoding_changed", with_step(steps, i, *instead), "")
    values = step.values
    if order is None:
        cut = -int(shift) % len(values)
        other = values[cut:] + values[:cut]
    else:
        other = tuple(sorted(values)) if order == "alphabetical" else values[::-1]
    if other == values:
        raise refused(known, "has its codes in that order anyway")
    changed: Step = (
        OneHot(other, step.unknown) if isinstance(step, OneHot) else Vocabulary(other, step.unknown)
    )
    return Mechanism("encoding_changed", with_step(steps, i, changed), "")


_SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "upper": str.upper, "lower": str.lower, "title": str.title, "space": lambda text: f"{text} ",
}  # fmt: skip


def renamed(known: Known, numbers: Numbers) -> Renamed:
    """Return levels with another `spelling`, a `prefix` or a `suffix`.

    By default in upper case, or the next spelling that changes any.
    """
    checked(known, numbers, ["spelling", "prefix", "suffix"])
    feature = known.feature
    if feature.type != "categorical":
        raise refused(known, "category_renamed needs a category")
    before, behind = str(numbers.get("prefix", "")), str(numbers.get("suffix", ""))
    levels = [v for s in feature.steps if isinstance(s, Vocabulary | OneHot) for v in s.values]
    levels += list(known.levels.counts) if known.levels is not None else []
    asked = numbers.get("spelling")
    if asked not in (None, *_SPELLINGS):
        raise refused(known, f"--set spelling: must be one of {', '.join(_SPELLINGS)}")
    spellings = [_SPELLINGS[str(asked)]] if asked else list(_SPELLINGS.values())
    if asked is None and (before or behind):
        spellings = [str]
    for spelled in spellings:
        name = _naming(before, spelled, behind)
        # Booleans are read in any case.
        if not levels or any(name(v).lower() != v.lower() or not _truth(v) for v in levels
                             if name(v) != v):  # fmt: skip
            return Renamed(name)
    raise refused(known, f"category_renamed: {asked} spelling changes none of its levels")


def _naming(before: str, spelled: Callable[[str], str], behind: str) -> Callable[[str], str]:
    return lambda level: f"{before}{spelled(level)}{behind}"


def _truth(level: str) -> bool:
    return level.lower() in ("true", "false")
