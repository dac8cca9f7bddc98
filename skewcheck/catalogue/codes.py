"""What a code means, how it is detected and what to do, as data.

Those of tests and causes stand in their entries, all others in explain.toml.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from importlib import resources

from skewcheck.catalogue.cause_spec import CauseSpec
from skewcheck.catalogue.causes import CAUSES
from skewcheck.catalogue.spec import TestSpec
from skewcheck.catalogue.tests import TESTS


def codes() -> dict[str, dict[str, Mapping[str, str]]]:
    """Return the texts by group (`tests`, `verdicts`, `exits`, `warnings`, `causes`) and code."""
    text = resources.files("skewcheck.catalogue").joinpath("explain.toml").read_text("utf-8")
    others: dict[str, dict[str, Mapping[str, str]]] = tomllib.loads(text)
    tests = {code: _test(spec) for code, spec in TESTS.items()}
    causes = {code: _cause(spec) for code, spec in CAUSES.items()}
    return {"tests": tests, **others, "causes": causes}


def _test(spec: TestSpec) -> Mapping[str, str]:
    """Return the texts of a test with its threshold in them."""
    threshold = "" if spec.threshold is None else f"{spec.threshold:g}"
    return {key: text.replace("{threshold}", threshold) for key, text in asdict(spec.texts).items()}


def _cause(spec: CauseSpec) -> Mapping[str, str]:
    return {"title": spec.title, "detected": spec.detected, "do": spec.do}
