"""PMML: fields, ranges and derivations, against scikit-learn and against formulas written here."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skewcheck.errors import ParameterError
from skewcheck.features import CategoricalReference, NumericReference, Parameters
from skewcheck.parameters import load
from skewcheck.steps import (
    Affine,
    Cast,
    Clip,
    Impute,
    Log,
    MinMax,
    OneHot,
    Robust,
    Vocabulary,
    ZScore,
)

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
Read = Callable[..., Parameters]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a PMML file with a field x of numbers, a field c of levels, and what is given."""

    def of(derived: str = "", mining: str = "", data: str = "", model: str = "") -> Parameters:
        path = tmp_path / "m.pmml"
        path.write_text(
            f"""<?xml version="1.0"?>
<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"><Header/>
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="c" optype="categorical" dataType="string"/>{data}
</DataDictionary>
<TransformationDictionary>{derived}</TransformationDictionary>
<TreeModel functionName="regression"><MiningSchema>{mining}</MiningSchema>{model}
<Node><True/></Node></TreeModel></PMML>"""
        )
        return load(path)

    return of


def field(expression: str, name: str = "d", kind: str = "double") -> str:
    return f'<DerivedField name="{name}" optype="continuous" dataType="{kind}">{expression}</DerivedField>'


def norm(*points: tuple[float, float], more: str = "") -> str:
    inner = "".join(f'<LinearNorm orig="{x!r}" norm="{y!r}"/>' for x, y in points)
    return field(f'<NormContinuous field="x" {more}>{inner}</NormContinuous>')


def rows() -> pd.DataFrame:
    random = np.random.default_rng(5)
    x = random.normal(3, 6, 1000)
    x[::9] = np.nan
    x[:6] = [0.0, 2.0, 4.0, 10.0, -1e9, 1e9]
    c = random.choice(np.array(["a", "b", "z", None], object), 1000)
    return pd.DataFrame({"x": x, "c": c})


def test_a_pipeline_of_scikit_learn() -> None:
    known = load(MODELS / "sklearn.pmml")
    log = pd.read_parquet(MODELS / "log.parquet")
    made = pd.read_parquet(MODELS / "made.parquet")
    ours = known.transform(log)
    read_ones = ["age", "income", "change", "height", "price", "gaps", "kind"]
    assert len(log) == 1000
    for name in read_ones:
        np.testing.assert_allclose(ours[name], made[name], rtol=1e-9, atol=1e-9)
    assert isinstance(known["age"].steps[-1], ZScore)
    assert isinstance(known["height"].steps[-1], Robust)
    assert known["age"].extra["x-served"] == "standardScaler(age)"
    assert known["old"].role == "label"
    assert known["binned"].untested == "the function add_eps of this file is not followed"


ONE = 1 / 3
SHAPES = [
    (norm((2.0, 0.0), (10.0, 1.0)), lambda x: (x - 2) / 8),
    (norm((2.0, 0.0), (6.0, 0.5), (10.0, 1.0)), lambda x: (x - 2) / 8),
    (norm((2.0, 5.0), (10.0, 1.0)), lambda x: 5 - (x - 2) / 2),
    (norm((0.0, -2.5), (5.0, 0.0)), lambda x: (x - 5) / 2),
    (norm((2.0, 4.0), (3.0, 4.0)), lambda x: np.where(np.isnan(x), np.nan, 4.0)),
    (norm((2.0, 0.0), (10.0, 1.0), more='outliers="asExtremeValues" mapMissingTo="-7"'),
     lambda x: np.where(np.isnan(x), -7, np.clip((x - 2) / 8, 0, 1))),
    (norm((0.0, 0.0), (1.0, ONE), (4.0, 2 * ONE), (9.0, 1.0), more='outliers="asExtremeValues"'),
     lambda x: np.interp(x, [0, 1, 4, 9], [0, ONE, 2 * ONE, 1])),
]  # fmt: skip


@pytest.mark.parametrize(("derived", "truth"), SHAPES)
def test_norm_continuous(
    read: Read, derived: str, truth: Callable[[np.ndarray], np.ndarray]
) -> None:
    frame = rows()
    known = read(derived)
    assert known["x"].untested is None
    assert known["x"].extra["x-served"] == "d"
    np.testing.assert_allclose(
        known.transform(frame)["x"], truth(frame["x"].to_numpy()), rtol=1e-9, atol=1e-9
    )


