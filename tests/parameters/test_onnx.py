"""ONNX models: what skl2onnx writes against ONNX's own evaluator, and operations one by one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)

from skewcheck.features.steps import Affine, Cast, Clip, Log1p, Map, OneHot, Robust, Vocabulary
from skewcheck.features.types import Parameters
from skewcheck.parameters import load
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

RNG = np.random.default_rng(0)
TRAIN = RNG.normal([3, -40, 0.001], [2, 9, 0.01], (300, 3)).astype(np.float32)
ROWS = np.vstack([
    RNG.normal([3, -40, 0.001], [6, 30, 0.03], (997, 3)), [[0, 0, 0], [1e6, -1e6, 1e-9]], TRAIN[:1],
]).astype(np.float32)  # fmt: skip
NAMES = ["a", "b", "c"]


def saved(path: Path, model: onnx.ModelProto) -> Path:
    path.write_bytes(model.SerializeToString())
    return path


def agrees(parameters: Parameters, model: onnx.ModelProto, rows: np.ndarray) -> None:
    """Compare every served column of a wide float input with the model's first output."""
    right = ReferenceEvaluator(model).run(None, {model.graph.input[0].name: rows})[0]
    names = [feature.name for feature in parameters.features]
    transformed = parameters.transform(pd.DataFrame(rows.astype(float), columns=names)).to_numpy(
        float
    )
    np.testing.assert_allclose(transformed, right, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "transformer",
    [
        StandardScaler(), StandardScaler(with_mean=False), StandardScaler(with_std=False),
        MinMaxScaler(), MinMaxScaler((-1, 2)), MinMaxScaler(clip=True), RobustScaler(),
        RobustScaler(with_centering=False), MaxAbsScaler(), SimpleImputer(), Binarizer(threshold=1),
        make_pipeline(SimpleImputer(strategy="median"), MinMaxScaler(), StandardScaler()),
    ],
    ids=str,
)  # fmt: skip
def test_what_scikit_learn_exports(tmp_path: Path, transformer: BaseEstimator) -> None:
    holes = isinstance(transformer, SimpleImputer | Pipeline)
    train, rows = TRAIN.copy(), ROWS.copy()
    if holes:
        train[::7, 1] = rows[::5, 1] = np.nan
    model = to_onnx(transformer.fit(train), train[:1])
    parameters = load(saved(tmp_path / "m.onnx", model), NAMES)
    assert [f.name for f in parameters.features] == NAMES
    assert not any(f.untested for f in parameters.features)
    agrees(parameters, model, rows)


def frame() -> pd.DataFrame:
    rows = pd.DataFrame(TRAIN, columns=NAMES)
    rows["kind"] = RNG.choice(["solo", "pool", "van"], len(rows))
    rows["city"] = RNG.choice(["x", "y"], len(rows))
    rows["shop"] = RNG.choice([3, 5, 9], len(rows))
    return rows


COLUMNS = ColumnTransformer([
    ("n", make_pipeline(SimpleImputer(), StandardScaler()), ["a", "b"]),
    ("k", OneHotEncoder(handle_unknown="ignore"), ["kind"]),
    ("d", OneHotEncoder(drop="first"), ["city"]),
    ("o", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["shop"]),
])  # fmt: skip
TYPES = [
    *((name, FloatTensorType([None, 1])) for name in NAMES),
    *((name, StringTensorType([None, 1])) for name in ("kind", "city")),
    ("shop", Int64TensorType([None, 1])),
]


