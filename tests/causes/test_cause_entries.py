"""The catalogue's entries of causes: the only place of their codes, and all that sentences need."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from string import Formatter

import pytest
from servers import KNOWN, known

import skewcheck
from skewcheck.catalogue.causes import CAUSES
from skewcheck.causes.families import candidates
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.causes.mechanism_causes import cause_of
from skewcheck.features.steps import Buckets, Logarithm, PowerTransform, ZScore
from skewcheck.features.types import Feature
from skewcheck.reports.words.causes import sentence

ROOT = Path(skewcheck.__file__).parent


def strings(path: Path) -> set[str]:
    """Return the strings of a module that are nothing but a cause code."""
    constants = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    values = {node.value for node in constants if isinstance(node, ast.Constant)}
    return {value for value in values if isinstance(value, str) and value in CAUSES}


def test_codes_stand_in_the_catalogue_alone() -> None:
    modules = {path.relative_to(ROOT).as_posix(): path for path in ROOT.rglob("*.py")}
    literals = {name: strings(path) for name, path in modules.items()}
    listed = {name for name, codes in literals.items() if codes}
    assert listed == {
        "catalogue/causes_of_levels.py", "catalogue/causes_of_scopes.py",
        "catalogue/causes_of_steps.py", "catalogue/causes_of_values.py",
    }  # fmt: skip
    codes = sorted(code for name in listed for code in literals[name])
    assert codes == sorted(CAUSES)


@pytest.mark.parametrize("code", CAUSES)
def test_entries(code: str) -> None:
    spec = CAUSES[code]
    assert spec.code == code
    assert spec.title[0].islower()
    assert spec.detected.endswith(".")
    assert spec.do.endswith(".")
    assert not {*spec.shown} & {*spec.shown_of_many}
    assert spec.mechanical is (code != "drift")
    assert bool(spec.family) is bool(spec.complexity)
    fields = {name for _, name, _, _ in Formatter().parse(spec.together) if name is not None}
    assert fields <= {*spec.origin}


def features() -> list[FeatureContext]:
    others = (
        Feature("coded", "numeric", (Buckets((1.0, 2.0)),)),
        Feature("logged", "numeric", (Logarithm(), ZScore(1.0, 2.0))),
        Feature("bent", "numeric", (PowerTransform("yeo-johnson", 0.3, 1.0, 2.0),)),
    )
    all_features = (*KNOWN.features, *others)
    older = (("old.json", known("fare").features[0]),)
    return [
        FeatureContext(feature, tuple(f for f in all_features if f is not feature), older)
        for feature in all_features
    ]


def test_each_prediction_has_a_family_and_a_sentence() -> None:
    predicted = set()
    for context in features():
        for mechanism in candidates(context):
            predicted.add((mechanism.cause.code, mechanism.variant))
            assert mechanism.cause.family
            text = sentence(cause_of(mechanism, 0.5, 0.99))
            assert " of the rows were served " in text or text.startswith("rows were served ")
            assert "{" not in text
    families = {code for code, spec in CAUSES.items() if spec.family}
    assert {code for code, _ in predicted} == families


def test_families_are_modules_that_predict() -> None:
    for spec in CAUSES.values():
        if spec.family:
            assert callable(import_module(spec.family).candidates)