def test_a_z_score_as_the_specification_writes_it(read: Read) -> None:
    assert read(norm((0.0, -2.5), (5.0, 0.0)))["x"].steps == (ZScore(5.0, 2.0),)
    assert read(norm((-4.0, 0.0), (0.0, 2.0)))["x"].steps == (ZScore(-4.0, 2.0),)
    assert read(norm((2.0, 0.0), (10.0, 1.0)))["x"].steps == (MinMax(2.0, 10.0, (0.0, 1.0)),)


def apply(function: str, *arguments: str | float) -> str:
    inner = "".join(f"<Constant>{a}</Constant>" if isinstance(a, float) else a for a in arguments)
    return f'<Apply function="{function}">{inner}</Apply>'


X = '<FieldRef field="x"/>'


@pytest.mark.parametrize(
    ("expression", "truth"),
    [
        (apply("+", X, 3.0), lambda x: x + 3),
        (apply("-", 3.0, X), lambda x: 3 - x),
        (apply("*", -0.5, X), lambda x: -0.5 * x),
        (apply("/", X, -4.0), lambda x: x / -4),
        (apply("/", apply("-", X, 3.0), 7.0), lambda x: (x - 3) / 7),
        (apply("+", apply("*", X, 0.25), apply("-", 1.0, 3.0)), lambda x: x * 0.25 - 2),
        (apply("min", X, 4.0), lambda x: np.fmin(x, 4)),
        (apply("max", 0.0, X), lambda x: np.fmax(x, 0)),
        (apply("threshold", X, 4.0), lambda x: np.where(np.isnan(x), np.nan, x > 4)),
        (apply("ln", apply("max", X, 0.5)), lambda x: np.log(np.fmax(x, 0.5))),
        (apply("ln1p", apply("max", X, 0.0)), lambda x: np.log1p(np.fmax(x, 0))),
        (apply("log10", apply("max", X, 0.5)), lambda x: np.log10(np.fmax(x, 0.5))),
        (apply("if", apply("isMissing", X), 8.0, X), lambda x: np.where(np.isnan(x), 8, x)),
        (apply("if", apply("isNotMissing", X), X, 8.0), lambda x: np.where(np.isnan(x), 8, x)),
    ],
)  # fmt: skip
def test_arithmetic(read: Read, expression: str, truth: Callable[[np.ndarray], np.ndarray]) -> None:
    frame = rows()
    known = read(field(expression))
    assert known["x"].untested is None
    np.testing.assert_allclose(
        known.transform(frame)["x"], truth(frame["x"].to_numpy()), rtol=1e-9, atol=1e-9
    )


def bins(*parts: tuple[str, float], more: str = "") -> str:
    inner = "".join(
        f'<DiscretizeBin binValue="{value}"><Interval {ends}/></DiscretizeBin>'
        for ends, value in parts
    )
    return field(f'<Discretize field="x" {more}>{inner}</Discretize>')


def test_discretize(read: Read) -> None:
    frame = rows()
    x = frame["x"].to_numpy()
    known = read(
        bins(
            ('closure="openOpen" rightMargin="2"', 10.0),
            ('closure="closedClosed" leftMargin="2" rightMargin="4"', 15.0),
            ('closure="openOpen" leftMargin="4"', 20.0),
            more='mapMissingTo="-1"',
        )
    )
    truth = np.where(np.isnan(x), -1, np.where(x < 2, 10, np.where(x <= 4, 15, 20)))
    np.testing.assert_array_equal(known.transform(frame)["x"], truth)
    covered = read(
        bins(
            ('closure="closedOpen" leftMargin="0" rightMargin="2"', 1.0),
            ('closure="closedOpen" leftMargin="2" rightMargin="4"', 2.0),
            more='defaultValue="3"',
        )
    )
    assert covered["x"].untested == (
        "Discretize has values that are not equally spaced: no step gives them"
    )


def table(*codes: tuple[str, object], more: str = "") -> str:
    inner = "".join(f"<row><i>{level}</i><o>{code}</o></row>" for level, code in codes)
    return field(
        f'<MapValues outputColumn="o" {more}><FieldColumnPair field="c" column="i"/>'
        f"<InlineTable>{inner}</InlineTable></MapValues>"
    )


