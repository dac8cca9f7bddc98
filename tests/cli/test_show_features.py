"""`show` of some features, and of values that a file does not name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rides import Captured, frame, refused

import skewcheck
from skewcheck.cli import main


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_only_these_features(capsys: Captured) -> None:
    skewcheck.save(skewcheck.fit(frame()), "p.json")
    assert main(["show", "p.json", "--features", "f*,pay"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("p.json: 2 features")
    assert "count " not in out
    assert main(["show", "p.json", "--features", "fare", "-o", "one.json"]) == 0
    assert [*json.loads(Path("one.json").read_text())["features"]] == ["fare"]
    line = refused(capsys, "show", "p.json", "--features", "Fair")
    assert line == "--features: no feature 'Fair' in p.json (did you mean fare?)"


def test_unnamed_values_are_shown_by_position(capsys: Captured) -> None:
    Path("scaler.json").write_text('{"mean": [1.0, 2.0], "scale": [1.0, 3.0]}')
    assert main(["show", "scaler.json"]) == 0
    out, err = capsys.readouterr()
    assert out.index("x[0]") < out.index("mean=1") < out.index("x[1]") < out.index("std=3")
    assert err.startswith("note: scaler.json: does not name its 2 values; --names a,b,c or --names")
    assert err.endswith("until then they are called by their position\n")
    # A file would keep such names: there they must be given.
    for words in (["--format", "json"], ["-o", "named.json"]):
        assert "does not name its 2 values" in refused(capsys, "show", "scaler.json", *words)
    assert main(["show", "scaler.json", "--names", "a,b"]) == 0
    assert "x[0]" not in capsys.readouterr().out
