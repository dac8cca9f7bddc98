"""A pull request's settings, what every report says of them, and the lock that refuses them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rides import Captured, frame, refused

import skewcheck
from skewcheck.cli import main
from skewcheck.config.discovery import outside_inputs
from skewcheck.config.settings_file import read
from skewcheck.reports import FORMATS
from skewcheck.results.policy import Weakening
from skewcheck.text.errors import UsageError

AUDIT = ["audit", "params.json", "log.parquet", "--no-progress"]
PULL_REQUEST = """
exclude = ["fare"]
fail_on = "never"
report = ["line=../elsewhere.txt"]
[thresholds]
ks = 99
psi = 99
linf = 99
"""
"""The settings of the issue: an exit code 0 whatever the log is, and a file outside is replaced."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with parameters and a skewed log, as the working folder; a file beside it."""
    (tmp_path / "elsewhere.txt").write_text("precious")
    place = tmp_path / "repository"
    (place / ".git").mkdir(parents=True)
    monkeypatch.chdir(place)
    monkeypatch.setenv("COLUMNS", "80")
    skewcheck.save(skewcheck.fit(frame()), "params.json")
    frame(2).assign(fare=lambda log: log.fare * 3).to_parquet("log.parquet")
    return place


def settings_of(text: str, place: str = ".") -> None:
    Path(place, "skewcheck.toml").write_text(text)


def audited(*words: str) -> dict[str, object]:
    """Return the policy of the JSON report of an audit with these options."""
    main([*AUDIT, "--report", "json=out.json", *words])
    report: dict[str, object] = json.loads(Path("out.json").read_text())
    policy = report["policy"]
    assert isinstance(policy, dict)
    return policy


def test_the_pull_request_writes_nothing_outside(capsys: Captured) -> None:
    settings_of(PULL_REQUEST)
    line = refused(capsys, *AUDIT)
    assert line.startswith("skewcheck.toml: report: ../elsewhere.txt is outside of ")
    assert Path("../elsewhere.txt").read_text() == "precious"


@pytest.mark.parametrize("name", [*FORMATS, "quiet", "parquet"])
def test_every_report_says_what_the_pull_request_weakens(capsys: Captured, name: str) -> None:
    settings_of(PULL_REQUEST.replace("../", ""))
    words = ["--quiet"] if name == "quiet" else ["--format", name]
    if name == "parquet":
        words = ["--report", "table=out.parquet"]
    assert main([*AUDIT, *words]) == 0
    text = capsys.readouterr().out
    if name == "parquet":
        text = " ".join(map(str, pq.read_table("out.parquet")["reason"].to_pylist()))
    # Reports wrap and escape; what is left are words.
    plain = " ".join(text.replace("&#95;", "_").replace("\\u", " ").split())
    for word in ("skewcheck.toml", "fail_on", "never", "exclude", "thresholds.psi", "99"):
        assert word in plain, name
    if name not in ("json", "prometheus"):
        assert "weaker than by default: fail_on = never (default: skew)" in plain


def test_the_json_report_has_it_as_data() -> None:
    settings_of(PULL_REQUEST.replace("../", ""))
    policy = audited()
    assert (policy["file"], policy["keys"]) == (
        "skewcheck.toml", ["exclude", "fail_on", "thresholds"],
    )  # fmt: skip
    assert policy["weaker"] == [
        {"key": "fail_on", "value": "never", "base": "skew"},
        {"key": "exclude", "value": ["fare"], "features": ["fare"]},
        *({"key": f"thresholds.{test}", "value": 99.0, "base": default}
          for test, default in (("ks", 0.1), ("linf", 0.1), ("psi", 0.2))),
    ]  # fmt: skip


def test_the_lock_refuses_it_in_one_line(capsys: Captured) -> None:
    assert main(["policy", "-o", "policy.json"]) == 0
    settings_of(PULL_REQUEST.replace("../", ""))
    line = refused(capsys, *AUDIT, "--policy-lock", "policy.json")
    assert line == (
        "--policy-lock policy.json: the policy is weaker than this lock:"
        " fail_on = never (lock: skew); exclude = fare (lock: not set) for fare;"
        " thresholds.ks = 99 (lock: 0.1); thresholds.linf = 99 (lock: 0.1);"
        " thresholds.psi = 99 (lock: 0.2)"
    )


