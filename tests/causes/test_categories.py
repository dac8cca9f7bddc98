"""Levels spelt otherwise, codes that mean something else."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from servers import first

import skewcheck
from skewcheck import Audit, Parameters
from skewcheck.causes.encoding import named
from skewcheck.causes.renaming import mapping
from skewcheck.features import Feature
from skewcheck.steps import OneHot

SHARES = {"Voucher": 0.5, "Credit Card": 0.25, "No Charge": 0.12, "Dispute": 0.08, "Ärger": 0.05}
CODES = {level: float(i) for i, level in enumerate(SHARES)}
"""By frequency, as `fit` gives them."""


def draw(shares: dict[str, float], rows: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [str(x) for x in rng.choice(list(shares), rows, p=list(shares.values()))]


def fitted(shares: dict[str, float], **options: object) -> Parameters:
    return skewcheck.fit(pa.table({"x": draw(shares, 8000, 1)}), categorical=["x"], **options)


KNOWN = fitted(SHARES)
LOG = draw(SHARES, 3000, 2)


def test_the_codes_are_by_frequency() -> None:
    assert [KNOWN.features[0].steps[0].values] == [tuple(SHARES)]


SPELLINGS: dict[str, tuple[Callable[[str], str], str]] = {
    "lower case": (str.lower, "case differs"),
    "blanks around": (lambda x: f" {x} ", "white space differs"),
    "a blank behind": (lambda x: f"{x} ", "white space differs"),
    "decomposed": (lambda x: unicodedata.normalize("NFD", x), "Unicode form differs (NFD for NFC)"),
    "prefix": (lambda x: f"pay_{x}", "a prefix was added"),
    "suffix": (lambda x: f"{x}_v2", "a suffix was added"),
    "a mark of the byte order": (lambda x: f"\ufeff{x}", "invisible characters differ"),
    "full width": (
        lambda x: "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalpha() else c for c in x),
        "width or form of characters differs",
    ),
    "underscores": (lambda x: x.replace(" ", "_"), "punctuation differs"),
}


@pytest.mark.parametrize("how", SPELLINGS)
def test_renamed(how: str) -> None:
    spell, told = SPELLINGS[how]
    cause = first(skewcheck.audit(KNOWN, pa.table({"x": [spell(x) for x in LOG]})), "x")
    assert cause.code == "category_renamed"
    assert cause.parameters["mapping"] == {spell(x): x for x in SHARES if spell(x) != x}
    assert cause.share == pytest.approx(np.mean([spell(x) != x for x in LOG]))
    assert cause.confidence == 0.9
    assert told in cause.message


@pytest.mark.parametrize(
    ("train", "log"),
    [
        # Where all levels are numbers, 1 and 1.0 are one: pandas writes integers beside nulls so.
        ({"1": 0.5, "2": 0.3, "none": 0.2}, {"1.0": 0.5, "2.0": 0.3, "none": 0.2}),
        ({"1.0": 0.5, "2.0": 0.3, "none": 0.2}, {"1": 0.5, "2": 0.3, "none": 0.2}),
        ({"True": 0.7, "False": 0.3}, {"1": 0.7, "0": 0.3}),
        ({"1": 0.7, "0": 0.3}, {"True": 0.7, "False": 0.3}),
        ({"true": 0.7, "false": 0.3}, {"yes": 0.7, "no": 0.3}),
        ({"pay_a": 0.7, "pay_b": 0.3}, {"a": 0.7, "b": 0.3}),
    ],
)
def test_numbers_truth_and_bare_names(train: dict[str, float], log: dict[str, float]) -> None:
    audit = skewcheck.audit(fitted(train), pa.table({"x": draw(log, 2000, 3)}))
    cause = first(audit, "x")
    assert cause.code == "category_renamed"
    renamed = {new: old for new, old in zip(log, train, strict=True) if new != old}
    assert cause.parameters["mapping"] == renamed


def test_a_level_that_is_new_is_no_other_name() -> None:
    log = ["Krypto" if x == "Voucher" else x for x in LOG]
    assert first(skewcheck.audit(KNOWN, pa.table({"x": log})), "x").code == "drift"
    assert mapping({"Krypto": 5, "Voucher": 5}, list(SHARES)) is None
    assert mapping({"Vouchers": 5}, list(SHARES)) is None  # one that begins like another is chance


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
    codes, told = ORDERS[order]
    cause = first(paired([codes[x] for x in LOG]), "x")
    assert cause.code == "encoding_changed"
    assert cause.parameters["mapping"] == {x: c for x, c in codes.items() if c != CODES[x]}
    assert cause.share == pytest.approx(np.mean([codes[x] != CODES[x] for x in LOG]))
    assert cause.confidence == 0.99
    assert told in cause.message


@pytest.mark.parametrize("order", ORDERS)
def test_other_codes_served_only(order: str) -> None:
    codes, told = ORDERS[order]
    cause = first(served_only([codes[x] for x in LOG]), "x")
    assert cause.code == "encoding_changed"
    assert cause.confidence == 0.9
    if "shifted" in told:
        assert told in cause.message
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
    for codes, told in (
        ({"a": 1.0, "b": 0.0}, None),
        ({}, None),
        ({"zebra": 7.0}, None),
        ({"zebra": 7.0, "gnu": 7.0}, "another code for unknown levels"),
        ({"a": -1.0, "b": -1.0}, "the code for unknown levels"),
        ({"a": 1.0, "b": 2.0, "c": 3.0}, "codes in alphabetical order, from 1"),
        ({"a": 2.0, "b": 0.0, "c": 0.0}, "codes mixed up"),
    ):
        assert named(codes, vocabulary, -1.0) == told


def test_abbreviations_are_told_beside_drift() -> None:
    short = {"Voucher": "VCHR", "Credit Card": "CC", "No Charge": "No Chrg", "Dispute": "Disp"}
    cause, rival = (
        skewcheck.audit(KNOWN, pa.table({"x": [short.get(x, x) for x in LOG]})).features[0].causes
    )
    assert (cause.code, cause.confidence) == ("category_renamed", 0.5)
    assert cause.parameters["mapping"] == {new: old for old, new in short.items()}
    assert "may have been logged under other names" in cause.message
    assert rival.code == "drift"


@pytest.mark.parametrize(
    "other",
    [
        {"Voucher": "Vchr", "Credit Card": "Kto"},  # one has other letters
        {"Voucher": "Credt", "Credit Card": "Vouch"},  # letters fit, shares do not
        {"Voucher": "Vchr", "Credit Card": "Voucher"},  # one has not vanished
    ],
)
def test_new_levels_that_only_half_fit_are_drift(other: dict[str, str]) -> None:
    audit = skewcheck.audit(KNOWN, pa.table({"x": [other.get(x, x) for x in LOG]}))
    assert [c.code for c in audit.features[0].causes] == ["drift"]


def test_one_host_that_spells_otherwise() -> None:
    bad = np.random.default_rng(8).random(3000) < 0.125
    log = [x.upper() if b else x for x, b in zip(LOG, bad, strict=True)]
    paired = pa.table({"x": log, "x_norm": [CODES.get(x, -1.0) for x in log]})
    for audit in (
        skewcheck.audit(KNOWN, pa.table({"x": log})),
        skewcheck.audit(KNOWN, paired, served="{feature}_norm"),
    ):
        cause = first(audit, "x")
        assert cause.code == "category_renamed"
        assert cause.share == pytest.approx(bad.mean())
        assert "of the rows were logged under other names: case differs" in cause.message


def test_more_names_than_are_kept() -> None:
    many = {f"Zone {i}": 1 / 200 for i in range(200)}
    log = [x.upper() for x in draw(many, 3000, 9)]
    cause = first(skewcheck.audit(fitted(many), pa.table({"x": log})), "x")
    assert (cause.code, cause.share) == ("category_renamed", 1.0)


def test_numbers_are_one_level_however_they_are_written() -> None:
    known = fitted({"1": 0.5, "2": 0.3, "3": 0.2})
    log = [f"{x}.0" for x in draw({"1": 0.5, "2": 0.3, "3": 0.2}, 2000, 3)]
    assert skewcheck.audit(known, pa.table({"x": log})).verdict == "ok"


HOST = np.random.default_rng(7).integers(0, 8, 3000)


def on_one_host(fault: dict[str, float]) -> Audit:
    codes = [fault[x] if h == 3 else CODES[x] for x, h in zip(LOG, HOST, strict=True)]
    log = pa.table({"x": LOG, "x_norm": codes, "host": [f"web-{h}" for h in HOST]})
    return skewcheck.audit(KNOWN, log, served="{feature}_norm")


@pytest.mark.parametrize("order", [*ORDERS, "unknown"])
def test_one_host_with_other_codes(order: str) -> None:
    codes, told = ORDERS.get(order, (dict.fromkeys(SHARES, -1.0), "the code for unknown levels"))
    cause = first(on_one_host(codes), "x")
    wrong = [h == 3 and codes[x] != CODES[x] for x, h in zip(LOG, HOST, strict=True)]
    assert (cause.code, cause.where) == ("encoding_changed", "host = web-3")
    assert cause.share == pytest.approx(np.mean(wrong))
    assert told in cause.message


def test_a_fifth_of_the_codes_shifted_served_only() -> None:
    bad = np.random.default_rng(4).random(3000) < 0.2
    cause, rival = (
        served_only([CODES[x] + b for x, b in zip(LOG, bad, strict=True)]).features[0].causes
    )
    assert (cause.code, cause.confidence, rival.code) == ("encoding_changed", 0.5, "drift")
    assert cause.share == pytest.approx(0.2, abs=0.04)


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
    for order, told in ((ORDER, "permuted"), (tuple(sorted(SHARES)), "alphabetical order")):
        wrong = hot(LOG, order)
        columns = {f"{name}_norm": values for name, values in wrong.items()}
        beside = skewcheck.audit(HOT, pa.table({"x": LOG, **columns}), served="{feature}_norm")
        alone = skewcheck.audit(HOT, pa.table(wrong), served="{feature}")
        expected = {x: float(i) for i, x in enumerate(order) if CODES[x] != i}
        assert first(beside, "x").parameters["mapping"] == expected
        for audit in (beside, alone):
            assert first(audit, "x").code == "encoding_changed"
            assert told in first(audit, "x").message
    right = {f"{name}_norm": values for name, values in hot(LOG, tuple(SHARES)).items()}
    audit = skewcheck.audit(HOT, pa.table({"x": LOG, **right}), served="{feature}_norm")
    assert audit.verdict == "ok"