def test_map_values(read: Read) -> None:
    frame = rows()
    c = frame["c"]
    known = read(table(("b", 3), ("a", 1), ("z", 5)))
    truth = c.map({"a": 1.0, "b": 3.0, "z": 5.0})
    np.testing.assert_array_equal(known.transform(frame)["c"], truth.astype(float))
    same = read(table(("a", 0), ("b", 1), more='defaultValue="9" mapMissingTo="9"'))
    assert same["c"].steps == (Vocabulary(("a", "b"), 9.0),)
    np.testing.assert_array_equal(
        same.transform(frame)["c"], c.map({"a": 0.0, "b": 1.0}).fillna(9).astype(float)
    )
    filled = read(table(("a", 0), ("b", 1), more='defaultValue="9" mapMissingTo="1"'))
    assert filled["c"].steps == (Impute("b"), Vocabulary(("a", "b"), 9.0))


def test_indicators_are_one_feature(read: Read) -> None:
    both = "".join(field(f'<NormDiscrete field="c" value="{v}"/>', f"is_{v}") for v in ("a", "b"))
    known = read(both)
    assert known["c"].steps == (OneHot(("a", "b")),)
    assert known["c"].extra["x-served"] == ["is_a", "is_b"]


@pytest.mark.parametrize(
    ("derived", "why"),
    [
        (norm((0.0, 0.0), (1.0, 0.5), (9.0, 1.0)), "NormContinuous has 2 slopes"),
        (norm((0.0, 0.0), (1.0, 0.5), more='outliers="asMissingValues"'), "NormContinuous makes"),
        (norm((1.0, 0.0), (1.0, 0.5)), "NormContinuous: its LinearNorm must"),
        (field(apply("exp", X)), "Apply exp has no step"),
        (field(apply("*", X, X)), "Apply * has no step for several fields"),
        (field(apply("/", 1.0, X)), "Apply / has no step"),
        (field('<TextIndex textField="x"><FieldRef field="x"/></TextIndex>'), "TextIndex has no"),
        (field(apply("f", X)) + '<DefineFunction name="f"/>', "the function f of this file"),
        (bins(('closure="openOpen" leftMargin="0"', 1.0)), "Discretize leaves values"),
        (bins(('closure="openOpen" rightMargin="0"', 1.0), ('closure="openOpen" leftMargin="0"',
                                                           2.0)), "Discretize has bins that"),
    ],
)  # fmt: skip
def test_what_has_no_step_is_said(read: Read, derived: str, why: str) -> None:
    known = read(derived)
    assert (known["x"].untested or "").startswith(why)
    assert known["c"].untested is None


@pytest.mark.parametrize(
    ("derived", "why"),
    [
        (table(("a", 0), ("b", 0)), "MapValues has codes"),
        (table(("a", "low"), ("b", "high")), "MapValues gives labels"),
        (table(("a", 0), ("b", 1), more='defaultValue="9"'), "MapValues treats nulls"),
        (field('<NormDiscrete field="c" value="a" mapMissingTo="0.5"/>'), "NormDiscrete gives"),
    ],
)
def test_what_has_no_step_for_levels(read: Read, derived: str, why: str) -> None:
    assert (read(derived)["c"].untested or "").startswith(why)


def test_two_fields_in_one_are_both_said(read: Read) -> None:
    more = '<DataField name="y" optype="continuous" dataType="double"/>'
    known = read(field(apply("-", X, '<FieldRef field="y"/>'), "gap"), data=more)
    for name in ("x", "y"):
        assert known[name].untested == "Apply - has no step for several fields"
        assert known[name].extra["x-served"] == "gap"