def test_an_audit_as_strict_as_the_lock_is_one_without() -> None:
    assert main(["policy", "--threshold", "psi=0.3", "--exclude", "pay", "-o", "policy.json"]) == 0
    assert main([*AUDIT]) == main([*AUDIT, "--policy-lock", "policy.json"]) == 1
    settings_of('fail_on = "warn"\nexclude = ["pay"]\nalpha = 0.05\n[thresholds]\npsi = 0.25\n')
    assert main([*AUDIT, "--policy-lock", "policy.json"]) == 1
    assert audited("--policy-lock", "policy.json")["lock"] == "policy.json"


def test_flags_are_held_to_it_as_well(capsys: Captured) -> None:
    assert main(["policy", "-o", "policy.json"]) == 0
    words = [*AUDIT, "--policy-lock", "policy.json"]
    assert "last = 1d (lock: not set)" in refused(
        capsys, *words, "--last", "24h", "--time-column", "ts"
    )
    assert "allow_missing = true (lock: not set)" in refused(capsys, *words, "--allow-missing")


def test_in_python(folder: Path) -> None:
    assert main(["policy", "-o", "policy.json"]) == 0
    result = skewcheck.audit("params.json", "log.parquet", fail_on="never", policy_lock=None)
    assert result.in_force is not None
    assert result.in_force.weaker == (Weakening("fail_on", "never", "skew"),)
    assert "fail_on = never (default: skew)" in skewcheck.render(result)
    lock = folder / "policy.json"
    with pytest.raises(UsageError) as caught:
        skewcheck.audit("params.json", "log.parquet", fail_on="never", policy_lock=lock)
    assert str(caught.value).startswith(f"audit(policy_lock='{lock}'): the policy is weaker")
    # A log that is its own reference never differs from it.
    with pytest.raises(UsageError, match=r"reference = \(in memory\) \(lock: not set\)"):
        skewcheck.audit("params.json", frame(), reference=frame(), policy_lock=lock)


def test_waivers_thresholds_and_columns_of_some_features(capsys: Captured) -> None:
    assert main(["policy", "-o", "policy.json"]) == 0
    settings_of('ignore = ["ks:f*@2026-12-31"]\n[features."f*"]\npsi = 9\nraw = "count"\n')
    line = refused(capsys, *AUDIT, "--policy-lock", "policy.json")
    for text in (
        "ignore = ks:f*@2026-12-31 (lock: not set) for fare",
        'features."f*".psi = 9 (lock: 0.2) for fare',
        'features."f*".raw = count (lock: {feature}) for fare',
    ):
        assert text in line


# The lock file


def test_the_same_policy_is_the_same_bytes(capsys: Captured) -> None:
    settings_of('exclude = ["pay", "id"]\nfail_on = "warn"\n[thresholds]\npsi = 0.1\nks = 0.3\n')
    assert main(["policy", "-o", "one.json"]) == 0
    settings_of('fail_on = "warn"\nexclude = ["id", "pay"]\nthresholds = {ks = 0.30, psi = 1e-1}\n')
    assert main(["policy", "--format", "json"]) == 0
    text = capsys.readouterr().out
    assert Path("one.json").read_text() == text
    fingerprint = json.loads(text)["fingerprint"]
    assert main(["policy"]) == 0
    out = capsys.readouterr().out
    assert f"policy {fingerprint}\n" in out
    assert 'fail_on = "warn"\n' in out
    assert audited()["fingerprint"] == fingerprint


