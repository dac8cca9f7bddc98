"""TFX schemas as text, and the folder that tf.Transform writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from skewcheck.features.types import CategoricalReference, NumericReference
from skewcheck.parameters import load
from skewcheck.reports.words.notes import texts

SCHEMA = r"""
# what goes in
feature { name: "kind" type: BYTES domain: "kinds" presence { min_fraction: 1.0 min_count: 1 } }
feature <
  name: 'city'; type: BYTES
  string_domain { value: ["x", "caf\303\251"], value: "two " "parts" }
>
feature { name: "age" type: INT int_domain { min: 0 max: 120 } }
feature { name: "shop" type: INT int_domain { min: 0 max: 9 is_categorical: true } }
feature { name: "fare" type: FLOAT float_domain { min: 0.5 } shape { dim { size: 1 } } }
feature { name: "old" type: FLOAT lifecycle_stage: DEPRECATED }
feature { name: "group" type: STRUCT struct_domain { feature { name: "inner" type: INT } } }
string_domain { name: "kinds" value: "solo" value: "pool" value: "3.0" }
"""


def test_a_schema(tmp_path: Path) -> None:
    (tmp_path / "schema.pbtxt").write_text(SCHEMA)
    parameters = load(tmp_path / "schema.pbtxt")
    assert parameters.model["format"] == "TFX schema"
    assert [f.name for f in parameters.features] == [
        "kind",
        "city",
        "age",
        "shop",
        "fare",
        "old",
        "group",
    ]
    assert parameters["kind"].reference == CategoricalReference(
        0, counts={"solo": 0, "pool": 0, "3": 0}
    )
    city = parameters["city"].reference
    assert isinstance(city, CategoricalReference)
    assert list(city.counts) == ["x", "café", "two parts"]
    age = parameters["age"].reference
    assert isinstance(age, NumericReference)
    assert (age.min, age.max) == (0, 120)
    assert parameters["shop"].type == "categorical"
    assert parameters["fare"].reference is None
    assert parameters["old"].untested == "the schema calls it deprecated"
    assert parameters["group"].untested == "its type is STRUCT: no column of values"


def folder(place: Path) -> Path:
    for name in ("metadata", "transformed_metadata", "transform_fn/assets"):
        (place / name).mkdir(parents=True)
    (place / "metadata" / "schema.pbtxt").write_text(SCHEMA)
    (place / "transformed_metadata" / "schema.pbtxt").write_text(
        'feature { name: "kind_xf" type: INT }'
    )
    (place / "transform_fn" / "assets" / "vocab_1").write_text("pool\nsolo\n")
    (place / "transform_fn" / "assets" / "vocab_2").write_text("elsewhere\n")
    return place


def test_a_folder_of_transform_says_what_it_does_not_hold(tmp_path: Path) -> None:
    parameters = load(folder(tmp_path))
    assert {str(f.untested)[:58] for f in parameters.features if f.name != "old"} >= {
        "tf.Transform keeps its normalization as a TensorFlow graph"
    }
    assert parameters["kind"].reference is not None
    assert texts(parameters.notes) == (
        "vocab_1: a vocabulary of kind, whose domain alone has them; length 2",
        "vocab_2: a vocabulary of an unknown feature; length 1",
    )


def test_a_folder_without_what_goes_in(tmp_path: Path) -> None:
    place = folder(tmp_path / "t")
    (place / "metadata" / "schema.pbtxt").unlink()
    with pytest.raises(
        Exception, match=r"without metadata/schema\.pbtxt: what goes in is not said"
    ):
        load(place)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('feature { name: "a"', "the text ends within a message: cut short"),
        ("feature { name: }", "no valid protocol buffer text (line 1)"),
        ('feature {\n name: "a }', "no valid protocol buffer text (line 2)"),
        ("feature { name: 1 > }", "no valid protocol buffer text (line 1)"),
        ("feature {" * 500, "nested too deep (line 1)"),
        ('feature { "a" }', "no valid protocol buffer text (line 1)"),
    ],
)
def test_what_is_refused(refusal: Callable[..., str], text: str, why: str) -> None:
    assert refusal(text, "schema.pbtxt") == why
