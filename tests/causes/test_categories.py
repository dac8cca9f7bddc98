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
    "decomposed": (lambda x: unicodedata.normalize("NFD", x), "Unicode form differs"),
    "prefix": (lambda x: f"pay_{x}", "a prefix was added"),
    "suffix": (lambda x: f"{x}_v2", "a suffix was added"),
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
    assert mapping(["Krypto", "Voucher"], list(SHARES)) is None
    assert mapping(["Vouchers"], list(SHARES)) is None  # one that begins like another is chance


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
    assert named({"a": 1.0, "b": 0.0}, vocabulary) is None
    assert named({}, vocabulary) is None
    assert named({"zebra": 7.0}, vocabulary) is None
    assert (
        named({"a": 1.0, "b": 2.0, "c": 3.0}, vocabulary) == "codes in alphabetical order, from 1"
    )
    assert named({"a": 2.0, "b": 0.0, "c": 0.0}, vocabulary) == "codes mixed up"