def test_ranges_levels_and_what_the_schema_does(read: Read) -> None:
    known = read(
        norm((0.0, 0.0), (1.0, 2.0)),
        '<MiningField name="x" outliers="asExtremeValues" lowValue="-1" highValue="8"'
        ' missingValueReplacement="20"/><MiningField name="n"/><MiningField name="l"/>'
        '<MiningField name="y" usageType="target"/><MiningField name="w" usageType="supplementary"/>',
        '<DataField name="n" optype="continuous" dataType="double">'
        '<Interval closure="closedClosed" leftMargin="-2" rightMargin="3"/></DataField>'
        '<DataField name="l" optype="categorical" dataType="string"><Value value="u"/>'
        '<Value value="-" property="invalid"/></DataField>'
        '<DataField name="y" optype="continuous" dataType="double"/>'
        '<DataField name="w" optype="continuous" dataType="double"/>',
    )
    assert [f.name for f in known.features] == ["x", "n", "l", "y"] or {
        f.name for f in known.features
    } == {"x", "n", "l", "y"}
    assert known["x"].steps == (Clip(-1.0, 8.0), Impute(20.0), MinMax(0.0, 1.0, (0.0, 2.0)))
    assert isinstance(known["n"].reference, NumericReference)
    assert (known["n"].reference.min, known["n"].reference.max) == (-2.0, 3.0)
    assert isinstance(known["l"].reference, CategoricalReference)
    assert list(known["l"].reference.counts) == ["u"]
    assert known["y"].role == "label"
    assert known.notes == ("TreeModel: a model, left out",)


def test_chains_casts_and_local_transformations(read: Read) -> None:
    known = read(
        field(apply("ln", X), "log"),
        model="<LocalTransformations>"
        + field('<FieldRef field="log"/>', "float(log)", "float")
        + field(apply("*", '<FieldRef field="float(log)"/>', 2.0), "twice")
        + "</LocalTransformations>",
    )
    assert known["x"].steps == (Log(), Cast("float32"), Affine(0.0, 2.0))
    assert known["x"].extra["x-served"] == "twice"


def test_the_inputs_of_a_network_come_first(read: Read) -> None:
    inputs = norm((2.0, 0.0), (10.0, 1.0)).replace('name="d" ', "")
    known = read(model=f'<NeuralInputs><NeuralInput id="0">{inputs}</NeuralInput></NeuralInputs>')
    assert known["x"].steps == (MinMax(2.0, 10.0, (0.0, 1.0)),)
    assert "x-served" not in known["x"].extra


@pytest.mark.parametrize(
    ("derived", "why"),
    [
        (field('<FieldRef field="nobody"/>'), "field 'nobody' is not declared before it"),
        (field(""), "DerivedField: has no expression"),
        (norm((0.0, 0.0), (float("nan"), 1.0)), "must be a finite number, got 'nan'"),
        (field('<NormContinuous field="x"><LinearNorm orig="1"/></NormContinuous>'), "got ''"),
        (field("<Apply function='+'>" * 70 + "</Apply>" * 70), "nested too deep for PMML"),
    ],
)
def test_malformed(read: Read, derived: str, why: str) -> None:
    with pytest.raises(ParameterError, match=r"m\.pmml: line \d+") as caught:
        read(derived)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


LAUGHS = """<?xml version="1.0"?><!DOCTYPE PMML [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<PMML><DataDictionary><DataField name="&b;" optype="continuous"/></DataDictionary></PMML>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE PMML [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<PMML><DataDictionary><DataField name="&a;" optype="continuous"/></DataDictionary></PMML>"""


@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE])
def test_entities_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.pmml"
    path.write_text(text)
    with pytest.raises(ParameterError, match="declares XML entities"):
        load(path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<PMML><DataDictionary>", "no valid XML: no element found"),
        ("<PMML></PMML>", "no feature in it"),
        ("<x><PMML></PMML></x>", "no PMML: its root is x"),
        ('<?xml version="1.0" encoding="klingon"?><PMML/>', "no valid XML"),
    ],
)
def test_broken_files(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "m.pmml"
    path.write_text(text)
    with pytest.raises(ParameterError) as caught:
        load(path)
    assert why in str(caught.value)


def test_deep_and_wide_files_take_no_time(read: Read) -> None:
    """Nested constants are looked at once; thousands of indicators are one step."""
    deep = "<Apply function='+'><Constant>1</Constant>" * 50 + X + "</Apply>" * 50
    wide = "".join(field(f'<NormDiscrete field="c" value="{i}"/>', f"is_{i}") for i in range(5_000))
    before = time.monotonic()
    known = read(field(deep) + wide)
    assert time.monotonic() - before < 5
    assert known["x"].steps == (Affine(-50.0, 1.0),)
    assert len(known["c"].steps[0].values) == 5_000  # type: ignore[union-attr]
