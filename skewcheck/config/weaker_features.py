"""What weakens a gate for some features: patterns, tables of options, waivers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from skewcheck.catalogue.tests import gating
from skewcheck.config.readers import NO_SERVED
from skewcheck.config.types import Columns, Settings
from skewcheck.config.weaker import INCONCLUSIVE, Pair, Rule, is_higher, looks, of_all, rank
from skewcheck.results.policy import Weakening
from skewcheck.text.patterns import Matcher, is_wild, matches

Scalar = str | float | bool | tuple[str, ...] | None
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


class _Side:
    """Settings with their patterns prepared for many names."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.policy = settings, settings.policy
        self.features, self.exclude = Matcher(settings.features), Matcher(settings.exclude)
        self.columns = Matcher(settings.columns)
        self.gates = Matcher(self.policy.feature_gates)
        self.thresholds = Matcher(self.policy.feature_thresholds)

    def left_out(self, name: str) -> str | None:
        """Return the option that leaves out a feature; None where it is audited."""
        if self.exclude.matching(name):
            return "exclude"
        chosen = not self.settings.features or self.features.matching(name)
        return None if chosen else "features"

    def untested(self, name: str) -> str | None:
        """Return the pattern by which a feature may pass untested; None where it may not."""
        gates = self.policy.feature_gates
        patterns = self.gates.matching(name)
        return next((pattern for pattern in patterns if gates[pattern].untested == "pass"), None)

    def inconclusive(self, name: str) -> tuple[str, str | None]:
        """Return the key and the value of what too little data for a feature does."""
        for pattern in self.gates.matching(name):
            word = self.policy.feature_gates[pattern].inconclusive
            if word is not None:
                return _key(pattern, "inconclusive"), word
        return "inconclusive", self.policy.inconclusive

    def column(
        self, name: str, side: Literal["raw", "served"]
    ) -> tuple[str, str | tuple[str, ...] | None]:
        """Return the key and the value of what names a feature's column."""
        pattern = next(iter(self.columns.matching(name)), "")
        table = self.settings.columns.get(pattern, Columns())
        column = table.raw if side == "raw" else table.served
        if column is not None:
            return _key(pattern, side), column
        return side, self.settings.raw if side == "raw" else self.settings.served

    def threshold(
        self, patterns: Sequence[str], test: str, chosen_only: bool
    ) -> tuple[str, float | None]:
        """Return the key and the value of a test's threshold, by the patterns that match."""
        for pattern in patterns:
            table = self.policy.feature_thresholds[pattern]
            if test in table:
                return _key(pattern, test), table[test]
        return f"thresholds.{test}", of_all(self.policy, test, chosen_only)


def _key(pattern: str, key: str) -> str:
    return f'features."{pattern}".{key}'


def _selected(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield the patterns that leave out features which the base has."""
    settings, base = _Side(pair.settings), _Side(pair.base)
    left = [
        name
        for name in pair.names
        if settings.left_out(name) == key and base.left_out(name) is None
    ]
    if left:
        yield Weakening(key, *pair.shown(key), tuple(left) if pair.by_name else ())


def _features(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield the patterns, then the tables of features."""
    yield from _selected(key, pair)
    settings, base, groups = _Side(pair.settings), _Side(pair.base), _Groups()
    # The defaults leave open which columns there are: theirs are those of all features.
    templates = Settings(raw=pair.settings.raw, served=pair.settings.served)
    columns = base if pair.locked else _Side(templates)
    for name in pair.names:
        pattern = settings.untested(name)
        if pattern is not None and base.untested(name) is None:
            groups.add(name, _key(pattern, "untested"), "pass", None)
        _inconclusive(groups, name, settings, base)
        _column(groups, name, "served", settings, columns)
        _column(groups, name, "raw", settings, columns)
    if pair.has("feature_thresholds"):
        for name in (*pair.names, _THE_LOG):
            _thresholds(groups, name, settings, base)
    yield from groups.weakenings(pair)


def _inconclusive(groups: _Groups, name: str, settings: _Side, of_base: _Side) -> None:
    """Add a feature whose rule is weaker; that of all features counts where it has none."""
    (key, value), (base_key, base) = settings.inconclusive(name), of_base.inconclusive(name)
    of_all_features = key == base_key == "inconclusive"
    if not of_all_features and rank(INCONCLUSIVE, value) < rank(INCONCLUSIVE, base):
        groups.add(name, key, value, base)


def _column(
    groups: _Groups, name: str, side: Literal["raw", "served"], settings: _Side, of_base: _Side
) -> None:
    """Add a feature whose values are looked for elsewhere, by a table, than the base says."""
    (key, column), (base_key, base) = settings.column(name, side), of_base.column(name, side)
    if key == base_key == side:
        return
    filled = [
        text.replace("{feature}", name) if isinstance(text, str) else text
        for text in (column, base)
    ]
    if side == "served" and base in (None, NO_SERVED):
        if column == NO_SERVED and base is None:
            groups.add(name, key, column, base)
    elif filled[0] != filled[1]:
        groups.add(name, key, column, base)


def _thresholds(groups: _Groups, name: str, settings: _Side, of_base: _Side) -> None:
    """Add a feature for each test with a higher threshold, or none, where a table has one."""
    patterns = settings.thresholds.matching(name)
    of_base_patterns = of_base.thresholds.matching(name)
    for test in gating() if patterns or of_base_patterns else ():
        for chosen_only in looks(test):
            key, value = settings.threshold(patterns, test, chosen_only)
            base_key, base = of_base.threshold(of_base_patterns, test, chosen_only)
            if not key == base_key == f"thresholds.{test}" and is_higher(value, base):
                groups.add(name, key, value, base)
                break


def _waivers(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield waivers that the base has not, or for less long, of a feature that there is."""
    present, today = {*pair.names}, datetime.now(UTC).date().isoformat()
    waivers = (w for w in pair.settings.policy.waivers if w.until >= today)  # others have ended
    for waiver in dict.fromkeys(waivers):
        pattern = waiver.feature
        names = [pattern] if pattern in present else []
        if is_wild(pattern):
            names = [name for name in pair.names if matches(name, (pattern,))]
        ends = {name: pair.base.policy.waived(name, waiver.code, "") for name in names}
        left = [name for name, until in ends.items() if until is None or until < waiver.until]
        if left:
            until = ends[left[0]]
            of = f"{waiver.code}:{waiver.feature}"
            base = None if until is None else f"{of}@{until}"
            yield Weakening(key, f"{of}@{waiver.until}", base, tuple(left) if pair.by_name else ())


RULES: Mapping[str, Rule] = {"exclude": _selected, "features": _features, "ignore": _waivers}
"""By option."""
