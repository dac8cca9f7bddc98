"""Places that look like a side of the features and are none, and records of several kinds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from connect.worlds import known, lines, records, rides, served, skewed

import skewcheck
from skewcheck.text.errors import SkewcheckError, UsageError

RAW = rides(4)
RANDOM = np.random.default_rng(5)
Row = Mapping[str, float]
Write = Callable[[Row, Row], object]


def written(path: Path, write: Write, *, wrong: bool = False) -> Path:
    """Write a record for each row, by what its raw and served values are."""
    pairs = zip(records(RAW), records(served(RAW, wrong=wrong)), strict=True)
    return lines(path / f"{wrong}.jsonl", [write(raw, fed) for raw, fed in pairs])


def swapped(raw: Row, fed: Row) -> tuple[Row, Row]:
    return raw, {**fed, "fare": fed["dist"], "dist": fed["fare"]}


@pytest.mark.parametrize(
    "write",
    [
        lambda raw, fed: {**raw, **{f"{k}_z": v for k, v in fed.items()}},
        lambda raw, fed: {**raw, **{f"f{i}": v for i, v in enumerate(fed.values())}},
        lambda raw, fed: {"features": raw, "x": {str(i): v for i, v in enumerate(fed.values())}},
        lambda raw, fed: {**{f"_{k}": v for k, v in raw.items()},
                          **{f"_num__{k}": v for k, v in fed.items()}},
        lambda raw, fed: {**{f"raw_{k}": v for k, v in raw.items()}, **fed},
        lambda raw, fed: {**{f"{k}_raw": v for k, v in raw.items()}, **fed},
    ],
)  # fmt: skip
def test_names_decide_which_feature_a_served_column_is_of(tmp_path: Path, write: Write) -> None:
    for wrong in (False, True):
        log = written(tmp_path, write, wrong=wrong)
        assert skewed(log) == (int(wrong), "paired", ["fare"] if wrong else [])
    (tmp_path / "swapped").mkdir()
    log = written(tmp_path / "swapped", lambda raw, fed: write(*swapped(raw, fed)))
    assert skewed(log) == (1, "paired", ["fare", "dist"])


def test_a_server_that_leaves_a_feature_as_it_is(tmp_path: Path) -> None:
    log = written(
        tmp_path,
        lambda raw, fed: {**raw, **{f"{k}_z": v for k, v in fed.items()}, "fare_z": raw["fare"]},
    )
    assert skewed(log) == (1, "paired", ["fare"])


def test_values_say_more_than_the_name_of_a_list(tmp_path: Path) -> None:
    for wrong in (False, True):
        log = written(tmp_path, lambda raw, fed: {**raw, "embedding": [*fed.values()]}, wrong=wrong)
        assert skewed(log) == (int(wrong), "paired", ["fare"] if wrong else [])


def test_a_flat_list_of_several_rows_is_refused(tmp_path: Path) -> None:
    pairs = [*zip(records(RAW), records(served(RAW)), strict=True)]
    rows = [
        {"features": [raw for raw, _ in batch], "x": [v for _, fed in batch for v in fed.values()]}
        for batch in (pairs[i : i + 4] for i in range(0, len(pairs), 4))
    ]
    with pytest.raises(UsageError, match="'x' may hold the served values of several rows"):
        skewed(lines(tmp_path / "log.jsonl", rows))


@pytest.mark.parametrize(
    "beside",
    [
        lambda _: {"probabilities": RANDOM.dirichlet(np.ones(3)).tolist()},
        lambda _: {"classes": RANDOM.dirichlet(np.ones(3)).tolist()},
        lambda _: {"embedding": RANDOM.normal(size=3).tolist()},
        lambda _: {"shap_values": RANDOM.normal(size=3).tolist()},
        lambda raw: {"response": {"input": dict(raw), "prediction": 0.3}},
    ],
)
def test_what_is_no_side_of_the_features(
    tmp_path: Path, beside: Callable[[Row], Mapping[str, object]]
) -> None:
    log = written(tmp_path, lambda raw, _: {"features": raw, **beside(raw)})
    assert skewed(log) == (0, "raw", [])
    for wrong in (False, True):
        log = written(
            tmp_path, lambda raw, fed: {"features": raw, **beside(raw), "x": [*fed.values()]},
            wrong=wrong,
        )  # fmt: skip
        assert skewed(log) == (int(wrong), "paired", ["fare"] if wrong else [])


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda raw, _: {"features": raw, "numbers": RANDOM.normal(size=3).tolist()},
         "'numbers' holds as many values as there are features"),
        (lambda *_: {"id": 1, "numbers": RANDOM.uniform(1e5, 1e6, 3).tolist()},
         "'numbers' holds as many values as there are features"),
        (lambda raw, fed: {"parts": [{"of": "raw", "data": raw}, {"of": "x", "scaled": fed}]},
         "have values in different records"),
        (lambda raw, _: {"features": raw, "gains": dict.fromkeys(raw, 0.1)},
         "several places may hold the raw values"),
        (lambda raw, fed: {k: [raw[k], fed[k]] for k in raw}, "hold records or lists"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(tmp_path: Path, write: Write, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        skewed(written(tmp_path, write))


def test_records_of_two_versions_are_refused(tmp_path: Path) -> None:
    pairs = [*zip(records(RAW), records(served(RAW)), strict=True)]
    old: list[object] = [{"features": raw, "x": [*fed.values()]} for raw, fed in pairs]
    new: list[object] = [{"payload": {"inputs": raw}, "scaled": fed} for raw, fed in pairs]
    in_turn = [rows[i] for i in range(len(old)) for rows in (old, new)]
    for name, rows in (("turn", in_turn), ("later", [*old, *new])):
        with pytest.raises(UsageError, match=r"records of several kinds|in different records"):
            skewed(lines(tmp_path / f"{name}.jsonl", rows))


@pytest.mark.parametrize(
    "other",
    [
        {"features": None, "x": None, "error": "timeout"},
        {"features": {"tenure": 3, "plan": "a"}, "x": [0.5, 1.0]},
    ],
)
def test_records_without_a_feature_are_counted_apart(tmp_path: Path, other: object) -> None:
    for wrong in (False, True):
        rows: list[object] = []
        for raw, fed in zip(records(RAW), records(served(RAW, wrong=wrong)), strict=True):
            rows += [other, {"features": raw, "x": [*fed.values()]}]
        log = lines(tmp_path / f"{wrong}.jsonl", rows)
        # Half of the records say nothing of the features: that gates, and is no fault of one.
        assert skewed(log) == (1, "paired", ["fare"] if wrong else [])
        audit = skewcheck.audit(known(), log, thresholds={"coverage": 1.0})
        coverage = audit.coverage
        assert coverage is not None
        assert audit.exit_code == int(wrong)
        assert coverage.audited == 1_000
        assert [(loss.code, loss.rows) for loss in coverage.losses] == [("featureless", 1_000)]


def test_a_model_with_one_feature(tmp_path: Path) -> None:
    train = rides(1, 20_000)[["fare"]]
    parameters = skewcheck.fit(train)
    for wrong in (False, True):
        fed = parameters.transform(RAW[["fare"]])["fare"] / (1.3 if wrong else 1)
        rows = [
            {"fare": raw, "probabilities": [0.3], "prediction": [1.0], "scaled": {"fare": value}}
            for raw, value in zip(RAW["fare"], fed, strict=True)
        ]
        audit = skewcheck.audit(parameters, lines(tmp_path / f"{wrong}.jsonl", rows))
        assert (audit.exit_code, audit.logs.mode) == (int(wrong), "paired")


RIVALS: dict[str, Callable[[Row], object]] = {
    "records": dict,
    "lists": lambda values: [*values.values()],
    "names of training": lambda values: {f"num__{name}": value for name, value in values.items()},
}


@pytest.mark.parametrize("kind", RIVALS)
@pytest.mark.parametrize("other", ["shadow", "expected", "offline_features", "old_version", "a"])
def test_a_right_copy_does_not_stand_for_a_wrong_server(
    tmp_path: Path, kind: str, other: str
) -> None:
    """Beside what the model was fed lie the values of a shadow server, or of training."""
    made, right = RIVALS[kind], records(served(RAW))
    for wrong in (False, True):
        fed = records(served(RAW, wrong=wrong))
        for name in ("model_input", "b"):
            rows = [
                {"raw": r, other: made(s), name: made(f)}
                for r, s, f in zip(records(RAW), right, fed, strict=True)
            ]
            log = lines(tmp_path / f"{name}{wrong}.jsonl", rows)
            if wrong and name == "b":
                with pytest.raises(UsageError, match="several places may hold the served values"):
                    skewed(log)
            else:
                assert skewed(log) == (int(wrong), "paired", ["fare"] if wrong else [])


OTHERS: dict[str, Callable[[Row], dict[str, float]]] = {
    "shap_values": lambda raw: {name: 0.1 * (value - 3) for name, value in raw.items()},
    "explanations": lambda raw: {name: value / 1e3 for name, value in raw.items()},
    "percentiles": lambda raw: {name: value**0.5 for name, value in raw.items()},
    "counterfactual": lambda raw: {name: value + 5 for name, value in raw.items()},
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_follows_the_raw_values_is_no_served_side(tmp_path: Path, name: str) -> None:
    made = OTHERS[name]
    assert skewed(written(tmp_path, lambda raw, _: {"features": raw, name: made(raw)}))[0] != 1
    for wrong in (False, True):
        log = written(
            tmp_path, lambda raw, fed: {"features": raw, name: made(raw), "x": [*fed.values()]},
            wrong=wrong,
        )  # fmt: skip
        assert skewed(log) == (int(wrong), "paired", ["fare"] if wrong else [])
    unnamed = written(tmp_path, lambda raw, _: {"features": raw, "y": made(raw)})
    with pytest.raises(UsageError, match="'y'"):
        skewed(unnamed)
    assert skewed(unnamed, raw="features.{feature}", served="none") == (0, "raw", [])
    assert skewed(unnamed, served="y.{feature}")[:2] == (1, "paired")


IN_LISTS: list[tuple[Write, dict[str, str], dict[str, str]]] = [
    (lambda raw, fed: {"raw": raw, "attempts": [{"x": None}, {"x": fed}]},
     {}, {"raw": "raw.{feature}", "served": "attempts[1].x.{feature}"}),
    (lambda raw, fed: {"raw": raw, "attempts": [{"scaled": None}, {"scaled": fed}]},
     {"raw": "raw.{feature}"}, {"raw": "raw.{feature}", "served": "attempts[1].scaled.{feature}"}),
    (lambda raw, fed: {"history": [RAW.iloc[0].to_dict(), raw], "scaled": fed},
     {}, {"raw": "history[1].{feature}", "served": "scaled.{feature}"}),
    (lambda raw, fed: {"rows": [{"raw": raw, "window": [fed, fed]}]},
     {}, {"raw": "rows[0].raw.{feature}", "served": "rows[0].window[1].{feature}"}),
]  # fmt: skip


@pytest.mark.parametrize(("write", "options", "saying"), IN_LISTS)
def test_one_side_in_a_list_of_several_is_refused(
    tmp_path: Path, write: Write, options: dict[str, str], saying: dict[str, str]
) -> None:
    for wrong in (False, True):
        log = written(tmp_path, write, wrong=wrong)
        with pytest.raises(UsageError, match=r"is a list of several.*say which, as .*\[0\]"):
            skewed(log, **options)
        assert skewed(log, **saying) == (int(wrong), "paired", ["fare"] if wrong else [])


@pytest.mark.parametrize(
    "write",
    [
        lambda raw, fed: {"raw": raw, "inputs": [fed]},
        lambda raw, fed: {"raw": raw, "inputs": [[*fed.values()]]},
        lambda raw, fed: {"user": {"age": raw["age"]}, "items": [
            {**{k: raw[k] for k in ("fare", "dist")}, "scaled": fed}] * 2},
        lambda raw, fed: {"instances": [raw, raw], "scaled": [fed, fed]},
    ],
)  # fmt: skip
def test_lists_that_leave_no_doubt(tmp_path: Path, write: Write) -> None:
    for wrong in (False, True):
        code, _, names = skewed(written(tmp_path, write, wrong=wrong))
        assert (code, names) == (int(wrong), ["fare"] if wrong else [])


@pytest.mark.parametrize("elements", [1, 2, 4])
@pytest.mark.parametrize("as_list", [False, True])
def test_lists_that_cannot_be_paired_are_refused(
    tmp_path: Path, elements: int, as_list: bool
) -> None:
    pairs = [*zip(records(RAW), records(served(RAW, wrong=True)), strict=True)]
    rows = [
        {"instances": [raw for raw, _ in batch],
         "x": [[*fed.values()] if as_list else {f"num__{k}": v for k, v in fed.items()}
               for _, fed in (batch * 2)[:elements]]}
        for batch in (pairs[i : i + 3] for i in range(0, 999, 3))
    ]  # fmt: skip
    with pytest.raises(UsageError):
        skewed(lines(tmp_path / "log.jsonl", rows))


@pytest.mark.parametrize(
    "write",
    [
        lambda raw, fed: f"INFO serve features={dict(raw)!r} X={_wrapped(fed)}",
        lambda raw, fed: f"INFO {_pairs(raw)} X=array([{_wrapped(fed)}])",
        lambda raw, fed: f"INFO {_pairs(raw)}\nINFO X={_wrapped(fed)}",
        lambda raw, fed: f"INFO {_pairs(raw)} x={json.dumps([*fed.values()], indent=1)}",
    ],
)
def test_values_that_go_on_in_the_next_line_are_refused(
    tmp_path: Path, write: Callable[[Row, Row], str]
) -> None:
    """Else their lines are of another kind, and a wrong server has raw values alone."""
    pairs = zip(records(RAW), records(served(RAW, wrong=True)), strict=True)
    with pytest.raises(SkewcheckError):
        skewed(lines(tmp_path / "app.log", [write(raw, fed) for raw, fed in pairs]))


def _wrapped(fed: Row) -> str:
    """Return values as numpy prints a long array."""
    first, *others = map(str, fed.values())
    return f"[ {first}\n  {'  '.join(others)}]"


def _pairs(raw: Row) -> str:
    return " ".join(f"{name}={value}" for name, value in raw.items())
