"""Faults of categorical features: other codes, other spellings of levels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from unicodedata import category, normalize
from urllib.parse import quote_plus

from skewcheck.catalogue.causes import CATEGORY_RENAMED, ENCODING_CHANGED
from skewcheck.causes.mechanism import FeatureContext, Mechanism, with_step
from skewcheck.features.steps import Affine, Map, OneHot, Step, Vocabulary
from skewcheck.simulate.inject.fault_settings import (
    FaultSettings,
    check_keys,
    fault_error,
    number,
    setting_error,
)


@dataclass(frozen=True, slots=True)
class Renamed:
    """Raw levels are spelled differently."""

    name: Callable[[str], str]
    """Returns the new spelling of a level."""


def encoding_changed(context: FeatureContext, settings: FaultSettings) -> Mechanism:
    """Return codes shifted by one (or `shift`), or those of levels in another `order`.

    A onehot step has no code to shift: its levels are rotated instead, and the numbers of a map.
    """
    check_keys(context, settings, ["shift", "order"])
    steps = context.feature.steps
    encoders = [(i, s) for i, s in enumerate(steps) if isinstance(s, Vocabulary | OneHot)]
    maps = [(i, step) for i, step in enumerate(steps) if isinstance(step, Map)]
    if not encoders and maps:
        from skewcheck.simulate.inject.several_columns import recoded_map  # few levels have maps

        return recoded_map(context, *maps[0], settings)
    if not encoders:
        raise fault_error(context, f"{ENCODING_CHANGED.code} needs a vocabulary, onehot or map")
    i, step = encoders[0]
    shift, order = number(context, settings, "shift", 1.0), settings.get("order")
    if order not in (None, "alphabetical", "reverse") or not shift.is_integer() or not shift:
        raise setting_error(
            context,
            ": must be shift=1 (a whole number), order=alphabetical or order=reverse",
        )
    if isinstance(step, Vocabulary) and order is None:
        shifted = (step, Affine(-shift, 1.0))
        return Mechanism(ENCODING_CHANGED, with_step(steps, i, *shifted))
    values = step.values
    if order is None:
        cut = -int(shift) % len(values)
        new_order = values[cut:] + values[:cut]
    else:
        new_order = tuple(sorted(values)) if order == "alphabetical" else values[::-1]
    if new_order == values:
        raise fault_error(context, "has its codes in that order anyway")
    encoder: Step = (
        OneHot(new_order, step.unknown)
        if isinstance(step, OneHot)
        else replace(step, values=new_order)
    )
    return Mechanism(ENCODING_CHANGED, with_step(steps, i, encoder))


_SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "upper": str.upper, "lower": str.lower, "title": str.title, "space": lambda text: f"{text} ",
    "misread": lambda text: text.encode().decode("latin-1"),
    "accents": lambda text: "".join(c for c in normalize("NFD", text) if category(c) != "Mn"),
    "decomposed": lambda text: normalize("NFD", text),
    "lost": lambda text: text.encode("ascii", "replace").decode(),
    "url": quote_plus,
}  # fmt: skip
"""By name. `misread`: UTF-8 read as Latin-1; `accents`: without them; `decomposed`: Unicode's form
NFD; `lost`: ? for what ASCII has not."""


def renamed(context: FeatureContext, settings: FaultSettings) -> Renamed:
    """Return levels with another `spelling`, a `prefix` or a `suffix`.

    By default in upper case, or else in the first spelling that changes a level.
    """
    check_keys(context, settings, ["spelling", "prefix", "suffix"])
    feature = context.feature
    if feature.type != "categorical":
        raise fault_error(context, f"{CATEGORY_RENAMED.code} needs a category")
    prefix, suffix = str(settings.get("prefix", "")), str(settings.get("suffix", ""))
    encoders = [s for s in feature.steps if isinstance(s, Vocabulary | OneHot | Map)]
    levels = [level for step in encoders for level in step.values]
    levels += list(context.levels.counts) if context.levels is not None else []
    spelling_name = settings.get("spelling")
    if spelling_name not in (None, *_SPELLINGS):
        raise setting_error(context, f" spelling: must be one of {', '.join(_SPELLINGS)}")
    spellings = [_SPELLINGS[str(spelling_name)]] if spelling_name else list(_SPELLINGS.values())
    if spelling_name is None and (prefix or suffix):
        spellings = [str]
    for respell in spellings:
        rename = _respell(prefix, respell, suffix)
        # Booleans are recognised in upper and lower case.
        if not levels or any(rename(v).lower() != v.lower() or not _is_boolean(v) for v in levels
                             if rename(v) != v):  # fmt: skip
            return Renamed(rename)
    raise fault_error(
        context, f"{CATEGORY_RENAMED.code}: {spelling_name} spelling changes none of its levels"
    )


def _respell(prefix: str, spelling: Callable[[str], str], suffix: str) -> Callable[[str], str]:
    return lambda level: f"{prefix}{spelling(level)}{suffix}"


def _is_boolean(level: str) -> bool:
    return level.lower() in ("true", "false")