def test_paths_are_of_the_repository(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """So the fingerprint is that of another machine, and of another working folder."""
    settings_of('reference = "data/train.parquet"\nhistory = ["old.json"]\n')
    assert main(["policy", "-o", "one.json"]) == 0
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    assert main(["policy", "-o", "../two.json"]) == 0
    assert (folder / "one.json").read_bytes() == (folder / "two.json").read_bytes()
    assert json.loads((folder / "one.json").read_text())["policy"]["reference"] == (
        "data/train.parquet"
    )


LOCKED = [
    "--raw", "{feature}", "--served", "none", "--exclude", "zone*", "--names", "params.json,b",
    "--null-values", "?,", "--correction", "bh", "--inconclusive", "fail", "--min-rows", "5",
    "--since", "2026-11-01", "--until", "2026-11-03", "--time-column", "ts", "--every", "1h",
    "--baseline", "log.parquet", "--history", "params.json", "--by", "pay", "--cluster", "c",
    "--ignore", "ks:fare@2026-12-31", "--state", "s", "--settle", "90m", "--only-new-alarms",
    "--reference", "log.parquet", "--allow-missing", "--version", "0", "--sql", "select 1",
]  # fmt: skip


def test_all_that_a_lock_holds_is_read_again(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    from skewcheck.config.weaker import weakenings
    from skewcheck.lock import policy

    settings_of(
        '[features."a*"]\nraw = "x"\n[features.b]\npsi = 1\nuntested = "pass"\n'
        '[features.pay]\nserved = ["v[0]", "v[1]", "none"]\n'
    )
    for words in (LOCKED, ["--last", "7d", "--time-column", "t", "--by", "none"], []):
        assert main(["policy", *words, "-o", "policy.json"]) == 0
        again = policy.read("policy.json")
        assert policy.content(again) == Path("policy.json").read_text()
        assert weakenings(again, policy.read("policy.json")) == ()
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    assert policy.content(policy.read("../policy.json")) == (folder / "policy.json").read_text()
    assert capsys.readouterr().err == ""


def test_a_lock_that_cannot_hold_is_2(capsys: Captured) -> None:
    assert main(["policy", "-o", "policy.json"]) == 0
    text = Path("policy.json").read_text()
    newer, other = json.loads(text), json.loads(text)
    newer["skewcheck"]["version"] = 2
    other["policy"]["fail_on"] = "never"
    for content, problem in (
        (None, "cannot be read (No such file or directory)"),
        ("", "is no JSON"),
        ("[]", "is no policy"),
        ("[" * 100_000, "is no JSON"),
        (text[:-20], "is no JSON"),
        (Path("params.json").read_text(), "is no policy; `skewcheck policy -o FILE` writes one"),
        (json.dumps(newer), "is of version 2, newer than 1: update skewcheck"),
        (json.dumps(other), "is not what was written"),
        ('{"skewcheck": {"kind": "policy", "version": 1}}', "is damaged"),
        ('{"skewcheck": {"kind": "policy", "version": "1"}, "policy": {}}', "is damaged"),
        (text.replace("}", ", ".join(["1"] * 10)), "is no JSON"),
        (" " * (2**24 + 1), "is no policy"),
    ):
        path = Path("lock.json")
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_text(content)
        line = refused(capsys, *AUDIT, "--policy-lock", "lock.json")
        assert line.startswith(f"--policy-lock lock.json: {problem}"), line
    refused(capsys, *AUDIT, "--policy-lock", ".")
    refused(capsys, *AUDIT, "--policy-lock", "")


@pytest.mark.parametrize("data", [
    {}, {"thresholds": {}, "alpha": "x"}, {"thresholds": {"nope": 1}}, {"thresholds": []},
    {"thresholds": {}, "columns": {"a": 1}}, {"thresholds": {}, "columns": [["a", {"no": "b"}]]},
    {"thresholds": {}, "columns": [1]}, {"thresholds": {}, "chosen": "psi"}, {"unknown": 1},
    {"thresholds": {}, "history": [1]}, {"thresholds": {}, "ignore": ["x"]},
])  # fmt: skip
def test_a_lock_written_by_hand_is_checked(capsys: Captured, data: dict[str, object]) -> None:
    from skewcheck.config.types import fingerprint

    whole = {"skewcheck": {"kind": "policy", "version": 1}, "policy": data,
             "fingerprint": fingerprint(data)}  # fmt: skip
    Path("lock.json").write_text(json.dumps(whole))
    assert "lock.json: " in refused(capsys, *AUDIT, "--policy-lock", "lock.json")


def test_a_settings_file_names_no_lock(capsys: Captured) -> None:
    settings_of('policy_lock = "mine.json"\n')
    line = refused(capsys, *AUDIT)
    assert line.startswith("skewcheck.toml: policy_lock: must not stand in the file")


def test_nothing_that_is_read_is_overwritten(capsys: Captured) -> None:
    settings_of("alpha = 0.05\n")
    assert "is read by this command" in refused(capsys, "policy", "-o", "skewcheck.toml")
    assert main(["policy", "-o", "policy.json"]) == 0
    for place in ("policy.json", "skewcheck.toml"):
        words = [*AUDIT, "--policy-lock", "policy.json", "-o", place]
        assert "is read by this command" in refused(capsys, *words)


# The settings file that nobody named


@pytest.mark.parametrize(
    ("text", "key", "path"),
    [
        ('output = "../elsewhere.txt"', "output", "../elsewhere.txt"),
        ('report = ["json=in.json", "line=below/../../elsewhere.txt"]', "report",
         "below/../../elsewhere.txt"),
        ('state = "../state"', "state", "../state"),
        ('output = "link/elsewhere.txt"', "output", "link/elsewhere.txt"),
        ('output = "link.txt"', "output", "link.txt"),
        ('output = "/dev/stdout"', "output", "/dev/stdout"),
        ('state = "link"', "state", "link"),
        ('output = ".git/hooks/pre-push"', "output", ".git/hooks/pre-push"),
    ],
)  # fmt: skip
def test_no_output_leaves_the_folder(capsys: Captured, text: str, key: str, path: str) -> None:
    Path("below").mkdir()
    Path("link").symlink_to("..")
    Path("link.txt").symlink_to("../elsewhere.txt")
    settings_of(f"{text}\n")
    line = refused(capsys, *AUDIT)
    assert line.startswith(f"skewcheck.toml: {key}: {path} is ")
    assert Path("../elsewhere.txt").read_text() == "precious"
    assert not Path("../state").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("report = 5", "skewcheck.toml: report: must be a list of texts"),
        ("output = 5", "skewcheck.toml: output: must be text"),
        ('report = ["json"]', "skewcheck.toml: report: must be NAME=FILE"),
        ('output = "a\\u0000b"', "skewcheck.toml: output: a\\x00b: cannot be followed"),
        ('output = "loop/x"', "skewcheck.toml: output: loop/x: cannot be followed"),
        ('reference = "loop"', "loop: "),
        ('reference = "a\\u0000b"', "a\\x00b: "),
    ],
)
def test_what_is_no_path_is_one_line(capsys: Captured, text: str, words: str) -> None:
    Path("loop").symlink_to("loop")
    settings_of(f"{text}\n")
    assert main(AUDIT) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert words in err
    assert "internal error" not in err


