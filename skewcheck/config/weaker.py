"""What weakens a gate: by which options it may pass where another, its base, would not.

The base is the defaults, or a policy lock. Each option of an audit has a rule here, or a reason why
it needs none. What has no order (which column, which file) is weaker where it is another than a
lock's; the defaults leave it open. Patterns are compared by what they select among the features of
the parameter file; where there is none, each pattern stands for a feature.

Options count one by one: `last` where the base has `since` is weaker, whatever the days are. More
windows or segments than a lock's are weaker: they share one alpha. Two things count as stricter
though they may let a fault pass: thresholds of more tests, which share it too, and more rows, which
may dilute a fault of a few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from skewcheck.catalogue.spec import Kind
from skewcheck.catalogue.tests import TESTS
from skewcheck.config.readers import NO_SERVED
from skewcheck.config.types import Data, Settings, fingerprint
from skewcheck.results.policy import InForce, Policy, Weakening

LARGEST_ALPHA = 0.1
"""Level up to which a larger alpha is stricter: the largest in common use. Beyond it few alarms are
gained, while ever fewer rows are enough for a test to be conclusive."""
_FAIL_ON = ("never", "skew", "warn")
"""The weakest first; so are the next."""
INCONCLUSIVE = ("pass", None, "fail")
_CORRECTION = ("holm", "bh")
ANY_OTHER = "\0"
"""Stands for the features that no pattern names, where no parameter file says what there is."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A policy and its base."""

    settings: Settings
    base: Settings
    names: tuple[str, ...]
    """Of all features, or patterns in their place."""
    by_name: bool
    """Whether `names` are those of a parameter file."""
    locked: bool
    """Whether the base is a lock: the defaults leave more open."""
    data: Data
    base_data: Data

    def has(self, *keys: str) -> bool:
        """Return whether either of the two says something of these keys of their data."""
        return any(key in data for key in keys for data in (self.data, self.base_data))

    def shown(self, key: str) -> tuple[object, object]:
        """Return the values of an option in both, lists as tuples; None where it is not set."""
        values = (self.data.get(key), self.base_data.get(key))
        value, base = (tuple(v) if isinstance(v, list) else v for v in values)
        return value, base


Rule = Callable[[str, Pair], Iterable[Weakening]]


def weakenings(
    settings: Settings, base: Settings | None = None, names: Sequence[str] | None = None
) -> tuple[Weakening, ...]:
    """Return by what settings are weaker than a base, or None, the defaults; none of themselves.

    `names` are those of all features of the parameter file; None where there is no file.
    """
    other = Settings() if base is None else base
    pair = Pair(
        settings, other, _patterns(settings, other) if names is None else tuple(names),
        by_name=names is not None, locked=base is not None,
        data=settings.data(), base_data=other.data(),
    )  # fmt: skip
    if pair.data == pair.base_data:
        return ()
    weaker = [weakening for key, rule in RULES.items() for weakening in rule(key, pair)]
    # Of tables and waivers there may be any number: they must not hide the others.
    return tuple(sorted(weaker, key=lambda w: w.key.startswith(("features.", "ignore"))))


def in_force(
    settings: Settings, names: Sequence[str] | None = None, lock: str | None = None
) -> InForce:
    """Return where the policy of settings is from, and what weakens it against the defaults.

    `names` are as of `weakenings`; `lock` is the path of the lock that it
    is no weaker than.
    """
    file, weaker = settings.file, weakenings(settings, None, names)
    digest = fingerprint(settings.data())
    if file is None:
        return InForce(digest, weaker=weaker, lock=lock)
    return InForce(digest, file.path, file.keys, file.outside, weaker, lock, file.gate)


def _patterns(*both: Settings) -> tuple[str, ...]:
    """Return what stands for the names of features: each pattern, and any other name."""
    patterns = [ANY_OTHER]
    for settings in both:
        policy = settings.policy
        patterns += (*settings.features, *settings.exclude, *settings.columns)
        patterns += (*policy.feature_thresholds, *policy.feature_gates)
        patterns += (waiver.feature for waiver in policy.waivers)
    return tuple(dict.fromkeys(patterns))


def rank(words: Sequence[str | None], word: str | None) -> int:
    """Return the place of a word among `words`, the weakest first; -1 for one that is unknown."""
    return words.index(word) if word in words else -1


def _if(weaker: Callable[[Settings, Settings], bool]) -> Rule:
    """Return the rule of an option that is weaker where this holds of the settings and the base."""

    def rule(key: str, pair: Pair) -> Iterator[Weakening]:
        if weaker(pair.settings, pair.base):
            yield Weakening(key, *pair.shown(key))

    return rule


