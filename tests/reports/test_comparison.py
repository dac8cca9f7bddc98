"""Two JSON reports compared: what is new, worse, no longer tested, better and gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from reports.page import hostile
from reports.sample import AUDIT

from skewcheck.cli import main
from skewcheck.reports import FORMATS
from skewcheck.reports.comparison import Comparison, Kind, compare
from skewcheck.reports.redact import without_values
from skewcheck.reports.report_file import AuditReport, Outcome, read
from skewcheck.reports.words.comparison import change_text, headline, lines, remark_lines
from skewcheck.results.audit import Audit, FeatureAudit, JudgedTest
from skewcheck.results.causes import Cause
from skewcheck.results.gate import Coverage, Hold
from skewcheck.results.policy import Policy
from skewcheck.results.verdicts import Verdict

Captured = pytest.CaptureFixture[str]
OK, WARN, SKEW = Verdict.OK, Verdict.WARN, Verdict.SKEW
INCONCLUSIVE, UNTESTED = Verdict.INCONCLUSIVE, Verdict.UNTESTED
Wrote = Callable[[str, Audit], str]


def feature(name: str, verdict: Verdict, ks: float = 0.01, *causes: str) -> FeatureAudit:
    test = JudgedTest("ks", verdict, ks, ks, threshold=0.1)
    return FeatureAudit(
        name, "numeric", "raw", verdict, 2000, 0, (test,),
        tuple(Cause(code, 1.0, 0.9) for code in causes),
    )  # fmt: skip


def audit(*features: FeatureAudit, **changes: object) -> Audit:
    worst = next((v for v in (SKEW, INCONCLUSIVE, WARN) if v in {f.verdict for f in features}), OK)
    fields: dict[str, object] = {
        "verdict": worst, "exit_code": int(worst is SKEW), "features": features, "causes": (),
        "incidents": (), "notes": (), "warnings": (), "windows": None, "coverage": None,
        "error": None, "holds": (), "not_tested": (), "account": None,
        "run": {"started": "2026-11-01T03:00:00+00:00"},
    }  # fmt: skip
    return replace(AUDIT, **{**fields, **changes})


@pytest.fixture
def wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wrote:
    monkeypatch.chdir(tmp_path)

    def write(name: str, audit: Audit) -> str:
        Path(name).write_text(FORMATS["json"](audit))
        return name

    return write


@pytest.fixture
def compared(wrote: Wrote) -> Callable[[Audit, Audit], Comparison]:
    def both(old: Audit, new: Audit) -> Comparison:
        reports = [read(wrote(name, a)) for name, a in (("a.json", old), ("b.json", new))]
        before, after = reports
        assert isinstance(before, AuditReport)
        assert isinstance(after, AuditReport)
        return compare(before, after)

    return both


Compared = Callable[[Audit, Audit], Comparison]
BETWEEN: dict[tuple[Verdict, Verdict], Kind | None] = {
    (OK, OK): None, (OK, WARN): "new", (OK, SKEW): "new", (OK, INCONCLUSIVE): "worse",
    (OK, UNTESTED): "untested",
    (WARN, OK): "gone", (WARN, WARN): None, (WARN, SKEW): "worse", (WARN, INCONCLUSIVE): "worse",
    (WARN, UNTESTED): "untested",
    (SKEW, OK): "gone", (SKEW, WARN): "better", (SKEW, SKEW): None,
    (SKEW, INCONCLUSIVE): "untested", (SKEW, UNTESTED): "untested",
    (INCONCLUSIVE, OK): "better", (INCONCLUSIVE, WARN): "new", (INCONCLUSIVE, SKEW): "new",
    (INCONCLUSIVE, INCONCLUSIVE): None, (INCONCLUSIVE, UNTESTED): "untested",
    (UNTESTED, OK): None, (UNTESTED, WARN): "new", (UNTESTED, SKEW): "new",
    (UNTESTED, INCONCLUSIVE): "worse", (UNTESTED, UNTESTED): None,
}  # fmt: skip
"""Written by hand, from what the page of the documentation says."""


def test_every_pair_of_verdicts(compared: Compared) -> None:
    pairs = [*product(Verdict, repeat=2)]
    assert BETWEEN.keys() == {*pairs}
    old = audit(*(feature(f"{a}-{b}", a, 0.2) for a, b in pairs))
    new = audit(*(feature(f"{a}-{b}", b, 0.2) for a, b in pairs))
    kinds = {change.outcome.name: change.kind for change in compared(old, new).changes}
    assert kinds == {f"{a}-{b}": kind for (a, b), kind in BETWEEN.items() if kind}


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ((0.2, "drift"), (0.24, "drift"), None),  # a fifth more
        ((0.2, "drift"), (0.26, "drift"), "worse"),
        ((0.12,), (0.16,), None),  # a third more, but 0.4 thresholds
        ((0.26, "drift"), (0.2, "drift"), "better"),
        ((0.2, "drift"), (0.2, "drift", "normalized_twice"), "worse"),
        ((0.2, "drift", "normalized_twice"), (0.2, "drift"), "better"),
        ((0.2, "drift"), (0.2, "normalized_twice"), "worse"),
    ],
)
def test_within_a_verdict(
    compared: Compared, old: tuple[float, str], new: tuple[float, str], kind: Kind | None
) -> None:
    changes = compared(audit(feature("x", SKEW, *old)), audit(feature("x", SKEW, *new))).changes
    assert [change.kind for change in changes] == ([kind] if kind else [])


def test_words_have_verdicts_cause_and_numbers(compared: Compared) -> None:
    old = audit(feature("a", OK, 0.02), feature("b", SKEW, 0.2, "drift"), feature("c", SKEW, 0.3))
    new = audit(
        feature("a", SKEW, 0.41, "normalized_twice"),
        feature("b", SKEW, 0.2, "drift", "not_normalized"),
        feature("c", OK, 0.01),
    )
    comparison = compared(old, new)
    assert headline(comparison) == "worse: 1 new, 1 worse, 1 gone"
    first, second, third = (change_text(change) for change in comparison.changes)
    assert first.startswith("a: ok → skew; normalized_twice: ")
    assert first.endswith("; KS D 0.02 → 0.41, 4.1 times its threshold")
    assert "b: still skew; drift: " in second
    assert "; new cause not_normalized: " in second
    assert third == "c: skew → ok; KS D 0.3 → 0.01, 0.1 times its threshold"
    assert lines(comparison)[1] == (
        "from a.json, 2026-11-01 03:00: skew (exit code 1), 200,000 rows"
    )


def test_features_of_one_report_alone(compared: Compared) -> None:
    old = audit(feature("a", OK), feature("b", SKEW, 0.2))
    new = audit(feature("a", OK), feature("c", WARN, 0.06), feature("d", OK))
    comparison = compared(old, new)
    assert [(c.kind, c.outcome.name) for c in comparison.changes] == [
        ("new", "c"), ("untested", "b"),
    ]  # fmt: skip
    assert "b: skew → not in the report" in lines(comparison)[-1]
    assert remark_lines(comparison.remarks) == [
        "only in the older report: 1 feature (b)", "only in the newer report: 2 features (c, d)",
    ]  # fmt: skip


def test_what_is_of_the_whole_log(compared: Compared) -> None:
    lost = Coverage(parsed=100, audited=80, share=0.2, threshold=0.05, verdict=SKEW)
    hold = Hold("unread_elements", lists=("rows",))
    comparison = compared(audit(feature("a", OK)), audit(feature("a", OK), coverage=lost))
    assert [(c.kind, c.outcome.subject) for c in comparison.changes] == [("new", "rows")]
    comparison = compared(audit(feature("a", OK)), audit(feature("a", OK), holds=(hold,)))
    assert [(c.kind, c.outcome.subject) for c in comparison.changes] == [("worse", "hold")]
    assert comparison.is_worse
    back = compared(audit(feature("a", OK), holds=(hold,)), audit(feature("a", OK)))
    assert [c.kind for c in back.changes] == ["better"]
    assert AUDIT.error is not None
    worse = replace(AUDIT.error, test=replace(AUDIT.error.test, verdict=SKEW))
    well = replace(AUDIT.error, test=replace(AUDIT.error.test, verdict=OK))
    comparison = compared(audit(error=well), audit(error=worse))
    assert change_text(comparison.changes[0]).startswith("the model's error: ok → skew; ")


def test_notes_say_what_is_not_alike(compared: Compared) -> None:
    old, new = audit(feature("a", OK)), audit(
        feature("a", OK), fingerprint="sha256:" + "b" * 64, parameters_path="q.json",
        model={"name": "m", "version": "2"}, run={"started": "2026-10-31T03:00:00+00:00"},
        policy=Policy(alpha=0.05, fail_on="warn",
            thresholds={**AUDIT.policy.thresholds, "psi": 0.3}),
    )  # fmt: skip
    comparison = compared(old, new)
    assert (comparison.changes, comparison.is_worse) == ((), False)
    notes = "\n".join(remark_lines(comparison.remarks))
    for words in (
        "the older report is of a later audit", "other parameters: sha256:", "→ q.json)",
        "another model: ", "→ m 2", "another policy: alpha", "thresholds.psi", "→ 0.3", 'fail_on ',
    ):  # fmt: skip
        assert words in notes, words


def test_any_report_is_no_change_to_itself(compared: Compared) -> None:
    for any_audit in (AUDIT, hostile(), without_values(AUDIT)):
        comparison = compared(any_audit, any_audit)
        assert (comparison.changes, comparison.remarks) == ((), ())
        assert headline(comparison).startswith("no difference")


def test_names_obey_nobody(wrote: Wrote, capsys: Captured) -> None:
    for form in ("terminal", "json"):
        code = main(
            ["diff", wrote("a.json", audit()), wrote("b.json", hostile()), "--format", form]
        )
        assert code == 1
        out, err = capsys.readouterr()
        assert not [c for c in out + err if c != "\n" and not c.isprintable()]


def test_without_values_no_value_is_said(wrote: Wrote, capsys: Captured) -> None:
    hidden = without_values(AUDIT)
    assert main(["diff", wrote("a.json", audit()), wrote("b.json", hidden)]) == 1
    out, err = capsys.readouterr()
    for value in ("Krypto", "web-7", "Cash"):
        assert value not in out + err


def test_exit_codes_and_json(wrote: Wrote, capsys: Captured) -> None:
    good, bad = (
        wrote("a.json", audit(feature("x", OK))),
        wrote("b.json", audit(feature("x", SKEW, 0.2))),
    )
    assert main(["diff", good, good]) == 0
    assert main(["diff", good, bad]) == 1
    assert main(["diff", bad, good]) == 0
    capsys.readouterr()
    assert main(["diff", good, bad, "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["of"], report["worse"], report["exit_code"]) == ("reports", True, 1)
    (change,) = report["changes"]
    assert (change["kind"], change["name"]) == ("new", "x")
    assert (change["old"]["verdict"], change["new"]["verdict"]) == ("ok", "skew")


def refused(capsys: Captured, *words: str) -> str:
    assert main(["diff", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err.removeprefix("skewcheck: ")


def test_what_cannot_be_compared_is_one_line(wrote: Wrote, capsys: Captured) -> None:
    good = wrote("a.json", audit(feature("x", OK)))
    text = Path(good).read_text()
    Path("p.json").write_text('{"skewcheck": {"kind": "parameters", "version": 1}, "features": {}}')
    for pair in ((good, "p.json"), ("p.json", good)):
        assert refused(capsys, *pair) == (
            "a.json is a report, and p.json is none: diff compares two of a kind\n"
        )
    Path("cut.json").write_text(text[: len(text) // 2])
    assert refused(capsys, good, "cut.json").startswith("cut.json: no valid JSON")
    assert "damaged" in refused(capsys, "cut.json", good)
    Path("new.json").write_text(text.replace('"version": 1', '"version": 2', 1))
    assert "new.json: a report of version 2" in refused(capsys, good, "new.json")
    Path("odd.json").write_text(text.replace('"verdict": "ok"', '"verdict": "fine"'))
    assert refused(capsys, good, "odd.json").startswith(
        "odd.json: features[0].tests[0].verdict: must be one of"
    )
    Path("less.json").write_text(
        json.dumps({k: v for k, v in json.loads(text).items() if k != "logs"})
    )
    assert "less.json: no key 'logs'" in refused(capsys, good, "less.json")
    Path("list.json").write_text(text.replace('"features": [', '"features": [3, ', 1))
    assert "list.json: features[0]: must be an object" in refused(capsys, good, "list.json")
    twice = wrote("twice.json", audit(feature("x", SKEW, 0.2), feature("x", OK)))
    for pair in ((good, twice), (twice, good)):
        assert refused(capsys, *pair).startswith("twice.json: feature 'x' stands twice")
    assert "--names" in refused(capsys, good, good, "--names", "a,b")
    assert refused(capsys, good, "nowhere.json") == "nowhere.json: no such file\n"


def test_a_ratio_beyond_float64_is_not_infinite(wrote: Wrote, capsys: Captured) -> None:
    old, new = (wrote(n, audit(feature("x", v))) for n, v in (("a.json", OK), ("b.json", SKEW)))
    text = Path(new).read_text().replace('"threshold": 0.1', '"threshold": 1e-320')
    Path(new).write_text(text)
    assert main(["diff", old, new]) == 1
    assert "inf" not in capsys.readouterr().out


def test_a_report_that_was_formatted_anew_is_one(wrote: Wrote) -> None:
    good = wrote("a.json", audit(feature("x", OK)))
    whole = json.loads(Path(good).read_text())
    Path("b.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(whole, sort_keys=True).encode())
    report = read("b.json")
    assert report is not None
    assert report.outcomes["feature", "x"] == Outcome(
        "feature", "x", OK, report.outcomes["feature", "x"].message, {},
        (JudgedTest("ks", OK, 0.01, 0.01, threshold=0.1),),
    )  # fmt: skip
    assert read("nowhere.json") is None
