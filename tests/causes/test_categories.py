"""Codes that mean something else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from levels import CODES, KNOWN, LOG, SHARES, draw, fitted
from servers import first, placed

import skewcheck
from skewcheck import Audit, Parameters
from skewcheck.causes.encoding import describe_recoding
from skewcheck.features.steps import MinMax, OneHot, Vocabulary
from skewcheck.features.types import Feature
from skewcheck.reports.words.causes import sentence


def test_the_codes_are_by_frequency() -> None:
    assert [KNOWN.features[0].steps[0].values] == [tuple(SHARES)]


ORDERS: dict[str, tuple[dict[str, float], str]] = {
    "from 1": ({x: c + 1 for x, c in CODES.items()}, "codes shifted by +1"),
    "from -1": ({x: c - 1 for x, c in CODES.items()}, "codes shifted by -1"),
    "alphabetical": ({x: float(i) for i, x in enumerate(sorted(SHARES))}, "alphabetical order"),
    "reverse": ({x: 4 - c for x, c in CODES.items()}, "reverse order"),
    "permuted": ({x: (2 * c + 1) % 5 for x, c in CODES.items()}, "codes permuted"),
}


def paired(codes: list[float]) -> Audit:
    return skewcheck.audit(KNOWN, pa.table({"x": LOG, "x_norm": codes}), served="{feature}_norm")


def served_only(codes: list[float]) -> Audit:
    return skewcheck.audit(KNOWN, pa.table({"x": codes}), served="{feature}")


@pytest.mark.parametrize("order", ORDERS)
def test_other_codes_paired(order: str) -> None:
    codes, phrase = ORDERS[order]
    cause = first(paired([codes[x] for x in LOG]), "x")
    assert cause.code == "encoding_changed"
    assert cause.parameters["mapping"] == {x: c for x, c in codes.items() if c != CODES[x]}
    assert cause.share == pytest.approx(np.mean([codes[x] != CODES[x] for x in LOG]))
    assert cause.confidence == 0.99
    assert phrase in sentence(cause)


@pytest.mark.parametrize("order", ORDERS)
def test_other_codes_served_only(order: str) -> None:
    codes, phrase = ORDERS[order]
    cause = first(served_only([codes[x] for x in LOG]), "x")
    assert cause.code == "encoding_changed"
    assert cause.confidence == 0.9
    if "shifted" in phrase:
        assert phrase in sentence(cause)
    else:
        expected = {f"{CODES[x]:g}": codes[x] for x in SHARES}
        assert cause.parameters["mapping"] == expected


def test_a_tenth_of_the_rows_shifted() -> None:
    bad = np.random.default_rng(4).random(3000) < 0.1
    cause = first(paired([CODES[x] + b for x, b in zip(LOG, bad, strict=True)]), "x")
    assert cause.code == "encoding_changed"
    assert cause.share == pytest.approx(bad.mean())


def test_one_code_for_all() -> None:
    for audit in (paired([1.0] * 3000), served_only([1.0] * 3000)):
        cause = first(audit, "x")
        assert cause.code == "stuck_value"
        assert cause.parameters == {"value": 1.0}


def test_right_codes_have_no_cause() -> None:
    for audit in (paired([CODES[x] for x in LOG]), served_only([CODES[x] for x in LOG])):
        assert audit.verdict == "ok"
        assert not audit.features[0].causes


def test_two_levels_that_change_places_are_drift_as_likely_as_not() -> None:
    parameters = fitted({"a": 0.6, "b": 0.4})
    log = [float(x == "a") for x in draw({"a": 0.6, "b": 0.4}, 3000, 5)]
    audit = skewcheck.audit(parameters, pa.table({"x": log}), served="{feature}")
    assert [c.code for c in audit.features[0].causes] == ["drift"]


def test_other_shares_are_drift() -> None:
    moved = dict(zip(SHARES, (0.3, 0.25, 0.2, 0.15, 0.1), strict=True))
    log = draw(moved, 3000, 6)
    for audit in (
        skewcheck.audit(KNOWN, pa.table({"x": log})),
        served_only([CODES[x] for x in log]),
    ):
        assert [c.code for c in audit.features[0].causes] == ["drift"]


def test_names_of_orders() -> None:
    vocabulary = ["b", "a", "c"]
    for codes, variant in (
        ({"a": 1.0, "b": 0.0}, None),
        ({}, None),
        ({"zebra": 7.0}, None),
        ({"zebra": 7.0, "gnu": 7.0}, ("other_unknown", {})),
        ({"a": -1.0, "b": -1.0}, ("unknown", {})),
        ({"a": 1.0, "b": 2.0, "c": 3.0}, ("alphabetical_from_1", {})),
        ({"b": 2.0, "a": 3.0}, ("shifted", {"shift": 2.0})),
        ({"a": 2.0, "b": 0.0, "c": 0.0}, ("mixed", {})),
    ):
        assert describe_recoding(codes, vocabulary, -1.0) == variant


HOST = np.random.default_rng(7).integers(0, 8, 3000)


def on_one_host(fault: dict[str, float]) -> Audit:
    codes = [fault[x] if h == 3 else CODES[x] for x, h in zip(LOG, HOST, strict=True)]
    log = pa.table({"x": LOG, "x_norm": codes, "host": [f"web-{h}" for h in HOST]})
    return skewcheck.audit(KNOWN, log, served="{feature}_norm")


@pytest.mark.parametrize("order", [*ORDERS, "unknown"])
def test_one_host_with_other_codes(order: str) -> None:
    codes, phrase = ORDERS.get(order, (dict.fromkeys(SHARES, -1.0), "the code for unknown levels"))
    cause = first(on_one_host(codes), "x")
    wrong = [h == 3 and codes[x] != CODES[x] for x, h in zip(LOG, HOST, strict=True)]
    assert (cause.code, placed(cause)) == ("encoding_changed", "host = web-3")
    assert cause.share == pytest.approx(np.mean(wrong))
    assert phrase in sentence(cause)


def test_a_fifth_of_the_codes_shifted_served_only() -> None:
    bad = np.random.default_rng(4).random(3000) < 0.2
    (cause,) = served_only([CODES[x] + b for x, b in zip(LOG, bad, strict=True)]).features[0].causes
    # No right server gives a code beyond the vocabulary.
    assert (cause.code, cause.confidence) == ("encoding_changed", 0.9)
    assert cause.share == pytest.approx(0.2, abs=0.04)


def test_codes_of_one_host_shifted_served_only() -> None:
    rng = np.random.default_rng(5)
    host = np.array([f"web-{i}" for i in rng.integers(0, 8, len(LOG))])
    codes = [CODES[x] + (h == "web-3") for x, h in zip(LOG, host, strict=True)]
    audit = skewcheck.audit(KNOWN, pa.table({"x": codes, "host": host}), served="{feature}")
    cause = first(audit, "x")
    assert (cause.code, placed(cause)) == ("encoding_changed", "host = web-3")
    assert cause.parameters == {"mapping": {"shift": 1}}


@pytest.mark.parametrize("wrong", ["rows", "codes"])
def test_codes_of_other_rows_are_no_other_codes(wrong: str) -> None:
    rng = np.random.default_rng(6)
    right = np.array([CODES[x] for x in LOG])
    bad = np.flatnonzero(rng.random(len(LOG)) < 0.3)
    served = right.copy()
    served[bad] = rng.permutation(right[bad]) if wrong == "rows" else (right[bad] + 1) % 5
    cause = first(paired(list(served)), "x")
    if wrong == "rows":
        assert (cause.code, cause.parameters) == ("swapped_features", {"swapped": "rows"})
    else:
        assert (cause.code, cause.confidence) == ("encoding_changed", 0.99)


def test_four_shares_that_changed_places_may_be_drift() -> None:
    parameters = fitted({"a": 0.5, "b": 0.3, "c": 0.15, "d": 0.05})
    counts = np.array([0.05, 0.15, 0.3, 0.5])
    codes = np.random.default_rng(2).choice(4, 2000, p=counts).astype(float)
    audit = skewcheck.audit(parameters, pa.table({"x": codes}), served="{feature}")
    cause, rival = audit.features[0].causes
    assert (cause.code, cause.confidence, rival.code) == ("encoding_changed", 0.5, "drift")


HOT = Parameters(
    (Feature("x", "categorical", (OneHot(tuple(SHARES)),), reference=KNOWN.features[0].reference),),
    "",
)
ORDER = ("Dispute", "Voucher", "Ärger", "Credit Card", "No Charge")


def hot(names: list[str], order: tuple[str, ...]) -> dict[str, list[float]]:
    """Return what a server writes whose columns stand in that order under training's names."""
    return {
        f"x_{column}": [float(x == level) for x in names]
        for column, level in zip(SHARES, order, strict=True)
    }