def test_outputs_inside_of_it_are_written_and_flags_go_anywhere() -> None:
    Path("reports").mkdir()
    settings_of('output = "reports/out.txt"\nreport = ["json=reports/out.json"]\nstate = "s"\n')
    assert main(AUDIT) == 1
    assert {path.name for path in Path("reports").iterdir()} == {"out.txt", "out.json"}
    assert main([*AUDIT, "-o", "../out.txt", "--report", "line=../line.txt"]) == 1
    assert Path("../out.txt").exists()
    settings_of('output = "../elsewhere.txt"\n')
    assert main([*AUDIT, "-o", "../out.txt"]) == 1  # the flag goes before it
    assert Path("../elsewhere.txt").read_text() == "precious"
    assert main([*AUDIT, "--config", "skewcheck.toml"]) == 1  # somebody named it
    assert Path("../elsewhere.txt").read_text() != "precious"


@pytest.mark.parametrize("name", [*FORMATS, "quiet"])
def test_inputs_from_outside_are_in_every_report(capsys: Captured, name: str) -> None:
    pd.DataFrame({"feature": ["fare"], "importance": [1]}).to_csv("../outside.csv", index=False)
    Path("inside.csv").symlink_to("../outside.csv")
    settings_of('importance = "inside.csv"\n')
    words = ["--quiet"] if name == "quiet" else ["--format", name]
    assert main([*AUDIT, *words]) == 1
    plain = " ".join(capsys.readouterr().out.split())
    assert "inside.csv" in plain


