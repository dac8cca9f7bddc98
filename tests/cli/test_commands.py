import json
from dataclasses import replace
from pathlib import Path

import pytest
from reports.sample import AUDIT
from stub import Api

from skewcheck.catalogue.tests import thresholds
from skewcheck.cli import main
from skewcheck.config.types import Settings
from skewcheck.reports import FORMATS
from skewcheck.results.policy import Policy, Waiver

Captured = pytest.CaptureFixture[str]


def settings_of(api: Api) -> Settings:
    """What the last audit was called with."""
    found = api.calls[-1][2]["settings"]
    assert isinstance(found, Settings)
    return found


def test_audit_prints_the_report_and_returns_its_code(api: Api, capsys: Captured) -> None:
    assert main(["audit", "p.json", "a", "b"]) == 1
    out, err = capsys.readouterr()
    assert out == FORMATS["terminal"](AUDIT)
    assert err == ""
    assert api.calls[0][1] == ("p.json", ["a", "b"])


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_code_is_the_audits(api: Api, code: int) -> None:
    api.audit_result = replace(AUDIT, exit_code=code)
    assert main(["audit", "p.json", "a"]) == code


def test_audit_options_become_settings(api: Api) -> None:
    options = (
        "--raw {feature}_raw --served {feature}_n --features a,b* --features c --exclude id "
        "--names x,y --null-values ?,NA --alpha 0.05 --threshold ks=0.3 --threshold mean=1 "
        "--fail-on warn --allow-missing --min-rows 5 --last 24h --time-column ts "
        "--ignore ks:fare@2026-12-31 --no-values --reference t.parquet --no-progress"
    )
    assert main(["audit", "p.json", "a", *options.split()]) == 1
    found = settings_of(api)
    assert (found.raw, found.served) == ("{feature}_raw", "{feature}_n")
    assert (found.features, found.exclude, found.names) == (("a", "b*", "c"), ("id",), ("x", "y"))
    assert (found.null_values, found.min_rows, found.values) == (("?", "NA"), 5, False)
    assert (found.reference, found.time_column) == ("t.parquet", "ts")
    assert found.policy == Policy(
        alpha=0.05,
        thresholds={**thresholds(), "ks": 0.3, "mean": 1.0},
        fail_on="warn",
        allow_missing=True,
        waivers=(Waiver("ks", "fare", "2026-12-31"),),
    )


@pytest.mark.parametrize("given", ["--by a,b", "--by a --by b", "--by a,b --by a"])
def test_segment_columns_are_split_at_commas(api: Api, given: str) -> None:
    assert main(["audit", "p.json", "a", *given.split()]) == 1
    assert settings_of(api).by == ("a", "b")


def test_an_empty_null_value_is_one(api: Api) -> None:
    main(["audit", "p.json", "a", "--null-values", ""])
    assert settings_of(api).null_values == ("",)


def test_a_file_sets_what_flags_do_not(api: Api, capsys: Captured) -> None:
    Path("skewcheck.toml").write_text('min_rows = 5\nalpha = 0.05\nformat = "json"\nquiet = true')
    main(["audit", "p.json", "a", "--min-rows", "7"])
    assert (settings_of(api).min_rows, settings_of(api).policy.alpha) == (7, 0.05)
    assert json.loads(capsys.readouterr().out)["exit_code"] == 1


def test_json_to_a_file_and_other_reports_beside(api: Api, capsys: Captured) -> None:
    line = "audit p.json a --format json -o out.json --report terminal=out.txt --report json=b.json"
    assert main(line.split()) == 1
    assert capsys.readouterr().out == ""
    assert Path("out.json").read_text() == Path("b.json").read_text() == FORMATS["json"](AUDIT)
    assert Path("out.txt").read_text() == FORMATS["terminal"](AUDIT)
    assert sorted(path.name for path in Path().iterdir()) == ["b.json", "out.json", "out.txt"]


def test_an_unwritable_report_costs_no_other_one(api: Api, capsys: Captured) -> None:
    line = "audit p.json a --report json=no/a.json --report json=b.json --report json=/dev/null"
    assert main(line.split()) == 2
    out, err = capsys.readouterr()
    assert out == FORMATS["terminal"](AUDIT)
    assert Path("b.json").read_text() == FORMATS["json"](AUDIT)
    assert err.startswith("skewcheck: no/a.json: cannot write it (No such file or directory)")
    assert err.count("\n") == 1


def test_quiet_is_one_line(api: Api, capsys: Captured) -> None:
    main(["audit", "p.json", "a", "-q"])
    assert capsys.readouterr().out.startswith("skew: 3 skew (fare, ")


