"""One root cause is told once, and features that changed places are told together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servers import placed

from skewcheck.causes.shared_causes import settled, shared
from skewcheck.reports.words.causes import sentence
from skewcheck.results.causes import Cause, Place

HOST = Place("host", values=("web-7",), distinct=8)
SINCE = 1793502000.0  # 2026-11-01 03:00


def cause(
    code: str = "wrong_parameters", share: float = 0.1, confidence: float = 0.99,
    where: Place | None = None, **parameters: object,
) -> Cause:  # fmt: skip
    return Cause(code, share, confidence, parameters, where)


def told(**features: list[Cause]) -> list[str]:
    return [sentence(root) for root in shared(features, 12)]


def test_wrong_numbers_on_one_host() -> None:
    features = {
        name: [cause(where=HOST, mean=i, share=share)]
        for i, (name, share) in enumerate((("c", 0.125), ("a", 0.124), ("b", 0.119)))
    }
    (root,) = shared(features, 12)
    assert sentence(root) == (
        "3 of 12 features were served with other parameters than training's"
        ", in up to 12.5 % of the rows (all rows of host = web-7, and no others)"
    )
    assert root.features == ("c", "a", "b")
    assert (placed(root), root.share, root.parameters) == ("host = web-7", 0.125, {})


@pytest.mark.parametrize(
    ("a", "b", "together"),
    [
        (cause("step_missing", op="clip"), cause("step_missing", op="clip"), True),
        (cause("step_missing", op="clip"), cause("step_missing", op="log1p"), False),
        (cause("unit_change", factor=60.0), cause("unit_change", factor=60.0), True),
        (cause("unit_change", factor=60.0), cause("unit_change", factor=1000.0), False),
        (cause("precision_loss", dtype="int8"), cause("precision_loss", dtype="int8"), True),
        (cause("precision_loss", dtype="int8"), cause("precision_loss", decimals=2), False),
        (cause("stuck_value", value=1.0), cause("stuck_value", value=7.0), True),
        (cause("wrong_ddof", ddof=0), cause("wrong_ddof", ddof=0), True),
        (cause(where=HOST), cause(where=replace(HOST, values=("web-1",))), False),
        (cause(where=replace(HOST, since=SINCE)), cause(where=replace(HOST, since=SINCE + 60)),
         True),
        (cause(where=replace(HOST, values=("since 2019",))),
         cause(where=replace(HOST, values=("since 2023",))), False),
        (cause(where=replace(HOST, column="file")),
         cause(where=replace(HOST, column=None, kind="file")), False),
        (cause(share=0.1), cause(share=0.5), False),
        (cause(share=0.5), cause(share=0.42), True),
        (cause(where=HOST, share=0.1), cause(where=HOST, share=0.04), True),
        (cause(share=0.001), cause(share=0.02), True),
        (cause("drift"), cause("drift"), False),
        (cause(), cause("wrong_ddof"), False),
    ],
)  # fmt: skip
def test_what_is_one_root(a: Cause, b: Cause, together: bool) -> None:
    assert len(told(a=[a], b=[b])) == together


def test_shares_up_to_all_rows_are_told_in_words() -> None:
    (message,) = told(a=[cause(share=1.0)], b=[cause(share=0.98)])
    assert message.endswith(", in up to all rows")


def test_what_drift_explains_as_well_is_no_root() -> None:
    doubtful = [cause(share=1.0, confidence=0.5), cause("drift", share=1.0, confidence=0.5)]
    assert told(a=doubtful, b=doubtful, c=doubtful) == []


def test_a_pair_and_a_cycle() -> None:
    def swap(feature: str, swapped: str = "values") -> list[Cause]:
        return [cause("swapped_features", feature=feature, swapped=swapped)]

    assert told(a=swap("b"), b=swap("a")) == ["a and b are swapped (values)"]
    assert told(a=swap("b"), b=swap("c"), c=swap("a")) == [
        "a, b and c are swapped in a cycle (values)"
    ]
    assert told(a=swap("b"), b=swap("c"), c=swap("b")) == ["b and c are swapped (values)"]
    assert told(a=swap("b"), b=swap("a", "parameters")) == []
    assert told(a=swap("b"), b=swap("c"), c=[]) == []


def test_siblings_settle_a_tie() -> None:
    stuck, rounded = (
        cause("stuck_value", confidence=0.5), cause("precision_loss", confidence=0.5, decimals=0)
    )  # fmt: skip
    sure = [cause("precision_loss", decimals=0)]
    features = {"a": sure, "b": sure, "c": [stuck, rounded]}
    causes = settled(features)["c"]
    assert [(c.code, c.confidence) for c in causes] == [
        ("precision_loss", 0.9),
        ("stuck_value", 0.1),
    ]
    assert settled({"a": sure, "c": [stuck, rounded]})["c"] == (stuck, rounded)
    both = {**features, "d": [cause("stuck_value")], "e": [cause("stuck_value")]}
    assert settled(both)["c"] == (stuck, rounded)
    assert shared({**features, "c": causes}, 3)[0].features == ("a", "b", "c")