def test_which_inputs_are_from_outside(folder: Path) -> None:
    frame().to_parquet("../train.parquet")
    frame().to_parquet("train.parquet")
    Path("data").mkdir()
    Path("data/part.parquet").symlink_to(folder.parent / "train.parquet")
    skewcheck.save(skewcheck.fit(frame()), "../old.json")
    settings_of('reference = "../train.parquet"\nhistory = ["../old.json", "params.json"]\n')
    assert audited()["outside"] == [
        {"key": "reference", "path": "../train.parquet"},
        {"key": "history", "path": "../old.json"},
    ]
    Path("../names.txt").write_text("fare\ncount\npay\n")
    settings_of('names = "../names.txt"\n')
    place = Path("skewcheck.toml")
    assert outside_inputs(read(place), place) == (("names", "../names.txt"),)
    settings_of('reference = "data"\n')  # what is in it is a link
    assert audited()["outside"] == [{"key": "reference", "path": "data"}]
    settings_of('reference = "train.parquet"\n')
    assert "outside" not in audited()
    settings_of('reference = "../train.parquet"\n')
    assert "outside" not in audited("--reference", "train.parquet")


def test_the_search_goes_up_to_the_root_of_the_repository(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    settings_of('fail_on = "never"\n', "..")
    below = folder / "models" / "fares"
    below.mkdir(parents=True)
    words = ["audit", str(folder / "params.json"), str(folder / "log.parquet"), "--no-progress"]
    monkeypatch.chdir(below)
    assert main(words) == 1  # what is above the repository is no settings file of it
    (folder / "data").mkdir()
    frame().to_parquet(folder / "data" / "train.parquet")
    settings_of('fail_on = "never"\nreference = "data/train.parquet"\noutput = "out.json"\n'
                'format = "json"\n', str(folder))  # fmt: skip
    (folder / "models" / "pyproject.toml").write_text("[project]\n")
    assert main(words) == 0
    report = json.loads((folder / "out.json").read_text())  # relative to where the file stands
    assert report["policy"]["file"] == "../../skewcheck.toml"
    (folder / "models" / "pyproject.toml").write_text('[tool.skewcheck]\nfail_on = "skew"\n')
    assert main(words) == 1  # the nearest counts
    os.rmdir(folder / ".git")  # noqa: PTH106
    (folder / "models" / "pyproject.toml").unlink()
    assert main(words) == 1  # outside of a repository only the folder itself is looked at
    (folder / ".git").write_text("gitdir: elsewhere\n")
    assert main(words) == 0  # a worktree has a file of this name


# What nobody weakened


def test_where_nothing_weakens_no_report_says_anything(capsys: Captured) -> None:
    for name in FORMATS:
        main([*AUDIT, "--format", name])
        out = capsys.readouterr().out
        assert "weak" not in out
        assert "settings" not in out


def test_with_no_values_texts_of_the_data_are_a_number() -> None:
    weaker = audited("--null-values", "secret,-1", "--no-values")["weaker"]
    assert weaker == [{"key": "null_values", "value": 2}]
    assert "secret" not in Path("out.json").read_text()


def test_tables_in_memory_are_audited_as_ever() -> None:
    result = skewcheck.audit("params.json", pa.Table.from_pandas(frame(3)))
    assert result.in_force is not None
    assert (result.in_force.weaker, result.in_force.file) == ((), None)
