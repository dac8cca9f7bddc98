"""Weaker as an order, and as what it is for: which exit codes of simulated results get milder."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from skewcheck.config.settings import settings as settings_of
from skewcheck.config.types import Settings
from skewcheck.config.weaker import weakenings
from skewcheck.counts.plan import Plan
from skewcheck.results.audit import FeatureAudit
from skewcheck.results.gate import Coverage
from skewcheck.results.tests import Measurement, Outcomes, Subject, of_feature
from skewcheck.text.patterns import matches
from skewcheck.verdict.decisions import judge_tests
from skewcheck.verdict.gate import Gate

NAMES = ("fare", "fare_tax", "tip")
TODAY = "2026-11-01"
SEVERITY = {0: 0, 3: 1, 1: 2}
"""Exit codes by how much they stop: 3 may be let pass where 1 is not."""
EFFECTS = (0.05, 0.15, 0.25, 0.4, 120.0)
"""Between and beyond the thresholds that policies are drawn from: 0.1, 0.2, 0.3 and 99."""
TABLES = {
    "psi": st.sampled_from([0.1, 0.3, 99.0]),
    "inconclusive": st.sampled_from(["pass", "fail"]),
}

options = st.fixed_dictionaries(
    {},
    optional={
        "fail_on": st.sampled_from(["never", "skew", "warn"]),
        "inconclusive": st.sampled_from(["pass", "fail"]),
        "thresholds": st.fixed_dictionaries({}, optional={
            "psi": st.sampled_from([0.1, 0.2, 0.3, 99.0]), "ks": st.sampled_from([0.1, 0.3, 99.0]),
        }),
        "exclude": st.lists(st.sampled_from(["fare", "fare*", "tip"]), max_size=2),
        "features": st.dictionaries(
            st.sampled_from(["fare", "fare*", "*"]),
            st.fixed_dictionaries({}, optional=TABLES), max_size=2,
        ),
        "ignore": st.lists(
            st.sampled_from(["psi:fare@2026-12-31", "ks:fare*@2026-12-30", "psi:*@2026-11-02"]),
            max_size=2,
        ),
    },
)  # fmt: skip
"""Options of audits: they leave at least one feature, `fare_tax` or `tip`, or else all out."""


def policy(given: Mapping[str, object]) -> Settings:
    return settings_of(given)


def exit_code(chosen: Settings, outcomes: Mapping[str, Outcomes]) -> int:
    """Return the exit code of an audit of features with these measurements."""
    audited = {name: tests for name, tests in outcomes.items() if not matches(name, chosen.exclude)}
    by_subject = {Subject(name): tests for name, tests in audited.items()}
    judged = judge_tests(by_subject, chosen.policy, TODAY)
    features = [
        FeatureAudit(name, "numeric", "raw", of_feature(judged[Subject(name)]), 100, 0,
                     judged[Subject(name)])
        for name in audited
    ]  # fmt: skip
    return Gate.of(Plan(()), features, chosen.policy, (), Coverage(100, 100)).exit_code


def measured(psi: float, ks: float, *, power: bool) -> Outcomes:
    """Return significant effects, with power enough to exclude others, or with none."""

    def of(effect: float) -> Measurement:
        return Measurement(
            effect, effect, p_value=0.0, rows=100, power=lambda *_: 1.0 if power else 0.0
        )

    return {"psi": of(psi), "ks": of(ks)}


def milder(chosen: Settings, base: Settings) -> bool:
    """Return whether any of the results gets a milder exit code than by the base.

    Each effect of one feature beside one of another without any, with power and without.
    """
    calm = measured(0.0, 0.0, power=True)
    pairs = [(0.0, 0.0), *((effect, 0.0) for effect in EFFECTS), *((0.0, e) for e in EFFECTS)]
    for name, (psi, ks), power in product(NAMES, pairs, (True, False)):
        outcomes = {**dict.fromkeys(NAMES, calm), name: measured(psi, ks, power=power)}
        codes = [exit_code(settings, outcomes) for settings in (chosen, base)]
        if SEVERITY[codes[0]] < SEVERITY[codes[1]]:
            return True
    return False


@given(options, options)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_what_is_not_weaker_makes_no_exit_code_milder(
    first: dict[str, object], second: dict[str, object]
) -> None:
    chosen, base = policy(first), policy({**first, **second})
    for a, b in ((chosen, base), (base, chosen)):
        if not weakenings(a, b, NAMES):
            assert not milder(a, b)


single = st.sampled_from([
    *({"fail_on": word} for word in ("skew", "warn")),
    *({"inconclusive": word} for word in ("pass", "fail")),
    *({"thresholds": {test: limit}} for test in ("psi", "ks") for limit in (0.1, 0.3, 99.0)),
    *({"features": {name: {"psi": limit}}} for name in ("fare", "fare*") for limit in (0.1, 99.0)),
    *({"features": {"tip": {"inconclusive": word}}} for word in ("pass", "fail")),
    *({"exclude": [name]} for name in ("fare", "fare*")),
    *({"ignore": [f"psi:{name}@2026-12-31"]} for name in ("fare", "tip", "absent")),
    {},
])  # fmt: skip
"""One option alone. (With several, one may make another idle: what never fails has no thresholds.)
"""


@given(single, single)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_lock_passes_if_and_only_if_no_exit_code_can_get_milder(
    first: dict[str, object], second: dict[str, object]
) -> None:
    chosen, base = policy(first), policy(second)
    assert bool(weakenings(chosen, base, NAMES)) == milder(chosen, base)


def test_one_that_never_fails_is_milder() -> None:
    """The simulation itself: effects beyond the usual thresholds exit with 1, without power 3."""
    outcomes = {"fare": measured(0.25, 0.0, power=True), "tip": measured(0.0, 0.0, power=True)}
    assert exit_code(policy({}), outcomes) == 1
    assert exit_code(policy({"fail_on": "never"}), outcomes) == 0
    outcomes["fare"] = measured(0.0, 0.0, power=False)
    assert exit_code(policy({}), outcomes) == 3
    assert milder(policy({"fail_on": "never"}), policy({}))
    assert not milder(policy({}), policy({"fail_on": "never"}))


@given(options)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_nothing_is_weaker_than_itself(given_options: dict[str, object]) -> None:
    chosen = policy(given_options)
    assert weakenings(chosen, policy(given_options), NAMES) == ()
    assert weakenings(chosen, policy(given_options)) == ()


@given(options, options, options)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_weaker_than_the_stricter_of_two_is_weaker(
    first: dict[str, object], second: dict[str, object], third: dict[str, object]
) -> None:
    """If a is no weaker than b, and b no weaker than c, then a is no weaker than c."""
    a, b, c = policy(first), policy(second), policy(third)
    if not weakenings(a, b, NAMES) and not weakenings(b, c, NAMES):
        assert not weakenings(a, c, NAMES)
