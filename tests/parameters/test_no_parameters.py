"""Files that are no parameter files at all, and TOML, which has the rules of JSON."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from skewcheck.parameters import load
from skewcheck.text.errors import ParameterError

FILE = '{"features": {"a": {"steps": []}}}'


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty; skewcheck fit writes a parameter file"),
        (b" \n", "is empty; skewcheck fit writes a parameter file"),
        (b"PAR1\x00\xff\xfe", "no UTF-8 text, so no JSON parameter file"),
        (b"\x00\x01\x02", "no valid JSON: Expecting value (line 1, column 1)"),
        (b'{"features": {\n  "a": }}', "no valid JSON: Expecting value (line 2, column 8)"),
        (b"[" * 5000 + b"]" * 5000, "nested too deep to be a parameter file"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "nested too deep to be a parameter file"),
    ],
)
def test_no_parameter_file_at_all(refusal: Callable[..., str], content: bytes, what: str) -> None:
    assert refusal(content) == what


@pytest.mark.parametrize("content", ["[]", "null", "3", "NaN", '{"features": {}}', '{"a": 1}'])
def test_json_of_another_kind(refusal: Callable[..., str], content: str) -> None:
    assert "no skewcheck parameter file" in refusal(content)


def test_a_number_of_5000_digits(refusal: Callable[..., str]) -> None:
    assert refusal(f'{{"features": {"9" * 5000}}}').startswith("no valid JSON: Exceeds the limit")


@pytest.mark.parametrize("place", ['"model": {"a": %s}', '"x-a": %s'])
def test_what_may_have_any_shape_has_a_depth(refusal: Callable[..., str], place: str) -> None:
    deep = "[" * 100 + "]" * 100
    message = refusal(FILE.replace('"features"', f'{place % deep}, "features"'))
    assert message.endswith("[0]: nested too deep")


def test_a_folder_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="is a folder: it has no features with steps"):
        load(tmp_path)
    with pytest.raises(ParameterError, match=r"none\.json: cannot read it \(No such file"):
        load(tmp_path / "none.json")


def test_names_are_for_files_without_them(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(FILE)
    with pytest.raises(ParameterError, match="names its features itself; leave names out"):
        load(tmp_path / "p.json", ["a"])


TOML = """
[skewcheck]
kind = "parameters"
version = 1
[features.miles]
steps = [{op = "log1p"}, {op = "zscore", mean = 0, std = 0}]
"""


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("", "", "features.miles.steps[1].std: must be > 0, got 0"),
        ("std = 0", "std = nan", "features.miles.steps[1].std: must be a finite number, got NaN"),
        ("std = 0", "std = 1979-05-27",
         'features.miles.steps[1].std: must be a finite number, got "1979-05-27"'),
        ("std = 0", "std = 1, std = 1", "no valid TOML: "),
        ("std = 0", f"std = {'[' * 5000}", "nested too deep to be a parameter file"),
    ],
)  # fmt: skip
def test_toml_has_the_same_rules(
    refusal: Callable[..., str], old: str, new: str, what: str
) -> None:
    assert refusal(TOML.replace(old, new, 1) if old else TOML, "p.toml").startswith(what)


@pytest.mark.parametrize(
    ("content", "name", "what"),
    [
        (b"age,fare\n1,2\n3,4\n", "log.csv", "is a table of data"),
        (gzip.compress(b"age;fare\n1;2\n3;4\n", mtime=0), "log.csv.gz", "is a table of data"),
        (b"PAR1\x15\x04PAR1", "log.parquet", "is a table of data"),
        (b'{"schema": {"fields": []}, "rows": [[1]]}', "frame.json", "is a table of data"),
        (b'["age", "fare"]', "order.json", "lists names and no numbers: give it to names,"),
        (b'{"columns": ["age", "fare"]}', "order.json", "lists names and no numbers"),
        (
            b'{"class": "org.apache.spark.ml.PipelineModel", "uid": "p"}', "part-00000",
            "is a part of a Spark pipeline: give the pipeline's folder",
        ),
        (b'{"accuracy": 0.9}', "metrics.json", "and is neither numbers by name"),
        (b"Dear all, this is prose", "a.txt", "and is neither a LightGBM model nor a TFX"),
    ],
)  # fmt: skip
def test_what_it_is_instead(
    refusal: Callable[..., str], content: bytes, name: str, what: str
) -> None:
    assert what in refusal(content, name)


def test_a_piece_of_a_folder_names_the_folder(tmp_path: Path) -> None:
    for place in ("transformed_metadata/asset_map", "transform_fn/assets/words"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text('{"words": "words"}')
        with pytest.raises(ParameterError, match="is a part of a tf"):
            load(tmp_path / place)
    data = tmp_path / "0_Scaler" / "data" / "part-0.parquet"
    for place in (data, data.parent.parent / "metadata" / "part-00000"):
        place.parent.mkdir(parents=True)
        place.write_bytes(b"PAR1")
    with pytest.raises(ParameterError, match="is a part of a Spark pipeline"):
        load(data)
