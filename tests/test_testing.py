"""`assert_no_skew`, in place and in a test that pytest runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from rides import frame

import skewcheck
from skewcheck.config.settings import settings
from skewcheck.testing import assert_no_skew
from skewcheck.text.errors import SkewcheckError

KNOWN = skewcheck.fit(frame())
CLEAN = frame(2)
MOVED = CLEAN.assign(fare=CLEAN.fare * 3)
PAGE = Path(__file__).parent.parent / "docs" / "pytest.md"


def test_a_clean_log_passes_and_its_audit_is_returned() -> None:
    audit = assert_no_skew(KNOWN, CLEAN)
    assert (audit.verdict, audit.logs.rows) == ("ok", 2000)


def test_skew_fails_with_the_report_the_verdict_first() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_no_skew(KNOWN, MOVED)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("SKEW: 1 of 3 features ")
    assert lines[0].endswith("(exit code 1)")
    assert any("SKEW  fare: " in line for line in lines)
    assert max(map(len, lines)) <= 72
    with pytest.raises(AssertionError, match="SKEW"):
        assert_no_skew(KNOWN, MOVED, settings=settings({"features": "fare"}))
    assert assert_no_skew(KNOWN, MOVED, features="count").verdict == "ok"
    assert assert_no_skew(KNOWN, MOVED, reference=MOVED).verdict == "ok"


def test_too_few_rows_fail_unless_they_may_pass() -> None:
    few = CLEAN.head(50)
    with pytest.raises(AssertionError, match=r"^INCONCLUSIVE: [^(]*\(exit code 3\)"):
        assert_no_skew(KNOWN, few)
    assert assert_no_skew(KNOWN, few, inconclusive="pass").verdict == "inconclusive"


def test_no_value_of_the_data_if_none_may_be_shown() -> None:
    odd = CLEAN.assign(pay="Giraffe")
    with pytest.raises(AssertionError, match="Giraffe"):
        assert_no_skew(KNOWN, odd)
    with pytest.raises(AssertionError) as caught:
        assert_no_skew(KNOWN, odd, no_values=True)
    assert "Giraffe" not in str(caught.value)


def test_what_keeps_an_audit_from_a_verdict_is_no_skew() -> None:
    with pytest.raises(SkewcheckError, match="no rows"):
        assert_no_skew(KNOWN, CLEAN.head(0))
    with pytest.raises(
        SkewcheckError, match=r"assert_no_skew\(\): no option 'treshold' \(did you mean"
    ):
        assert_no_skew(KNOWN, CLEAN, treshold="ks=1")


def test_the_documented_fixture_and_tests_run(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n# (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert [name for name, _ in blocks] == ["conftest.py", "test_skew.py"]
    for name, text in blocks:
        (tmp_path / name).write_text(text)
    skewcheck.save(KNOWN, tmp_path / "params.json")
    pipeline = "import pandas\ndef features(day): return pandas.read_parquet(f'{day}.parquet')\n"
    (tmp_path / "pipeline.py").write_text(pipeline)
    known = KNOWN.transform(CLEAN, served="{feature}_norm")
    known.to_parquet(tmp_path / "2026-11-19.parquet")
    known.assign(fare_norm=known.fare).to_parquet(tmp_path / "2026-11-20.parquet")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "1 failed, 1 passed" in done.stdout
    assert "E       AssertionError: SKEW: 1 of 3 features " in done.stdout
    assert "cause: not_normalized" in done.stdout
    # The caller's line is shown, not the library's.
    assert "skewcheck/testing.py" not in done.stdout
    assert re.search(r"^test_skew\.py:\d+: AssertionError$", done.stdout, re.MULTILINE)


def test_pytest_shows_the_incidents_first_and_no_internals(tmp_path: Path) -> None:
    skewcheck.save(KNOWN, tmp_path / "params.json")
    MOVED.to_parquet(tmp_path / "log.parquet")
    (tmp_path / "test_it.py").write_text(
        "import pytest, skewcheck\n"
        "from skewcheck.testing import assert_no_skew\n"
        "@pytest.fixture\ndef trained(): return skewcheck.load('params.json')\n"
        "def test_skew(trained): assert_no_skew(trained, 'log.parquet')\n"
        "def test_no_file(trained): assert_no_skew(trained, 'none.parquet')\n"
        "def test_option(trained): assert_no_skew(trained, 'log.parquet', treshold='ks=1')\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "--showlocals", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "3 failed" in done.stdout
    lines = done.stdout.splitlines()
    first = next(i for i, line in enumerate(lines) if "AssertionError: SKEW: 1 of 3" in line)
    assert any("SKEW  fare: " in line for line in lines[first : first + 8])
    assert "none.parquet" in done.stdout
    assert "did you mean" in done.stdout
    # Neither its files nor what is in its objects.
    assert not re.search(r"skewcheck/\w+\.py|Feature\(|JudgedTest|ndarray", done.stdout)
    assert max(map(len, lines)) < 300
