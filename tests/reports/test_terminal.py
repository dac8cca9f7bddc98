import re
from dataclasses import replace

import golden
import pytest
from reports.sample import AUDIT, FARE, HOSTILE, clean, file
from rich.cells import cell_len

from skewcheck.features.notes import free_notes
from skewcheck.reports import FORMATS, Options
from skewcheck.reports.terminal import render
from skewcheck.reports.words.phrases import bars
from skewcheck.results.audit import Audit, Bar, FeatureAudit
from skewcheck.results.tests import JudgedTest
from skewcheck.results.verdicts import Verdict


def with_features(*features: FeatureAudit) -> Audit:
    return replace(AUDIT, features=features, causes=(), notes=())


def test_golden(audit: Audit) -> None:
    golden.assert_same("terminal.txt", FORMATS["terminal"](audit))


def test_golden_verbose(audit: Audit) -> None:
    golden.assert_same("terminal-verbose.txt", render(audit, Options(every_test=True)))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("every_test", [False, True])
def test_no_line_is_wider_than_the_screen(audit: Audit, width: int, every_test: bool) -> None:
    text = render(audit, Options(width=width, every_test=every_test))
    assert max(cell_len(line) for line in text.splitlines()) <= width


def test_verdict_first_and_worst_first(audit: Audit) -> None:
    text = render(audit)
    assert text.startswith("SKEW: 3 of 9 features")
    heads = re.findall(r"^(SKEW|\?|WARN|ok|-) ", text, re.MULTILINE)
    assert heads == ["SKEW"] * 5 + ["WARN", "SKEW", "?", "ok", "-", "-", "-"]


def test_colour_changes_no_character(audit: Audit) -> None:
    plain, coloured = render(audit), render(audit, Options(color=True))
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize("options", [Options(), Options(every_test=True), Options(quiet=True)])
def test_data_is_neither_markup_nor_terminal_control(audit: Audit, options: Options) -> None:
    text = render(audit, options)
    assert r"[red]evil\n\x1b[2J\u202eeman" in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_details_of_a_feature(audit: Audit) -> None:
    text = render(audit)
    assert "KS D 0.41 (p < 1e-300) · PSI 0.62 (p = 1.1e-289)" in text
    assert "parity: 13,877 of 200,000 rows (6.94 %) differ, by up to 3.2" in text
    assert "see a.parquet row 17: raw 12, expected 0.31, served inf" in text
    assert "waived until 2026-12-31" in text
    assert "not tested: zone: no level is left after pooling" in text


@pytest.mark.parametrize("troubled", [1, 5, 12, 200])
def test_at_most_one_screen(troubled: int) -> None:
    features = [replace(FARE, name=f"f{i}") for i in range(troubled)]
    audit = with_features(*features, *(clean(f"c{i}") for i in range(500)))
    audit = replace(audit, notes=free_notes(f"note number {i}" for i in range(50)))
    text = render(audit, Options(height=40))
    assert len(text.splitlines()) <= 40
    assert f"{troubled} of {troubled + 500} features differ" in text
    assert "500: c0, c1" in text
    if troubled == 200:
        assert re.search(r"^-     and \d+ more features: f", text, re.MULTILINE)
    whole = render(audit)  # where there is no terminal
    assert all(f"f{i}: 6.94 %" in whole for i in range(troubled))


def test_verbose_leaves_nothing_out() -> None:
    features = [replace(FARE, name=f"f{i}") for i in range(50)]
    text = render(with_features(*features), Options(every_test=True))
    assert all(f"f{i}:" in text for i in range(50))
    assert len(re.findall(r"^ +psi ", text, re.MULTILINE)) == 50


def test_quiet_is_one_line(audit: Audit) -> None:
    text = render(audit, Options(quiet=True))
    assert text.count("\n") == 1
    assert text.startswith("skew: 3 skew (fare, ")
    assert "3 ok; 200,000 rows" in text


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict.OK, "OK: no skew in 1 feature (exit code 0)"),
        (Verdict.WARN, "WARN: no skew, but 0 of 1 feature moved (exit code 0)"),
        (Verdict.INCONCLUSIVE, "INCONCLUSIVE: no skew found, but too little data"),
    ],
)
def test_headline(verdict: Verdict, words: str) -> None:
    audit = replace(with_features(clean("a")), verdict=verdict, exit_code=0)
    assert render(audit).startswith(words)


def test_no_features() -> None:
    assert render(with_features()).startswith("SKEW: 0 of 0 features")


def test_bars_share_a_scale() -> None:
    # 0.9 is the highest: 0.8 is 7.1 of 8 steps, 0.2 is 1.8, 0.1 is 0.9.
    train, serve = bars([Bar("a", 0.8, 0.2), Bar("b", 0.1, 0.9), Bar("c", 0.0, 0.0)])
    assert train == "train ██▁▁    most changed: b"
    assert serve == "serve ▂▂██    10 % -> 90 %"


def test_bars_of_nothing() -> None:
    assert bars([]) == []
    train, _ = bars([Bar("", 0.0, 0.0)])
    assert train.endswith("most changed: bin 1")


def test_hostile_name_alone() -> None:
    text = render(with_features(HOSTILE))
    assert len(text) < 1000


def test_untested_tests_are_grouped_by_their_reason() -> None:
    tests = (
        JudgedTest("ks", Verdict.UNTESTED, reason=file("why")),
        JudgedTest("psi", Verdict.UNTESTED, reason=file("why")),
    )
    features = [replace(clean(f"f{i}"), tests=tests) for i in range(6)]
    whole = replace(
        clean("g"),
        verdict=Verdict.UNTESTED,
        tests=(JudgedTest("missing", Verdict.UNTESTED, reason=file("all null")),),
    )
    text = render(with_features(*features, whole))
    assert "not tested: g: all null\n" in text
    assert "not tested: ks, psi of f0, f1, f2, f3 and 2 more: why\n" in text


def test_a_narrow_terminal_has_all_in_words(audit: Audit) -> None:
    lines = render(audit, Options(width=20, every_test=True)).splitlines()
    text = " ".join(" ".join(lines).split())
    assert max(map(cell_len, lines)) <= 20
    assert "most changed: 9 to 10, 10 % -> 25 %" in text
    assert "ks, statistic 0.41, effect 0.41, threshold 0.1, p < 1e-300, skew" in text
    assert "KS D by window ▁▁▁▇██ up to 0.24; skew from 0.1 on (▅ and higher)" in text


def test_notes_are_cut_on_a_screen_alone_and_between_sentences() -> None:
    notes = free_notes(
        f"note number {i} of many words that take more than a line" for i in range(9)
    )
    audit = replace(with_features(FARE), notes=notes)
    for width in (20, 40, 80):
        whole = render(audit, Options(width=width))
        assert " ".join(whole.split()).count("of many words that take more than a line") == 9
        cut = " ".join(render(audit, Options(width=width, height=24)).split())
        kept = cut.count("of many words that take more than a line")
        assert kept == cut.count("note: note number")
        assert f"and {9 - kept} more notes: -v" in cut