def different(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield an option that is another than the base's."""
    value, base = pair.shown(key)
    if value != base:
        yield Weakening(key, value, base)


def locked(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield an option that is another than a lock's."""
    if pair.locked:
        yield from different(key, pair)


def _locked_if_set(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield an option that is another than a lock's, where that sets it."""
    if key in pair.base_data:
        yield from locked(key, pair)


def _column_names(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield names of columns that are others than a lock's, where that has any."""
    value, base = pair.shown("column_names")
    if pair.locked and base is not None and value != base:
        yield Weakening(key, value, base)


def _served(settings: Settings, base: Settings) -> bool:
    """Return whether served values that the base tests, or that hold it, are not looked at."""
    if base.served_template is None:
        return settings.served == NO_SERVED and base.served is None
    return settings.served != base.served


def _thresholds(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield thresholds of all features that are higher, or not there."""
    policy, base = pair.settings.policy, pair.base.policy
    for test in sorted({*base.thresholds, *policy.thresholds}):
        for chosen_only in looks(test):
            value, other = of_all(policy, test, chosen_only), of_all(base, test, chosen_only)
            if is_higher(value, other):
                yield Weakening(f"{key}.{test}", value, other)
                break


def looks(test: str) -> tuple[bool, ...]:
    """Return how thresholds of a test are looked up: where a share of training's rows is assumed,
    only one that was chosen counts."""
    spec = TESTS.get(test)
    return (False, True) if spec is not None and spec.kind is Kind.SHARE else (False,)


def of_all(policy: Policy, test: str, chosen_only: bool) -> float | None:
    """Return the threshold of features without a table; with `chosen_only` if the user set it."""
    if chosen_only and test not in policy.chosen:
        return None
    spec = TESTS.get(test)
    usual = spec.threshold if spec is not None and spec.kind is Kind.LASTING else None
    return policy.thresholds.get(test, usual)


def is_higher(value: float | None, base: float | None) -> bool:
    """Return whether a threshold lets more pass than another; None is no gate."""
    return base is not None and (value is None or value > base)


def _since(settings: Settings, base: Settings) -> bool:
    value, other = settings.since, base.since
    return value is not None and (other is None or value > other)


def _until(settings: Settings, base: Settings) -> bool:
    value, other = settings.until, base.until
    return value is not None and (other is None or value < other)


def _last(settings: Settings, base: Settings) -> bool:
    value, other = settings.last, base.last
    return value is not None and (other is None or value < other)


def _settle(settings: Settings, base: Settings) -> bool:
    value, other = settings.settle or timedelta(), base.settle or timedelta()
    return value > other


def _alpha(settings: Settings, base: Settings) -> bool:
    value, other = settings.policy.alpha, base.policy.alpha
    return value < other or (value > LARGEST_ALPHA and value > other)


def _by(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield columns that are not audited; and others than a lock's, which share its alpha."""
    by, base = pair.settings.by, pair.base.by
    fewer = by == () if base is None else not {*base} <= {*(by or ())}
    more = pair.locked and not {*(by or ())} <= {*(base or ())}
    if (fewer and by != base) or more:
        yield Weakening(key, *pair.shown(key))


def _named(key: str, pair: Pair) -> Iterable[Weakening]:
    """Return what is weaker of some features; most policies have no such options."""
    if not pair.has(*_BY_NAME[key]):
        return ()
    from skewcheck.config import weaker_features

    return weaker_features.RULES[key](key, pair)


def _read(key: str, pair: Pair) -> Iterable[Weakening]:
    """Return what is weaker of the files beside parameters and logs; most policies have none."""
    if not pair.has(key):
        return ()
    from skewcheck.config import weaker_inputs

    return weaker_inputs.RULES[key](key, pair)


_BY_NAME: Mapping[str, tuple[str, ...]] = {
    "exclude": ("exclude",),
    "features": ("features", "columns", "feature_thresholds", "feature_gates"),
    "ignore": ("ignore",),
}
"""Keys of a policy's data that say what the option says."""
RULES: Mapping[str, Rule] = {
    "fail_on": _if(
        lambda s, b: rank(_FAIL_ON, s.policy.fail_on) < rank(_FAIL_ON, b.policy.fail_on)
    ),
    "inconclusive": _if(
        lambda s, b: (
            INCONCLUSIVE.index(s.policy.inconclusive) < INCONCLUSIVE.index(b.policy.inconclusive)
        )
    ),
    "exclude": _named,
    "features": _named,
    "ignore": _named,
    "allow_missing": _if(lambda s, b: s.policy.allow_missing and not b.policy.allow_missing),
    "only_new_alarms": _if(lambda s, b: s.only_new_alarms and not b.only_new_alarms),
    "thresholds": _thresholds,
    "alpha": _if(_alpha),
    "correction": _if(
        lambda s, b: rank(_CORRECTION, s.policy.correction) < rank(_CORRECTION, b.policy.correction)
    ),
    "served": _if(_served),
    "raw": locked,
    "names": _locked_if_set,
    "group": _locked_if_set,
    "columns": _column_names,
    **dict.fromkeys(("parameters", "logs", "reference"), _read),
    **dict.fromkeys(("null_values", "version", "as_of", "sql"), different),
    **dict.fromkeys(("join", "within", "layout", "where"), different),
    "max_bad": _if(lambda s, b: s.max_bad > b.max_bad),
    "cluster": different,
    "min_rows": _if(lambda s, b: s.min_rows < b.min_rows),
    "since": _if(_since),
    "until": _if(_until),
    "last": _if(_last),
    "settle": _if(_settle),
    "learn": _if(lambda s, b: s.learn > b.learn),
    "time_column": _locked_if_set,
    "every": locked,
    "by": _by,
    "baseline": _read,
    "history": _read,
    "state": _read,
    "state_hash": _if(lambda s, b: b.state_hash == "full" and s.state_hash != "full"),
}
"""By option; the order is that of reports."""
NOT_GATING = frozenset({
    "importance",  # orders features
    "no_values", "format", "output", "report", "quiet", "verbose", "every_test",  # of reports
    "webhook", "webhook_header", "webhook_on", "mlflow", "opentelemetry",  # where reports are sent
    "no_progress", "debug",  # of the screen
    "engine", "workers",  # where it is measured: the same report
    "policy_lock", "config", "gate",  # where policies are from
})  # fmt: skip
"""Options of an audit by which no exit code gets milder."""
