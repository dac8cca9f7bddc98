import re
from pathlib import Path

import pytest

from skewcheck.catalogue import codes as data
from skewcheck.catalogue.tests import thresholds
from skewcheck.reports import explain
from skewcheck.results.verdicts import Verdict
from skewcheck.text.errors import UsageError

_WARNED = re.compile(r'(?:ParameterWarning|\.warn)\(\s*"(\w+)"')

CAUSES = [
    "not_normalized", "normalized_twice", "wrong_parameters", "stale_parameters",
    "recomputed_parameters", "wrong_ddof", "epsilon_changed", "wrong_method", "swapped_features",
    "step_missing", "step_changed", "unit_change", "time_shift", "value_mapped",
    "precision_loss", "stuck_value", "encoding_changed", "category_renamed", "wrong_group",
    "global_parameters", "scope_changed", "drift",
]  # fmt: skip
"""The contract's section 6, and those of a function of the raw value."""


def test_every_code_is_listed_and_explained() -> None:
    codes = explain.codes()
    assert list(codes["causes"]) == CAUSES
    assert set(codes["verdicts"]) == {verdict.value for verdict in Verdict}
    assert list(codes["exits"]) == ["0", "1", "2", "3"]
    overview = explain.overview()
    for entries in codes.values():
        for code in entries:
            assert f"\n  {code} " in overview
            assert explain.explained(code).startswith(f"{code} (")


@pytest.mark.parametrize("code", sorted(thresholds()))
def test_thresholds_are_those_in_force(code: str) -> None:
    text = explain.explained(code)
    assert f"{thresholds()[code]:g}" in text
    assert "{" not in text


def test_each_test_says_what_it_means_how_it_is_found_and_what_to_do() -> None:
    for code in explain.codes()["tests"]:
        text = explain.explained(code)
        assert all(part in text for part in ("It means: ", "Detected: ", "What to do: "))


def test_each_cause_is_explained_where_it_is_found() -> None:
    assert list(data.CAUSES) == CAUSES
    for code, entry in explain.codes()["causes"].items():
        text = " ".join(explain.explained(code).split())
        assert set(entry) == {"title", "detected", "do"}, code
        assert f"Detected: {entry['detected']} What to do: {entry['do']}" in text


def test_each_variant_of_a_cause_is_told_as_reports_tell_it() -> None:
    for code, spec in data.CAUSES.items():
        text = " ".join(explain.explained(code).split())
        for done, phrases in (("served", spec.phrases), ("logged", spec.logged)):
            for variant, phrase in phrases.items():
                words = [part.strip() for part in re.split(r"\{.*?\}", phrase) if part.strip()]
                assert words, (code, variant)
                assert f"were {done} {words[0]}" in text or phrase.startswith("{")
                assert all(part in text for part in words), (code, variant)
        assert "{" not in text


def test_the_faults_that_inject_writes_are_listed_with_their_settings() -> None:
    text = " ".join(explain.injectable().split())
    assert max(map(len, explain.injectable(60).splitlines())) <= 60
    for code, spec in data.CAUSES.items():
        assert f" {code} {spec.injected}".rstrip() in text
        assert spec.injected in " ".join(explain.explained(code).split())


WARNINGS = [
    "refitted", "other_training_file", "order", "ddof", "quantiles", "min_is_offset",
    "not_numbers", "nearly_null", "identifier", "opposite_codes", "unnamed", "constant",
]  # fmt: skip


def test_each_warning_of_a_parameter_file_is_explained() -> None:
    entries = explain.codes()["warnings"]
    assert list(entries) == WARNINGS
    assert all(set(entry) == {"title", "means", "detected", "do"} for entry in entries.values())
    sources = Path(explain.__file__).parent.rglob("*.py")
    told = {code for file in sources for code in _WARNED.findall(file.read_text("utf-8"))}
    assert told <= {*WARNINGS}


def test_a_code_of_two_groups_is_explained_as_both() -> None:
    text = explain.explained("constant")
    assert text.startswith("constant (test): one value")
    assert "\n\nconstant (warning): training had a single value" in text


def test_width() -> None:
    assert max(map(len, explain.overview(60).splitlines())) <= 60
    assert max(map(len, explain.explained("parity", 60).splitlines())) <= 60


@pytest.mark.parametrize(
    ("code", "words"),
    [("kss", r"did you mean ks\?"), ("zzz", "lists all codes"), ("", "lists all")],
)
def test_unknown_codes(code: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        explain.explained(code)
