"""Names in a file: a name a line, a JSON list, or the header of data."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from skewcheck.config.given import Given
from skewcheck.config.names import names
from skewcheck.text.errors import UsageError


def listed(path: Path) -> tuple[str, ...]:
    return names(Given({"names": str(path)}))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("age\nmiles driven\n\n fare \n", ("age", "miles driven", "fare")),
        ('["age", "miles, driven"]', ("age", "miles, driven")),
        ('\ufeff[\n "age",\n "fare"\n]\n', ("age", "fare")),
        ("age,fare,pay\n1,2.5,cash\n3,4,card\n", ("age", "fare", "pay")),
        ("age, fare", ("age", "fare")),
        ('age;"fare; all"\n1;2\n', ("age", "fare; all")),
    ],
)
def test_text(tmp_path: Path, content: str, found: tuple[str, ...]) -> None:
    (tmp_path / "names").write_text(content)
    assert listed(tmp_path / "names") == found


def test_training_files(tmp_path: Path) -> None:
    frame = pd.DataFrame({"age": [1]})
    frame.to_parquet(tmp_path / "train")
    frame.assign(fare=2.0).to_csv(tmp_path / "train.csv.gz", index=False)
    assert listed(tmp_path / "train") == ("age",)
    assert listed(tmp_path / "train.csv.gz") == ("age", "fare")


@pytest.mark.parametrize("content", ["[1, 2]", '["a"', "[" * 100_000, '{"a": 1}', "a\xff"])
def test_no_names(tmp_path: Path, content: str) -> None:
    (tmp_path / "names.json").write_text(content, "latin-1")
    with pytest.raises(UsageError, match=r"^--names: .*names") as caught:
        listed(tmp_path / "names.json")
    assert "\n" not in str(caught.value)
