"""Levels spelt otherwise."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from levels import CODES, KNOWN, LOG, SHARES, draw, fitted
from servers import first

import skewcheck
from skewcheck.causes.spelling import renamed
from skewcheck.reports import FORMATS
from skewcheck.reports.words.causes import sentence
from skewcheck.text.printable import Options

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
    "cut": (lambda x: x[:5], "cut to 5 characters"),
    "of a URL": (lambda x: x.replace(" ", "%20"), "encoded for URLs"),
    "of a form": (lambda x: x.replace(" ", "+"), "encoded for URLs"),
    "underscores": (lambda x: x.replace(" ", "_"), "punctuation differs"),
}


@pytest.mark.parametrize("how", SPELLINGS)
def test_renamed(how: str) -> None:
    spell, phrase = SPELLINGS[how]
    cause = first(skewcheck.audit(KNOWN, pa.table({"x": [spell(x) for x in LOG]})), "x")
    assert cause.code == "category_renamed"
    assert cause.parameters["mapping"] == {spell(x): x for x in SHARES if spell(x) != x}
    assert cause.share == pytest.approx(np.mean([spell(x) != x for x in LOG]))
    assert cause.confidence == 0.9
    assert phrase in sentence(cause)


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
    assert renamed({"Krypto": 5, "Voucher": 5}, list(SHARES)) is None
    assert renamed({"Vouchers": 5}, list(SHARES)) is None  # one that begins like another is chance


def test_abbreviations_are_told_beside_drift() -> None:
    short = {"Voucher": "VCHR", "Credit Card": "CC", "No Charge": "No Chrg", "Dispute": "Disp"}
    cause, rival = (
        skewcheck.audit(KNOWN, pa.table({"x": [short.get(x, x) for x in LOG]})).features[0].causes
    )
    assert (cause.code, cause.confidence) == ("category_renamed", 0.5)
    assert cause.parameters["mapping"] == {new: old for old, new in short.items()}
    assert "may have been logged under other names" in sentence(cause)
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
        assert "of the rows were logged under other names: case differs" in sentence(cause)


def test_more_names_than_are_kept() -> None:
    many = {f"Zone {i}": 1 / 200 for i in range(200)}
    log = [x.upper() for x in draw(many, 3000, 9)]
    cause = first(skewcheck.audit(fitted(many), pa.table({"x": log})), "x")
    assert (cause.code, cause.share) == ("category_renamed", 1.0)


def test_numbers_are_one_level_however_they_are_written() -> None:
    parameters = fitted({"1": 0.5, "2": 0.3, "3": 0.2})
    log = [f"{x}.0" for x in draw({"1": 0.5, "2": 0.3, "3": 0.2}, 2000, 3)]
    assert skewcheck.audit(parameters, pa.table({"x": log})).verdict == "ok"


def test_names_that_look_alike_are_told_apart_on_the_screen() -> None:
    log = [unicodedata.normalize("NFD", x) for x in LOG]
    audit = skewcheck.audit(KNOWN, pa.table({"x": log}))
    assert "'A\\u0308rger' for 'Ärger'" in FORMATS["terminal"](audit, Options(width=200))
    assert first(audit, "x").parameters["mapping"] == {"A\u0308rger": "Ärger"}


FRENCH = {"Crédit": 0.4, "Débit": 0.3, "Ñandú": 0.2, "straße": 0.1}
LOST: dict[str, tuple[Callable[[str], str], str]] = {
    "Latin-1": (lambda x: x.encode().decode("latin-1"), "UTF-8 read in another encoding"),
    "Windows-1252": (lambda x: x.encode().decode("cp1252"), "UTF-8 read in another encoding"),
    "twice": (
        lambda x: x.encode().decode("cp1252").encode().decode("cp1252"),
        "UTF-8 read in another encoding",
    ),
    "ASCII": (lambda x: x.encode("ascii", "replace").decode(), "characters beyond ASCII were lost"),
    "no marks": (
        lambda x: x.translate(str.maketrans({"é": "e", "Ñ": "N", "ú": "u", "ß": "ss"})),
        "accents differ",
    ),
    "HTML": (
        lambda x: x.encode("ascii", "xmlcharrefreplace").decode(), "HTML names of characters"
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", LOST)
def test_letters_beyond_ascii(how: str) -> None:
    spell, phrase = LOST[how]
    log = draw(FRENCH, 2000, 3)
    cause = first(skewcheck.audit(fitted(FRENCH), pa.table({"x": [spell(x) for x in log]})), "x")
    assert cause.code == "category_renamed"
    assert cause.parameters["mapping"] == {spell(x): x for x in FRENCH}
    assert phrase in sentence(cause)


def test_levels_that_lose_what_tells_them_apart_are_not_renamed() -> None:
    towns = {"東京": 0.4, "大阪": 0.3, "Nara": 0.3}
    log = [x.encode("ascii", "replace").decode() for x in draw(towns, 2000, 3)]
    cause = first(skewcheck.audit(fitted(towns), pa.table({"x": log})), "x")
    assert cause.code == "drift"