@pytest.mark.parametrize("last", [LogisticRegression(), RandomForestClassifier(3, max_depth=2)])
def test_a_pipeline_with_a_model(tmp_path: Path, last: BaseEstimator) -> None:
    rows = frame()
    whole = Pipeline([("columns", COLUMNS), ("model", last)])
    whole.fit(rows, rows["a"] > 3)
    parameters = load(saved(tmp_path / "m.onnx", to_onnx(whole, initial_types=TYPES)))
    assert [f.name for f in parameters.features] == ["a", "b", "kind", "city", "shop"]
    name = {"LogisticRegression": "Linear"}.get(type(last).__name__, "TreeEnsemble")
    assert texts(parameters.notes) == (
        f"{name}Classifier: a model, left out",
        "c: not taken by the model, left out",
    )
    assert parameters["kind"].steps == (OneHot(("pool", "solo", "van")),)
    assert parameters["shop"].steps == (Vocabulary(("3", "5", "9"), -1.0),)

    only = to_onnx(whole[:-1], initial_types=TYPES)
    new = rows.assign(a=rows["a"].where(rows["a"] > 0), shop=rows["shop"].replace(9, 77))
    new.loc[::3, "kind"] = "bike"
    fed = {n: new[[n]].to_numpy(new[n].dtype if n in (*NAMES, "shop") else object) for n in rows}
    right = ReferenceEvaluator(only).run(None, fed)[0]
    transformed = load(saved(tmp_path / "c.onnx", only)).transform(new)
    served = ["a", "b", "kind_pool", "kind_solo", "kind_van", "city_y", "shop"]
    np.testing.assert_allclose(transformed[served].to_numpy(float), right, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("with_mean", [False, True])
def test_levels_that_are_scaled_behind_their_encoder(tmp_path: Path, with_mean: bool) -> None:
    rows = frame()
    levels = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    encoded = ColumnTransformer(
        [("k", levels, ["kind", "city"]), ("n", "passthrough", ["a"])], sparse_threshold=0
    )
    whole = make_pipeline(encoded, StandardScaler(with_mean=with_mean)).fit(rows)
    types = [(name, kind) for name, kind in TYPES if name in ("kind", "city", "a")]
    model = to_onnx(whole, initial_types=types)
    parameters = load(saved(tmp_path / "m.onnx", model))
    assert all(isinstance(parameters[name].steps[0], Map) for name in ("kind", "city"))
    new = rows.assign(kind=rows["kind"].where(rows["a"] > 0, "bike"))
    fed = {n: new[[n]].to_numpy("f4" if n == "a" else object) for n, _ in types}
    right = ReferenceEvaluator(model).run(None, fed)[0]
    served = ["kind_pool", "kind_solo", "kind_van", "city_x", "city_y", "a"]
    transformed = parameters.transform(new)[served].to_numpy(float)
    np.testing.assert_allclose(transformed, right, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("transformer", "why"),
    [
        (
            Normalizer(),
            "Normalizer divides each row by its own norm, which has no per-feature form",
        ),
        (PowerTransformer(), "Div of two columns has no per-feature form"),
        (KBinsDiscretizer(3, encode="ordinal", quantile_method="averaged_inverted_cdf"),
         "Less has no per-feature form"),
    ],
)  # fmt: skip
def test_what_has_no_step_is_said(tmp_path: Path, transformer: BaseEstimator, why: str) -> None:
    columns = ColumnTransformer([("s", StandardScaler(), [0]), ("t", transformer, [1, 2])])
    model = to_onnx(columns.fit(TRAIN), TRAIN[:1])
    parameters = load(saved(tmp_path / "m.onnx", model), NAMES)
    assert [f.untested for f in parameters.features] == [None, why, why]
    assert isinstance(parameters["a"].steps[0], Affine)


def model_of(
    nodes: Sequence[onnx.NodeProto], tensors: dict[str, np.ndarray] | None = None,
    inputs: Sequence[tuple[str, int, list[int | None]]] = (("x", TensorProto.FLOAT, [None, 3]),),
    output: str = "y",
) -> onnx.ModelProto:  # fmt: skip
    graph = helper.make_graph(
        list(nodes), "g", [helper.make_tensor_value_info(*item) for item in inputs],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in (tensors or {}).items()],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=opsets)


M = np.array([1.5, -2, 4], np.float32)
S = np.array([2, 0.5, 3], np.float32)


@pytest.mark.parametrize(
    ("nodes", "steps"),
    [
        ([("Sub", "x", "m", "u"), ("Div", "u", "s", "y")],
         (Robust(1.5, 2), Robust(-2, 0.5), Robust(4, 3))),
        ([("Sub", "m", "x", "y")], (Affine(1.5, -1), Affine(-2, -1), Affine(4, -1))),
        ([("Mul", "x", "s", "u"), ("Add", "u", "m", "y")],
         (Affine(-0.75, 2), Affine(4, 0.5), Affine(-4 / 3, 3))),
        ([("Neg", "x", "y")], (Affine(0, -1),) * 3),
        ([("Max", "x", "zero", "y")], (Clip(min=0.0),) * 3),
        ([("Clip", "x", "zero", "", "y")], (Clip(min=0.0),) * 3),
        ([("Abs", "x", "y")], ()),
    ],
)  # fmt: skip
def test_arithmetic(tmp_path: Path, nodes: list[tuple[str, ...]], steps: tuple[object]) -> None:
    onnx_nodes = [helper.make_node(op, names[:-1], names[-1:]) for op, *names in nodes]
    tensors = {"m": M, "s": S[None, :], "zero": np.array(0, np.float32)}
    model = model_of(onnx_nodes, tensors)
    parameters = load(saved(tmp_path / "m.onnx", model), NAMES)
    if not steps:
        assert parameters["a"].untested == "Abs has no per-feature form"
        return
    assert tuple(f.steps[0] for f in parameters.features) == steps
    agrees(parameters, model, ROWS)


