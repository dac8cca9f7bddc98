"""The catalogue of tests: every entry is whole, and no other module lists codes."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

import skewcheck
from skewcheck.catalogue.spec import Kind, TestSpec
from skewcheck.catalogue.tests import TESTS, by_kind, gating, thresholds, windowed

ROOT = Path(skewcheck.__file__).parent
UNAMBIGUOUS = (
    "ks", "mannwhitney", "psi", "chi2", "linf", "wasserstein", "js", "kl", "nonfinite", "unseen",
)  # fmt: skip
"""Codes that are no word, key or column name of anything else."""


@pytest.mark.parametrize("spec", TESTS.values(), ids=lambda spec: spec.code)
def test_an_entry_is_whole(spec: TestSpec) -> None:
    assert TESTS[spec.code] is spec
    assert all((spec.label, spec.texts.title, spec.texts.means, spec.texts.detected, spec.texts.do))
    assert (spec.threshold is None) == (spec.kind in (Kind.REPORTED, Kind.SIGNIFICANCE, Kind.FACT))
    assert spec.p_value_of is None or TESTS[spec.p_value_of].kind is Kind.SIGNIFICANCE
    figure = None if spec.windowed is None else spec.windowed.figure
    for path in filter(None, (spec.numeric, spec.categorical, figure)):
        module, _, name = path.partition(":")
        assert callable(getattr(import_module(module), name)), path


def test_what_gates_can_be_inconclusive_and_say_what_it_sought() -> None:
    for spec in TESTS.values():
        if spec.kind in (Kind.DISTANCE, Kind.SHARE, Kind.LOSS):
            assert spec.sought is not None, spec.code
            assert re.search(r"\{(limit|percent)\}", spec.sought), spec.code


def test_lists_follow_from_the_entries() -> None:
    assert {spec.code for spec in by_kind()} == set(TESTS)
    assert list(thresholds()) == [
        "ks", "mannwhitney", "psi", "linf", "dependence", "nulls", "nonfinite", "unseen", "range",
        "coverage", "error", "parity", "keys", "grid",
    ]  # fmt: skip
    assert set(thresholds()) < set(gating())
    assert set(TESTS) - set(gating()) == {"chi2", "missing", "type", "constant"}
    ranks = Counter(spec.sentence.rank for spec in TESTS.values() if spec.sentence is not None)
    places = Counter(spec.windowed.place for spec in windowed() if spec.windowed is not None)
    assert set(ranks.values()) == set(places.values()) == {1}


def test_codes_stand_in_the_catalogue_alone() -> None:
    literal = re.compile(rf"""["']({"|".join(UNAMBIGUOUS)})["']""")
    found = {
        f"{path.relative_to(ROOT)}: {code}"
        for path in ROOT.rglob("*.py")
        if path.parent.name != "catalogue"
        for code in literal.findall(path.read_text("utf-8"))
    }
    # How a threshold is written in Python, a key of parameter files, the name of a language, and an
    # attribute of feature_engine's encoders.
    code = (
        f"parameters/source_code/{name}.py: js" for name in ("definitions", "numbers", "tokens")
    )
    attribute = "parameters/sklearn/libraries/feature_engine_levels.py: unseen"
    assert found <= {"auditing.py: psi", "parameters/references.py: nonfinite", attribute, *code}
