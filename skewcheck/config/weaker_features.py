"""What weakens a gate for some features: patterns, tables of options, waivers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from skewcheck.catalogue.tests import gating
from skewcheck.config.readers import NO_SERVED
from skewcheck.config.types import Columns, Settings
from skewcheck.config.weaker import INCONCLUSIVE, Pair, Rule, is_higher, looks, of_all
from skewcheck.results.policy import Policy, Weakening
from skewcheck.text.patterns import matches

Scalar = str | float | bool | None
_THE_LOG = ""
"""The name by which thresholds of the whole log are looked up, as that of coverage."""


@dataclass(frozen=True, slots=True)
class _Groups:
    """Features by the option that weakens them and its values."""

    by_option: dict[tuple[str, Scalar, Scalar], list[str]] = field(default_factory=dict)

    def add(self, name: str, key: str, value: Scalar, base: Scalar) -> None:
        """Add a feature."""
        self.by_option.setdefault((key, value, base), []).append(name)

    def weakenings(self, pair: Pair) -> Iterator[Weakening]:
        """Yield them; patterns are no features."""
        for (key, value, base), names in self.by_option.items():
            features = [name for name in names if pair.by_name and name != _THE_LOG]
            yield Weakening(key, value, base, tuple(features))


def _selected(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield the patterns that leave out features which the base has."""
    left = [
        name
        for name in pair.names
        if _left_out(pair.settings, name) == key and _left_out(pair.base, name) is None
    ]
    if left:
        yield Weakening(key, *pair.shown(key), tuple(left) if pair.by_name else ())


def _left_out(settings: Settings, name: str) -> str | None:
    """Return the option that leaves out a feature; None where it is audited."""
    if matches(name, settings.exclude):
        return "exclude"
    return "features" if settings.features and not matches(name, settings.features) else None


def _features(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield the patterns, then the tables of features."""
    yield from _selected(key, pair)
    groups = _Groups()
    for name in pair.names:
        _untested(groups, pair, name)
        _inconclusive(groups, pair, name)
        _column(groups, pair, name, "served")
        _column(groups, pair, name, "raw")
    tables = (pair.settings.policy.feature_thresholds, pair.base.policy.feature_thresholds)
    if any(tables):
        for name in (*pair.names, _THE_LOG):
            _thresholds(groups, pair, name)
    yield from groups.weakenings(pair)


def _key(pattern: str, key: str) -> str:
    return f'features."{pattern}".{key}'


def _untested(groups: _Groups, pair: Pair, name: str) -> None:
    if pair.base.policy.lets_untested_pass(name):
        return
    for pattern, gate in pair.settings.policy.feature_gates.items():
        if gate.untested == "pass" and matches(name, (pattern,)):
            groups.add(name, _key(pattern, "untested"), "pass", None)
            return


def _inconclusive(groups: _Groups, pair: Pair, name: str) -> None:
    """Add a feature whose rule is weaker; that of all features counts where it has none."""
    (key, value), (base_key, base) = (_rule(s.policy, name) for s in (pair.settings, pair.base))
    rank = INCONCLUSIVE.index
    if (key, base_key) != ("inconclusive", "inconclusive") and rank(value) < rank(base):
        groups.add(name, key, value, base)


def _rule(policy: Policy, name: str) -> tuple[str, str | None]:
    """Return the key and the value of what too little data for a feature does."""
    for pattern, gate in policy.feature_gates.items():
        if gate.inconclusive is not None and matches(name, (pattern,)):
            return _key(pattern, "inconclusive"), gate.inconclusive
    return "inconclusive", policy.inconclusive


def _column(groups: _Groups, pair: Pair, name: str, side: Literal["raw", "served"]) -> None:
    """Add a feature whose values are looked for elsewhere, by a table, than the base says.

    Of the defaults the base is the template for all features, which they leave open.
    """
    key, column = _template(pair.settings, name, side)
    base_key, base = _template(pair.base if pair.locked else _untabled(pair.settings), name, side)
    if key == base_key == side:
        return
    filled = [None if text is None else text.replace("{feature}", name) for text in (column, base)]
    if side == "served" and base in (None, NO_SERVED):
        if column == NO_SERVED and base is None:
            groups.add(name, key, column, base)
    elif filled[0] != filled[1]:
        groups.add(name, key, column, base)


def _untabled(settings: Settings) -> Settings:
    return Settings(raw=settings.raw, served=settings.served)


def _template(
    settings: Settings, name: str, side: Literal["raw", "served"]
) -> tuple[str, str | None]:
    """Return the key and the value of what names a feature's column."""
    tables = settings.columns.items()
    matching = ((pattern, table) for pattern, table in tables if matches(name, (pattern,)))
    pattern, table = next(matching, ("", Columns()))
    column = table.raw if side == "raw" else table.served
    if column is not None:
        return _key(pattern, side), column
    return side, settings.raw if side == "raw" else settings.served


def _thresholds(groups: _Groups, pair: Pair, name: str) -> None:
    """Add a feature for each test with a higher threshold, or none, where a table has one."""
    for test in gating():
        for chosen_only in looks(test):
            key, value = _threshold(pair.settings.policy, name, test, chosen_only)
            base_key, base = _threshold(pair.base.policy, name, test, chosen_only)
            if not key == base_key == f"thresholds.{test}" and is_higher(value, base):
                groups.add(name, key, value, base)
                break


def _threshold(policy: Policy, name: str, test: str, chosen_only: bool) -> tuple[str, float | None]:
    """Return the key and the value of the threshold of a feature's test."""
    for pattern, table in policy.feature_thresholds.items():
        if test in table and matches(name, (pattern,)):
            return _key(pattern, test), table[test]
    return f"thresholds.{test}", of_all(policy, test, chosen_only)


def _waivers(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield waivers that the base has not, or for less long, of a feature that there is."""
    for waiver in dict.fromkeys(pair.settings.policy.waivers):
        names = [name for name in pair.names if matches(name, (waiver.feature,))]
        ends = {name: pair.base.policy.waived(name, waiver.code, "") for name in names}
        left = [name for name, until in ends.items() if until is None or until < waiver.until]
        if left:
            until = ends[left[0]]
            of = f"{waiver.code}:{waiver.feature}"
            base = None if until is None else f"{of}@{until}"
            yield Weakening(key, f"{of}@{waiver.until}", base, tuple(left) if pair.by_name else ())


RULES: Mapping[str, Rule] = {"exclude": _selected, "features": _features, "ignore": _waivers}
"""By option."""
