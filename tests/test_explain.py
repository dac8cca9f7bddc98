import pytest

from skewcheck import causes, explain
from skewcheck import codes as data
from skewcheck.errors import UsageError
from skewcheck.verdict import THRESHOLDS, Verdict

CAUSES = [
    "not_normalized", "normalized_twice", "wrong_parameters", "stale_parameters",
    "recomputed_parameters", "wrong_ddof", "wrong_method", "swapped_features", "step_missing",
    "step_changed", "unit_change", "precision_loss", "stuck_value", "encoding_changed",
    "category_renamed", "drift",
]  # fmt: skip
"""The contract's section 6."""


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


@pytest.mark.parametrize("code", sorted(THRESHOLDS))
def test_thresholds_are_those_in_force(code: str) -> None:
    text = explain.explained(code)
    assert f"{THRESHOLDS[code]:g}" in text
    assert "{" not in text


def test_each_test_says_what_it_means_how_it_is_found_and_what_to_do() -> None:
    for code in explain.codes()["tests"]:
        text = explain.explained(code)
        assert all(part in text for part in ("It means: ", "Detected: ", "What to do: "))


def test_each_cause_is_explained_where_it_is_found() -> None:
    assert set(data.CAUSES) == set(causes.CODES) == set(CAUSES)
    for code, entry in explain.codes()["causes"].items():
        text = " ".join(explain.explained(code).split())
        assert set(entry) == {"title", "detected", "do"}, code
        assert f"Detected: {entry['detected']} What to do: {entry['do']}" in text


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