def test_onehot_columns_in_another_order() -> None:
    for order, phrase in ((ORDER, "permuted"), (tuple(sorted(SHARES)), "alphabetical order")):
        wrong = hot(LOG, order)
        columns = {f"{name}_norm": values for name, values in wrong.items()}
        beside = skewcheck.audit(HOT, pa.table({"x": LOG, **columns}), served="{feature}_norm")
        alone = skewcheck.audit(HOT, pa.table(wrong), served="{feature}")
        expected = {x: float(i) for i, x in enumerate(order) if CODES[x] != i}
        assert first(beside, "x").parameters["mapping"] == expected
        for audit in (beside, alone):
            assert first(audit, "x").code == "encoding_changed"
            assert phrase in sentence(first(audit, "x"))
    right = {f"{name}_norm": values for name, values in hot(LOG, tuple(SHARES)).items()}
    audit = skewcheck.audit(HOT, pa.table({"x": LOG, **right}), served="{feature}_norm")
    assert audit.verdict == "ok"


def test_two_levels_that_are_served_as_one_code() -> None:
    parameters = fitted({"a": 0.6, "b": 0.4})
    log = draw({"a": 0.6, "b": 0.4}, 2000, 5)
    for code in (0.0, 1.0):
        table = pa.table({"x": log, "x_norm": [code] * 2000})
        cause = first(skewcheck.audit(parameters, table, served="{feature}_norm"), "x")
        assert (cause.code, cause.parameters) == ("stuck_value", {"value": code})


