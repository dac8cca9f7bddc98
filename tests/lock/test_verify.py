"""A parameter file against its lock, through the real command; its faults are made by hand."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from rides import Captured, frame, refused

import skewcheck
from skewcheck.cli import main
from skewcheck.features.steps import ZScore
from skewcheck.features.types import Feature, Parameters
from skewcheck.lock.verify import verify
from skewcheck.parameters.fingerprint import fingerprint
from skewcheck.reports.verification import text

pytestmark = pytest.mark.usefixtures("folder")
Json: TypeAlias = dict[str, dict[str, object]]


def told(capsys: Captured, *words: str) -> tuple[int, list[str]]:
    code = main(["verify", *words])
    out, err = capsys.readouterr()
    assert err == ""
    assert not [c for c in out if c != "\n" and not c.isprintable()]
    return code, out.splitlines()


def edited(change: Callable[[Json], object], name: str = "q.json") -> str:
    """Write `p.json` again, changed by hand: its fingerprint stays."""
    content = json.loads(Path("p.json").read_text())
    change(content)
    Path(name).write_text(json.dumps(content))
    return name


def zscore(content: Json) -> dict[str, object]:
    step: dict[str, object] = content["features"]["fare"]["steps"][0]
    assert step["op"] == "zscore"
    return step


def widened(content: Json) -> None:
    zscore(content).update(std=12.91)


def test_what_fit_wrote_is_what_it_locked(capsys: Captured) -> None:
    assert told(capsys, "p.json") == (0, ["ok: p.json: its fingerprint is that of its 3 features"])


@pytest.mark.parametrize(
    "change",
    [
        widened,
        lambda c: c["features"]["fare"].update(steps=[{"op": "maxabs", "scale": 2}]),
        lambda c: c["features"]["fare"].update(role="label"),
        lambda c: c["features"]["fare"].update(steps=[]),
        lambda c: c["features"].pop("count"),
        lambda c: c["features"].update(count=c["features"].pop("count")),
        lambda c: c.update(fingerprint="sha256:x\x1b[2J\n" + "y" * 10_000),
    ],
)
def test_any_change_of_the_normalization(capsys: Captured, change: Callable[[Json], None]) -> None:
    code, lines = told(capsys, edited(change))
    assert code == 1
    assert lines[0] == "CHANGED: q.json is not as it was locked (exit code 1)"
    assert lines[1].startswith("its fingerprint: is sha256:")
    assert len(lines[1]) < 160
    assert "`skewcheck show q.json -o q.json`" in lines[2]
    assert main(["show", "q.json", "-o", "q.json"]) == 0
    capsys.readouterr()
    assert told(capsys, "q.json")[0] == 0


def test_the_way_on_for_toml_and_for_odd_names(capsys: Captured) -> None:
    lines = 'fingerprint = "sha256:0"\n[[features.x.steps]]\nop = "zscore"\nmean = 0\nstd = 1\n'
    Path("my params.toml").write_text(lines)
    code, found = told(capsys, "my params.toml")
    assert (code, "`skewcheck show 'my params.toml' -o 'my params.json'`" in found[2]) == (1, True)


def test_what_does_not_matter_may_change(capsys: Captured) -> None:
    def _told_otherwise(content: Json) -> None:
        content["x-written"] = {"on": "2026-11-20"}
        content["model"] = {"name": "fares", "version": "2"}
        content["features"]["fare"]["importance"] = 0.5
        del content["features"]["count"]["reference"]

    assert told(capsys, edited(_told_otherwise, "elsewhere.json"))[0] == 0


def test_the_words_of_a_change(capsys: Captured) -> None:
    old = edited(lambda c: zscore(c).update(std=12.30), "old.json")
    new = edited(widened, "new.json")
    code, lines = told(capsys, new, "--against", old)
    # (12.91 - 12.30) / 12.30 = 4.959 %
    assert (code, lines[2]) == (1, "since old.json: fare: zscore std 12.3 → 12.91 (+4.96 %)")


def test_a_new_lock_does_not_hide_a_change_from_an_older_file(capsys: Captured) -> None:
    new = edited(widened)
    main(["show", new, "-o", new])
    capsys.readouterr()
    code, lines = told(capsys, new, "--against", "p.json")
    assert (code, len(lines)) == (1, 2)
    assert lines[1].startswith("since p.json: fare: zscore std ")
    assert told(capsys, "p.json", "--against", "p.json") == (
        0, ["ok: p.json: its fingerprint is that of its 3 features, it normalizes as p.json"],
    )  # fmt: skip


def test_an_older_file_from_a_pipe(capsys: Captured) -> None:
    """As of `--against <(git show main:params.json)`."""
    source, sink = os.pipe()
    os.write(sink, Path("p.json").read_bytes())
    os.close(sink)
    assert told(capsys, edited(widened), "--against", f"/dev/fd/{source}")[0] == 1
    os.close(source)


def test_a_file_of_another_format(capsys: Captured) -> None:
    """As a service keeps its own numbers, by hand."""
    frame()[["fare"]].to_parquet("train.parquet")
    assert main(["fit", "train.parquet", "-o", "one.json"]) == 0
    (step,) = skewcheck.load("one.json")["fare"].steps
    assert isinstance(step, ZScore)
    numbers = {"fare": {"mean": step.mean, "std": step.std}}
    Path("scaler.json").write_text(json.dumps(numbers))
    capsys.readouterr()
    assert told(capsys, "one.json", "--against", "scaler.json")[0] == 0
    numbers["fare"]["std"] *= 1.0001
    Path("scaler.json").write_text(json.dumps(numbers))
    code, lines = told(capsys, "one.json", "--against", "scaler.json")
    assert (code, len(lines)) == (1, 2)
    # 1 / 1.0001 = 0.99990001
    assert re.fullmatch(r"since scaler\.json: fare: zscore std \S+ → \S+ \(-0\.01 %\)", lines[1])
    Path("vector.json").write_text(json.dumps({"mean": [step.mean], "std": [step.std]}))
    assert main(["verify", "one.json", "--against", "vector.json"]) == 0
    assert "compared by position" in capsys.readouterr().err
    Path("vector.json").write_text(json.dumps({"mean": [step.mean] * 2, "std": [step.std] * 2}))
    assert "--names" in refused(capsys, "verify", "one.json", "--against", "vector.json")
    Path("vector.json").write_text(json.dumps({"mean": [step.mean], "std": [step.std]}))
    assert told(capsys, "one.json", "--against", "vector.json", "--names", "fare")[0] == 0


def test_the_model(capsys: Captured) -> None:
    Path("model.onnx").write_bytes(b"weights")
    frame().to_parquet("train.parquet")
    assert main(["fit", "train.parquet", "--model", "model.onnx", "-o", "m.json"]) == 0
    capsys.readouterr()
    words = ("m.json", "--model", "model.onnx")
    assert told(capsys, *words)[1] == [
        "ok: m.json: its fingerprint is that of its 3 features, model.onnx is its model"
    ]
    Path("model.onnx").write_bytes(b"other weights")
    code, lines = told(capsys, *words)
    assert (code, len(lines)) == (1, 2)
    first, second = (hashlib.sha256(b).hexdigest()[:16] for b in (b"weights", b"other weights"))
    assert lines[1] == f"model.onnx: sha256 is {second}…, but {first}… was stored"
    assert main(["fit", "train.parquet", "--model", "model.onnx", "-o", "n.json"]) == 0
    capsys.readouterr()
    assert told(capsys, "n.json", "--against", "m.json") == (
        1,
        ["CHANGED: n.json is not as it was locked (exit code 1)",
         f"since m.json: model: sha256 {first}… → {second}…"],
    )  # fmt: skip
    assert f"sha256 {second}… → not stored" in told(capsys, "p.json", "--against", "n.json")[1][-1]
    assert told(capsys, "n.json", "--against", "p.json")[0] == 0


def test_what_cannot_be_verified_is_2(capsys: Captured) -> None:
    edited(lambda c: c.pop("fingerprint"), "free.json")
    assert "free.json: holds no fingerprint to verify" in refused(capsys, "verify", "free.json")
    assert "model.sha256: is missing" in refused(capsys, "verify", "p.json", "--model", "p.json")
    edited(lambda c: c.update(model={"sha256": "abc"}), "odd.json")
    line = refused(capsys, "verify", "odd.json", "--model", "p.json")
    assert line == "odd.json: model.sha256: must be 64 hexadecimal digits"
    edited(lambda c: c.update(model={"sha256": "A" * 64}), "upper.json")
    assert "--model: absent" in refused(capsys, "verify", "upper.json", "--model", "absent")
    edited(lambda c: c.update(fingerprint=None), "null.json")
    assert "null.json: fingerprint: must be a string" in refused(capsys, "verify", "null.json")
    for words in (["absent.json"], ["p.json", "absent.json"], ["p.json", "--against", "absent"]):
        assert "absent" in refused(capsys, "verify", *words)
    line = refused(capsys, "verify", "p.json", "p.json", "--against", "p.json")
    assert line == "--against: is of one parameter file, got 2"
    assert "--format: must be one of" in refused(capsys, "verify", "p.json", "--format", "html")


def test_several_files_and_the_report_for_programs(capsys: Captured) -> None:
    new = edited(widened)
    code, lines = told(capsys, "p.json", new)
    assert (code, lines[0][:2], lines[1][:8]) == (1, "ok", "CHANGED:")
    assert told(capsys, "p.json", new, "--format", "json", "-o", "v.json") == (1, [])
    report = json.loads(Path("v.json").read_text())
    assert report["skewcheck"]["kind"] == "verification"
    assert (report["verdict"], report["exit_code"]) == ("changed", 1)
    first, second = report["files"]
    assert (first["path"], first["verdict"], first["findings"]) == ("p.json", "ok", [])
    assert first["fingerprint"]["stored"] == first["fingerprint"]["actual"]
    assert [finding["check"] for finding in second["findings"]] == ["fingerprint"]
    assert second["fingerprint"]["stored"] == first["fingerprint"]["stored"]


def test_remarks_go_to_stderr_and_change_nothing(capsys: Captured) -> None:
    edited(lambda c: c["features"]["fare"].update(importance=0.5))
    assert main(["verify", "q.json", "--against", "p.json"]) == 0
    assert capsys.readouterr().err == "note: importance of fare not known → 0.5\n"


def test_hostile_names() -> None:
    name = "::error::[red]\x1b[2J\n|`" + "x" * 10_000
    features = (Feature(name, "numeric", (ZScore(0.0, 1.0),)),)
    skewcheck.save(Parameters(features, fingerprint(features)), "evil.json")
    found = skewcheck.verify("evil.json", against="p.json")
    lines = text(found).splitlines()
    assert found.exit_code == 1
    assert all(line.isprintable() and len(line) < 300 for line in lines)
    assert not any(line.startswith("::") for line in lines)


def test_a_lock_is_read_and_not_made_up() -> None:
    assert skewcheck.load("p.json").lock == skewcheck.load("p.json").fingerprint
    assert skewcheck.fit(frame()).lock is None
    assert verify("p.json").findings == ()