@pytest.mark.parametrize(
    ("to", "steps", "why"),
    [
        (TensorProto.FLOAT16, (Cast("float16"),), None),
        (TensorProto.BFLOAT16, (Cast("bfloat16"),), None),
        (TensorProto.DOUBLE, (), None),
        (TensorProto.INT8, (Cast("int8"),), None),
        (TensorProto.INT64, (Cast("int64"),), None),
        (TensorProto.UINT64, (), "Cast to uint64: no step does"),
        (TensorProto.BOOL, (), "Cast to truth: no step does"),
        (TensorProto.STRING, (), "Cast from float to text: no step does"),
    ],
)
def test_casts(tmp_path: Path, to: int, steps: tuple[object], why: str | None) -> None:
    model = model_of([helper.make_node("Cast", ["x"], ["y"], to=to)])
    model.graph.output[0].type.tensor_type.elem_type = to
    parameters = load(saved(tmp_path / "m.onnx", model), NAMES)
    assert [(f.steps, f.untested) for f in parameters.features] == [(steps, why)] * 3
    if why is None:
        agrees(parameters, model, ROWS.clip(-100, 100))  # beyond int8 a cast is undefined


def test_log_of_one_more_is_one_step_and_constants_may_be_nodes(tmp_path: Path) -> None:
    constant_node = helper.make_node("Constant", [], ["one"], value_float=1.0)
    nodes = [
        constant_node,
        helper.make_node("Add", ["one", "x"], ["u"]),
        helper.make_node("Log", ["u"], ["y"]),
    ]
    model = model_of(nodes)
    parameters = load(saved(tmp_path / "m.onnx", model))
    assert [f.name for f in parameters.features] == ["x[0]", "x[1]", "x[2]"]
    assert parameters.features[0].steps == (Log1p(),)
    agrees(parameters, model, np.abs(ROWS))


def test_columns_are_followed_through_splits_and_slices(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Split", ["x", "sizes"], ["one", "two"], axis=1),
        helper.make_node("Gather", ["two", "last"], ["third"], axis=1),
        helper.make_node("Slice", ["x", "1", "2", "1"], ["second"]),
        helper.make_node("Concat", ["third", "one", "second"], ["u"], axis=1),
        helper.make_node("Scaler", ["u"], ["y"], domain="ai.onnx.ml", offset=M, scale=S),
    ]
    tensors = {
        "sizes": np.array([1, 2]),
        "last": np.array([-1]),
        "1": np.array([1]),
        "2": np.array([2]),
    }
    model = model_of(nodes, tensors)
    parameters = load(saved(tmp_path / "m.onnx", model), NAMES)
    right = ReferenceEvaluator(model).run(None, {"x": ROWS})[0]
    transformed = parameters.transform(pd.DataFrame(ROWS.astype(float), columns=NAMES))
    np.testing.assert_allclose(transformed[["c", "a", "b"]], right, rtol=1e-6)
    assert parameters["a"].extra["x-source"] == "Scaler.offset[1]"


def encoder(values: list[float], keys: list[str], **more: object) -> onnx.NodeProto:
    return helper.make_node("LabelEncoder", ["k"], ["y"], domain="ai.onnx.ml", keys_strings=keys,
                            values_floats=values, **more)  # fmt: skip