def test_no_values(api: Api, capsys: Captured) -> None:
    main(["audit", "p.json", "a", "--no-values", "--report", "json=a.json"])
    assert "Krypto" not in capsys.readouterr().out + Path("a.json").read_text()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--format xml", "--format: must be one of terminal, json, markdown, "),
        ("--report x.json", "--report: must be NAME=FILE, as json=report.json, got 'x.json'"),
        ("--report jsn=x", "--report: no format 'jsn' (did you mean json?)"),
        ("--fail-on no", "--fail-on: must be one of skew, warn, never, got 'no'"),
        ("--alpha x", "Invalid value for '--alpha'"),
        ("--config none.toml", "none.toml: cannot read it (No such file or directory)"),
        ("--since 2026-11-01", "--since: needs --time-column"),
    ],
)
def test_wrong_options(api: Api, capsys: Captured, options: str, words: str) -> None:
    assert main(["audit", "p.json", "a", *options.split()]) == 2
    out, err = capsys.readouterr()
    assert err.startswith(f"skewcheck: {words}")
    assert (out, err.count("\n"), api.calls) == ("", 1, [])


def test_fit_to_a_file_tells_its_notes(api: Api, capsys: Captured) -> None:
    line = (
        "fit t.parquet --normalize minmax:age,income --normalize none:x --categorical a,b -o p.json"
    )
    assert main(line.split()) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "note: id: left out, every value is distinct\\x1b[2J\n"
    name, given, options = api.calls[0]
    assert (name, given) == ("fit", (["t.parquet"],))
    assert options["normalize"] == ("minmax:age,income", "none:x")
    assert options["categorical"] == ("a", "b")
    assert api.calls[1][1][1] == "p.json"


def test_fit_to_stdout_with_the_steps_of_another_file(api: Api, capsys: Captured) -> None:
    assert main(["fit", "t.csv", "--parameters", "p.json", "--names", "a,b"]) == 0
    assert capsys.readouterr().out == '{"features": 1}\n'
    given = api.calls[0][2]
    assert (given["parameters"], given["names"]) == (["p.json"], ("a", "b"))
    assert given["normalize"] == "zscore"


def test_show(api: Api, capsys: Captured) -> None:
    assert main(["show", "p.json", "--names", "a"]) == 0
    assert "zscore mean=0 std=1" in " ".join(capsys.readouterr().out.split())
    assert main(["show", "p.json", "--format", "json", "-o", "own.json"]) == 0
    assert (capsys.readouterr().out, Path("own.json").read_text()) == ("", '{"features": 1}\n')
    assert main(["show", "p.json", "-o", "same.json"]) == 0
    assert Path("same.json").read_text() == '{"features": 1}\n'
    assert main(["show", "p.json", "--format", "terminal", "-o", "own.txt"]) == 0
    assert "zscore" in Path("own.txt").read_text()


def test_diff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.chdir(tmp_path)
    for name, std in (("old.json", 1), ("new.json", 2)):
        steps = [{"op": "zscore", "mean": 0, "std": std}]
        Path(name).write_text(json.dumps({"features": {"fare": {"steps": steps}}}))
    assert main(["diff", "old.json", "new.json"]) == 1
    assert capsys.readouterr().out == "fare: zscore std 1 → 2 (+100 %)\n"
    assert main(["diff", "old.json", "old.json"]) == 0
    assert capsys.readouterr().out == "no difference: both files normalize alike\n"


def test_apply(api: Api, capsys: Captured) -> None:
    assert main(["apply", "p.json", "a", "-o", "out.csv", "--raw", "{feature}_raw"]) == 0
    assert api.calls[0][1] == ("p.json", ["a"], "out.csv", Settings(raw="{feature}_raw"))
    assert capsys.readouterr().err == "1,234 rows written to out.csv\n"
    assert main(["apply", "p.json", "a"]) == 2
    assert "Missing option '--output'" in capsys.readouterr().err


def test_explain(api: Api, capsys: Captured) -> None:
    assert main(["explain"]) == 0
    assert "  psi   " in capsys.readouterr().out
    assert main(["explain", "psi"]) == 0
    assert capsys.readouterr().out.startswith("psi (test): population stability index")
    assert main(["explain", "pso"]) == 2
    assert "did you mean psi?" in capsys.readouterr().err


def test_demo_audits_every_log(api: Api, capsys: Captured) -> None:
    assert main(["demo", "somewhere"]) == 0
    audited = [given[1] for name, given, _ in api.calls if name == "audit"]
    assert [Path(str(log)).name for log in audited] == [
        "clean", "clean.csv", "clean.jsonl", "drifted.parquet", "not_normalized.parquet",
        "paired_bug.parquet", "many_faults.parquet",
    ]  # fmt: skip
    assert all(Path(str(log)).exists() for log in audited)
    assert "$ skewcheck audit somewhere/params.json somewhere/clean" in capsys.readouterr().out
