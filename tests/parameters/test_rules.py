"""Each rule of the parameter file: one line that names the file, the place and the rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from skewcheck.parameters import load

Tree = dict[str, object]
ZSCORE = '{"op": "zscore", "mean": 1.5, "std": 2}'
NUMERIC = '{"rows": 6, "nulls": 1, "edges": [0, 1], "at": [2, 1], "between": [0, 1, 1], "sums": [0, 0.5, 3]}'  # noqa: E501  # one object, as it stands in a file
LEVELS = '{"rows": 6, "nulls": 1, "counts": {"a": 2, "b": 2}, "other": 1}'


def file(
    step: str = ZSCORE, reference: str = NUMERIC, kind: str = "numeric", more: str = ""
) -> str:
    return (
        '{"skewcheck": {"kind": "parameters", "version": 1}, "features": {"miles": '
        f'{{"type": "{kind}", "steps": [{step}], "reference": {reference}{more}}}}}}}'
    )


def levels(reference: str) -> str:
    return file('{"op": "vocabulary", "values": ["a", "b"]}', reference, "categorical")


def test_the_files_that_the_rules_are_broken_in_are_valid(tmp_path: Path) -> None:
    for content in (file(), levels(LEVELS)):
        (tmp_path / "p.json").write_text(content)
        assert load(tmp_path / "p.json").features[0].reference is not None


@pytest.mark.parametrize(
    ("step", "what"),
    [
        ('{"op": "zscore", "mean": 0, "std": 0}', "std: must be > 0, got 0"),
        ('{"op": "zscore", "mean": 0, "std": -1.5}', "std: must be > 0, got -1.5"),
        ('{"op": "zscore", "mean": 0}', "std: is missing"),
        ('{"op": "zscore", "mean": 0, "std": null}', "std: is missing"),
        ('{"op": "zscore", "mean": true, "std": 1}', "mean: must be a finite number, got true"),
        ('{"op": "zscore", "mean": "0", "std": 1}', 'mean: must be a finite number, got "0"'),
        ('{"op": "zscore", "mean": NaN, "std": 1}', "mean: must be a finite number, got NaN"),
        ('{"op": "maxabs", "scale": 1e999}', "scale: must be a finite number, got Infinity"),
        (
            f'{{"op": "zscore", "mean": {10**400}, "std": 1}}',
            f"mean: must be a finite number, got 1{'0' * 58}…",
        ),
        (
            '{"op": "zscore", "mean": 0, "sd": 1}',
            "sd: no such key; did you mean std?",
        ),
        ('{"op": "maxabs", "scale": 0, "scale": 1}', 'key "scale" stands twice in one object'),
        ('{"mean": 0, "std": 1}', "op: is missing"),
        ('{"op": 3}', "op: must be a string, got 3"),
        ('{"op": "zscor"}', 'op: no op "zscor"; did you mean zscore?'),
        ('"zscore"', 'must be an object, got "zscore"'),
        ('{"op": "minmax", "min": 1, "max": 1}', "max: must be > min, got 1"),
        ('{"op": "minmax", "min": 0, "max": 1, "range": [1]}', "range: must be two numbers"),
        ('{"op": "minmax", "min": 0, "max": 1, "range": [1, 0]}', "range: must ascend"),
        ('{"op": "robust", "center": 0, "scale": 0}', "scale: must be > 0, got 0"),
        ('{"op": "affine", "offset": 0, "scale": 0}', "scale: must not be 0, got 0"),
        ('{"op": "clip"}', "min: is missing, and so is max"),
        ('{"op": "clip", "min": 2, "max": 1}', "max: must be >= min, got 1"),
        ('{"op": "impute", "value": "a"}', "value: must be a number, as the feature is here"),
        ('{"op": "impute", "value": false}', "value: must be a finite number, got false"),
        ('{"op": "buckets", "edges": [1, 1]}', "edges: must be numbers that ascend"),
        ('{"op": "buckets", "edges": []}', "edges: must be numbers that ascend"),
        ('{"op": "buckets", "edges": [1, null]}', "edges[1]: must be a finite number, got null"),
        ('{"op": "buckets", "edges": 3}', "edges: must be an array, got 3"),
        ('{"op": "round", "decimals": 0.5}', "decimals: must be a whole number, got 0.5"),
        ('{"op": "cast", "dtype": 32}', "dtype: must be a string, got 32"),
        (
            '{"op": "vocabulary", "values": ["a"]}',
            "vocabulary takes levels, but the feature is numeric here",
        ),
    ],
)  # fmt: skip
def test_a_step(refusal: Callable[..., str], step: str, what: str) -> None:
    message = refusal(file(f'{{"op": "log1p"}}, {step}'))
    place, _, rest = message.partition(what[:9])
    assert (place.rstrip(": ."), what[:9] + rest) == ("features.miles.steps[1]", what)


def test_the_place_is_written_as_the_contract_has_it(refusal: Callable[..., str]) -> None:
    steps = '{"op": "impute", "value": 0}, {"op": "log1p"}, {"op": "zscore", "mean": 1, "std": 0}'
    message = refusal(f'{{"features": {{"trip_miles": {{"steps": [{steps}]}}}}}}')
    assert message == "features.trip_miles.steps[2].std: must be > 0, got 0"


@pytest.mark.parametrize(
    ("step", "what"),
    [
        ('{"op": "zscore", "mean": 0, "std": 1}',
         ": zscore takes numbers; a vocabulary or onehot must come first"),
        ('{"op": "impute", "value": 1}', ".value: must be a string, as the feature is here"),
        ('{"op": "vocabulary", "values": ["a", 1]}', ".values[1]: must be a string, got 1"),
        ('{"op": "vocabulary", "values": ["a", "a"]}', ".values: must be distinct"),
        ('{"op": "vocabulary", "values": ["a"], "unknown": "b"}',
         '.unknown: must be a finite number, got "b"'),
        ('{"op": "onehot", "values": []}', ".values: must be distinct, and at least one"),
        ('{"op": "onehot", "values": ["a"], "unknown": "b"}',
         '.unknown: must be one of values, got "b"'),
        ('{"op": "onehot", "values": ["a"]}, {"op": "log1p"}',
         ": onehot must be the last step where it makes several columns"),
    ],
)  # fmt: skip
def test_a_step_of_levels(refusal: Callable[..., str], step: str, what: str) -> None:
    assert refusal(file(step, LEVELS, "categorical")) == f"features.miles.steps[0]{what}"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("[0, 1]", "[1, 0]", ".edges[1]: must ascend, but 0 follows 1"),
        ("[0, 1]", "[1, 1]", ".edges[1]: must ascend, but 1 follows 1"),
        ("[0, 1]", "[0, NaN]", ".edges[1]: must be a finite number, got NaN"),
        ("[0, 1]", "[0, true]", ".edges[1]: must be a finite number, got true"),
        ("[0, 1]", '["0", 1]', '.edges[0]: must be a finite number, got "0"'),
        ("[0, 1]", f"[0, {10**400}]", f".edges[1]: must be a finite number, got 1{'0' * 58}…"),
        ("[2, 1]", "[2]", ".at: must have 2 numbers for 2 edges, has 1"),
        ("[2, 1]", "[2, -1]", ".at[1]: must be a whole number of at least 0, got -1"),
        ("[2, 1]", "[2, 1.0]", ".at[1]: must be a whole number of at least 0, got 1.0"),
        ("[2, 1]", "[2, false]", ".at[1]: must be a whole number of at least 0, got false"),
        ("[2, 1]", f"[2, {10**400}]",
         f".at[1]: must be at most 1,000,000,000,000,000, got 1{'0' * 58}…"),
        ("[2, 1]", f"[{2**62}, {2**62}]",
         f".at[0]: must be at most 1,000,000,000,000,000, got {2**62}"),
        ("[0, 1, 1]", "[0, 1]", ".between: must have 3 numbers for 2 edges, has 2"),
        ("[0, 0.5, 3]", "[0]", ".sums: must have 3 numbers for 2 edges, has 1"),
        ("[0, 1, 1]", "[0, 1, 2]",
         ": at and between add up to 6, but rows - nulls - nonfinite is 5"),
        ('"rows": 6', '"rows": "6"', '.rows: must be a whole number of at least 0, got "6"'),
        ('"rows": 6', '"rows": 6.0', ".rows: must be a whole number of at least 0, got 6.0"),
        ('"rows": 6', '"row": 6', ".row: no such key; did you mean rows?"),
        ('"rows": 6', '"rows": 6, "std": -1', ".std: must be >= 0, got -1"),
        ('"rows": 6', '"rows": 6, "step": 0', ".step: must be > 0, got 0"),
        ('"rows": 6', '"rows": 6, "step_share": 1.5', ".step_share: must be from 0 to 1, got 1.5"),
        ('"rows": 6', '"rows": 6, "min": 2, "max": 1', ".max: must be at least min, got 1"),
        ('"rows": 6', '"rows": 6, "rows": 6', ': key "rows" stands twice in one object'),
    ],
)  # fmt: skip
def test_a_numeric_reference(refusal: Callable[..., str], old: str, new: str, what: str) -> None:
    assert refusal(file(reference=NUMERIC.replace(old, new))) == f"features.miles.reference{what}"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"other": 1', '"other": 2', ": counts and other add up to 6, but rows - nulls is 5"),
        ('"nulls": 1', '"nulls": 7', ": nulls are more than rows"),
        ('"b": 2', '"b": -2', ".counts.b: must be a whole number of at least 0, got -2"),
        ('"b": 2', '"a": 2', '.counts: key "a" stands twice in one object'),
        ('{"a": 2, "b": 2}', "[2, 2]", ".counts: must be an object, got an array"),
        ('"other"', '"edges"',
         ".edges: no such key; known are rows, nulls, counts, other, partial"),
    ],
)  # fmt: skip
def test_a_categorical_reference(
    refusal: Callable[..., str], old: str, new: str, what: str
) -> None:
    assert refusal(levels(LEVELS.replace(old, new))) == f"features.miles.reference{what}"


def test_at_most_10000_levels(refusal: Callable[..., str]) -> None:
    many = {"rows": 10_001, "counts": {str(i): 1 for i in range(10_001)}}
    message = refusal(levels(json.dumps(many)))
    assert message == "features.miles.reference.counts: has 10001 levels; 10000 are allowed"


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (', "rolle": "label"', "rolle: no such key; did you mean role?"),
        (', "role": "target"', 'role: must be feature, prediction or label, got "target"'),
        (', "importance": "high"', 'importance: must be a finite number, got "high"'),
        (', "type": "text"', 'key "type" stands twice in one object'),
    ],
)
def test_a_feature(refusal: Callable[..., str], more: str, what: str) -> None:
    message = refusal(file(more=more))
    assert message == f"features.miles{': ' if what.startswith('key') else '.'}{what}"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"version": 1', '"version": 2',
         "skewcheck.version: is 2, newer than this skewcheck reads (1); upgrade skewcheck"),
        ('"version": 1}', '"version": 2}, "new": []',
         "skewcheck.version: is 2, newer than this skewcheck reads (1); upgrade skewcheck"),
        ('"version": 1', '"version": 0', "skewcheck.version: must be a version, 1 or more, got 0"),
        ('"version": 1', '"version": true',
         "skewcheck.version: must be a whole number of at least 0, got true"),
        (', "version": 1', "", "skewcheck.version: is missing"),
        ('"parameters"', '"report"', 'skewcheck.kind: must be "parameters", got "report"'),
        ('"features"', '"modle": {}, "features"', "modle: no such key; did you mean model?"),
        ('"features"', '"model": [], "features"', "model: must be an object, got an array"),
        ('"features"', '"model": {"owner": NaN}, "features"',
         "model.owner: must be a finite number, got NaN"),
        ('"features"', '"x-a": [1e999], "features"',
         "x-a[0]: must be a finite number, got Infinity"),
        ('"features"', '"fingerprint": 3, "features"', "fingerprint: must be a string, got 3"),
        ('"features"', '"features": {}, "features"', 'key "features" stands twice in one object'),
        ('"type": "numeric"', '"type": "text"',
         'features.miles.type: must be numeric or categorical, got "text"'),
        ('"steps"', '"x-steps"', "features.miles.steps: is missing"),
    ],
)  # fmt: skip
def test_the_file(refusal: Callable[..., str], old: str, new: str, what: str) -> None:
    assert refusal(file().replace(old, new, 1)) == what


@pytest.mark.parametrize(
    ("error", "what"),
    [
        ("3", ": must be an object, got 3"),
        ('{"value": 0.3}', ".metric: is missing"),
        ('{"metric": "mae"}', ".value: is missing"),
        ('{"metric": "auc", "value": 0.3}',
         '.metric: must be one of error_rate, log_loss, brier, rmse, mae, got "auc"'),
        ('{"metric": "mae", "value": 0}',
         ".value: must be > 0: it is what a relative worsening is of, got 0"),
        ('{"metric": "error_rate", "value": 4.1}',
         ".value: must be a share of at most 1, got 4.1"),
        ('{"metric": "mae", "value": 1, "rows": 0}', ".rows: must be at least 1, got 0"),
        ('{"metric": "mae", "value": 1, "std": -1}', ".std: must be at least 0, got -1"),
        ('{"metric": "mae", "value": 1, "row": 9}', ".row: no such key; did you mean rows?"),
        ('{"metric": "mae", "value": 1, "positive": 1}', ".positive: must be a string, got 1"),
    ],
)  # fmt: skip
def test_the_error_of_the_model(refusal: Callable[..., str], error: str, what: str) -> None:
    text = file().replace('"features"', f'"model": {{"error": {error}}}, "features"', 1)
    assert refusal(text) == f"model.error{what}"


def test_one_feature_without_steps_is_named(refusal: Callable[..., str]) -> None:
    message = refusal('{"features": {"a": {"steps": []}, "b": {"setps": []}}}')
    assert message == "features.b.setps: no such key; did you mean steps?"