def test_codes(tmp_path: Path) -> None:
    inputs = [("k", TensorProto.STRING, [None, 1])]
    model = model_of(
        [encoder([30.0, 10.0, 20.0], ["b", "a", "c"], default_float=5.0)], inputs=inputs
    )
    parameters = load(saved(tmp_path / "m.onnx", model))
    rows = pd.DataFrame({"k": ["a", "b", "c", "z"]})
    right = ReferenceEvaluator(model).run(None, {"k": rows[["k"]].to_numpy(object)})[0]
    np.testing.assert_allclose(parameters.transform(rows)[["k"]], right)
    means = encoder([0.31, 0.22, 0.22], ["b", "a", "c"], default_float=0.25)
    scaler = helper.make_node(
        "Scaler", ["y"], ["z"], domain="ai.onnx.ml", offset=[0.3], scale=[2.0]
    )
    for i, nodes in enumerate(([means], [means, scaler])):
        uneven = model_of(nodes, inputs=inputs, output="yz"[i])
        parameters = load(saved(tmp_path / f"u{i}.onnx", uneven))
        right = ReferenceEvaluator(uneven).run(None, {"k": rows[["k"]].to_numpy(object)})[0]
        np.testing.assert_allclose(parameters.transform(rows)[["k"]], right, rtol=1e-6)
    twice = model_of([encoder([0.31, 0.22], ["a", "a"])], inputs=inputs)
    assert "no distinct levels" in str(load(saved(tmp_path / "t.onnx", twice))["k"].untested)


def test_an_open_width_is_what_the_numbers_say(tmp_path: Path) -> None:
    scaler = helper.make_node("Scaler", ["x"], ["y"], domain="ai.onnx.ml", offset=M, scale=S)
    wide = [("x", TensorProto.FLOAT, [None, None])]
    parameters = load(saved(tmp_path / "m.onnx", model_of([scaler], inputs=wide)))
    assert len(parameters.features) == 3


def external() -> onnx.ModelProto:
    model = model_of([helper.make_node("Sub", ["x", "m"], ["y"])], {"m": M})
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    tensor.ClearField("raw_data")
    return model


def absurd() -> onnx.ModelProto:
    model = model_of([helper.make_node("Sub", ["x", "m"], ["y"])], {"m": M})
    model.graph.initializer[0].dims[:] = [2**40]
    return model


def short() -> onnx.ModelProto:
    model = model_of([helper.make_node("Sub", ["x", "m"], ["y"])], {"m": M})
    model.graph.initializer[0].dims[:] = [4]
    return model


OPEN = (
    "does not say how many columns its input x has: convert the model with the number of"
    " columns in its input's shape"
)
RELU = helper.make_node("Relu", ["x"], ["y"])


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (external(), "m stands in another file (external data): save the model as one file"),
        (absurd(), "m announces 1,099,511,627,776 values, no parameters"),
        (short(), "m announces 4 values, but holds 3"),
        (model_of([RELU], inputs=[("x", TensorProto.FLOAT, [None, 2**40])]),
         "its input x has 1,099,511,627,776 columns, no table of features"),
        (model_of([RELU], inputs=[("x", TensorProto.FLOAT, [None, None])]),
         OPEN),
        (model_of([helper.make_node("Gather", ["x", "i"], ["y"], axis=1)], {"i": np.array([7])}),
         "Gather takes a column that its 3 columns lack"),
    ],
)  # fmt: skip
def test_what_is_refused(refusal: object, model: onnx.ModelProto, why: str) -> None:
    assert callable(refusal)
    assert refusal(model.SerializeToString(), "m.onnx") == why


def test_columns_that_double_stop(refusal: object) -> None:
    nodes = [helper.make_node("Concat", [f"v{i}"] * 2, [f"v{i + 1}"], axis=1) for i in range(60)]
    content = model_of(nodes, inputs=[("v0", TensorProto.FLOAT, [None, 3])]).SerializeToString()
    assert callable(refusal)
    assert refusal(content, "m.onnx") == "makes more than 500,000 columns, too many to follow"


def test_cuts_and_mutations_are_read_or_refused_in_one_line(tmp_path: Path) -> None:
    content = to_onnx(COLUMNS.fit(frame()), initial_types=TYPES).SerializeToString()
    random = np.random.default_rng(5)
    messages = []
    for i in range(400):
        broken = bytearray(content[: random.integers(1, len(content))] if i % 3 else content)
        for place in random.integers(0, len(broken), random.integers(1, 6)):
            broken[place] = random.integers(0, 256)
        (tmp_path / "m.onnx").write_bytes(broken)
        try:
            load(tmp_path / "m.onnx")
        except ParameterError as error:
            messages.append(str(error))
    assert len(messages) > 100
    assert not any("\n" in text for text in messages)