def test_the_codes_of_an_older_vocabulary(tmp_path: Path) -> None:
    older = tuple(reversed(SHARES))
    file = str(tmp_path / "older.json")
    skewcheck.save(Parameters((Feature("x", "categorical", (Vocabulary(older),)),), ""), file)
    log = pa.table({"x": LOG, "x_norm": [float(older.index(x)) for x in LOG]})
    audit = skewcheck.audit(KNOWN, log, served="{feature}_norm", history=file)
    cause = first(audit, "x")
    assert cause.code == "stale_parameters"
    assert str(cause.parameters["file"]).endswith("older.json")


def test_codes_that_are_scaled_afterwards() -> None:
    steps = (Vocabulary(tuple(SHARES)), MinMax(0, 4))
    feature = Feature("x", "categorical", steps, reference=KNOWN.features[0].reference)
    log = pa.table({"x": LOG, "x_norm": [(CODES[x] + 1) / 4 for x in LOG]})
    audit = skewcheck.audit(Parameters((feature,), ""), log, served="{feature}_norm")
    assert "codes shifted by +1" in sentence(first(audit, "x"))


def test_other_shares_are_no_sure_cause() -> None:
    rng = np.random.default_rng(11)
    for seed in range(100):
        moved = dict(zip(SHARES, rng.dirichlet(40 * np.array(list(SHARES.values()))), strict=True))
        log = draw(moved, 2000, seed)
        for audit in (
            skewcheck.audit(KNOWN, pa.table({"x": log})),
            served_only([CODES[x] for x in log]),
        ):
            sure = [c for c in audit.features[0].causes if c.confidence > 0.5]
            assert {c.code for c in sure} <= {"drift"}
