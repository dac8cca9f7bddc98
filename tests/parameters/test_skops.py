"""skops files are read as the pickles of the same objects, and nothing in them is imported."""

from __future__ import annotations

import io
import json
import pickle
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    LabelEncoder,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

import skewcheck
from skewcheck.parameters.pickles import PickledObject, unpickle
from skewcheck.parameters.skops.nodes import read_tree
from skewcheck.parameters.zip_members import ZipMembers

sys.path.append(str(Path(__file__).parent.parent.parent / "fixtures"))  # last: as in packages
import tensors

RNG = np.random.default_rng(6)
FRAME = pd.DataFrame({"a": RNG.normal(3, 2, 90), "b": RNG.gamma(2, 5, 90),
                      "k": RNG.choice(["x", "y", "z"], 90)})  # fmt: skip
LABELS = (FRAME["a"] > 3).astype(int)
NUMBERS = FRAME[["a", "b"]]
COLUMNS = ColumnTransformer(
    [("n", make_pipeline(SimpleImputer(), StandardScaler()), ["a"]), ("r", RobustScaler(), ["b"]),
     ("c", OneHotEncoder(handle_unknown="ignore"), ["k"])]
)  # fmt: skip
FITTED = {
    "standard": StandardScaler().fit(NUMBERS),
    "min-max": MinMaxScaler((-1, 1), clip=True).fit(NUMBERS),
    "power": PowerTransformer().fit(NUMBERS),
    "quantile": QuantileTransformer(n_quantiles=20).fit(NUMBERS),
    "bins": KBinsDiscretizer(
        4, encode="ordinal", quantile_method="averaged_inverted_cdf").fit(NUMBERS),
    "logarithm": make_pipeline(FunctionTransformer(np.log1p), StandardScaler()).fit(NUMBERS.abs()),
    "codes": OrdinalEncoder().fit(FRAME[["k"]]),
    "target": TargetEncoder(random_state=0).fit(FRAME[["k"]], LABELS),
    "union": FeatureUnion([("a", StandardScaler()), ("b", RobustScaler())]).fit(NUMBERS),
    "columns": COLUMNS.fit(FRAME),
    "search": GridSearchCV(make_pipeline(COLUMNS, LogisticRegression()),
                           {"logisticregression__C": [0.1, 1.0]}, cv=2).fit(FRAME, LABELS),
    "bundle": {"scaler": StandardScaler().fit(NUMBERS), "k": LabelEncoder().fit(FRAME["k"])},
    "numbers": {"mean": {"a": 1.5}, "std": {"a": 2.5}},
}  # fmt: skip
Refusal = Callable[..., str]


@pytest.mark.parametrize("name", FITTED)
def test_a_skops_file_says_what_the_pickle_says(name: str, tmp_path: Path) -> None:
    skops.io.dump(FITTED[name], tmp_path / "fitted.skops")
    (tmp_path / "fitted.pkl").write_bytes(pickle.dumps(FITTED[name]))
    ours, theirs = (skewcheck.load(tmp_path / f"fitted.{end}") for end in ("skops", "pkl"))
    assert ours.features == theirs.features
    assert ours.notes == theirs.notes
    assert ours.model["format"] == "skops"


def test_it_serves_what_scikit_learn_serves(tmp_path: Path) -> None:
    skops.io.dump(FITTED["columns"], tmp_path / "fitted.skops")
    served = skewcheck.load(tmp_path / "fitted.skops").transform(FRAME)
    expected = COLUMNS.transform(FRAME)
    np.testing.assert_allclose(served[["a", "b", "k_x", "k_y", "k_z"]], expected, rtol=1e-9)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_values_of_every_kind(compression: int) -> None:
    value = {
        "text": "x", "number": 1.5, "nothing": None, "true": True, "nan": float("nan"),
        "list": [1, [2, "x"]], "tuple": (1, (2,)), "set": {1, 2}, "slice": slice(1, 5, None),
        "bytes": b"\0x", "keys": {1: "a", 2.5: "b", None: "c", "d": "e"},
        "scalar": np.float64(2.5), "small": np.float32(0.1), "flag": np.bool_(True),
        "array": np.arange(6.0).reshape(2, 3), "texts": np.array(["a", "b"]),
        "objects": np.array([["a", 1], [None, 2.5]], object), "empty": np.zeros((0, 3)),
    }  # fmt: skip
    read = read_tree(ZipMembers(skops.io.dumps(value, compression=compression)))
    assert isinstance(read, dict)
    pickled = unpickle(pickle.dumps(value), Path("x"))
    np.testing.assert_equal(read, pickled)


def test_code_becomes_names() -> None:
    value = [np.log1p, FunctionTransformer(np.sqrt), StandardScaler, FITTED["standard"].transform]
    read = read_tree(ZipMembers(skops.io.dumps(value)))
    assert isinstance(read, list)
    named = [(x.module, x.name, x.opaque) for x in read if isinstance(x, PickledObject)]
    module = "sklearn.preprocessing._data"
    assert named == [
        ("numpy", "log1p", False),
        ("sklearn.preprocessing._function_transformer", "FunctionTransformer", False),
        (module, "StandardScaler", False),
        (module, "StandardScaler.transform", True),
    ]


def schema(of: object) -> dict[str, object]:
    """Return the schema of an object as skops writes it."""
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(of))) as archive:
        read: dict[str, object] = json.loads(archive.read("schema.json"))
        return read


def packed(root: object, **members: bytes) -> bytes:
    """Return a skops file with a schema as given."""
    files = {name.replace("_npy", ".npy"): content for name, content in members.items()}
    text = root if isinstance(root, bytes) else json.dumps(root).encode()
    return tensors.zipped({**files, "schema.json": text})


def node(loader: str, module: str, name: str, **others: object) -> dict[str, object]:
    return {"__class__": name, "__module__": module, "__loader__": loader, **others}


TEXT = node("JsonNode", "builtins", "str", content='"touch flag"', is_json=True)
ARGS = node("TupleNode", "builtins", "tuple", content=[TEXT])
STATE = {"content": {}, "key_types": node("ListNode", "builtins", "list", content=[])}
NO_STATE = node("DictNode", "builtins", "dict", **STATE)


@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "subprocess.Popen", "numpy.load"])
@pytest.mark.parametrize(
    "made",
    [{"__loader__": "ObjectNode", "content": NO_STATE},
     {"__loader__": "ConstructorFromReduceNode", "content": ARGS}],
    ids=lambda made: str(made["__loader__"]),
)  # fmt: skip
def test_objects_of_code_are_refused(made: dict[str, object], name: str, refusal: Refusal) -> None:
    module, _, cls = name.rpartition(".")
    said = refusal(packed({**node("", module, cls), **made, "protocol": 2}), "x.skops")
    assert "refused" in said
    assert "nothing was executed" in said


@pytest.mark.parametrize(
    "value",
    [
        node("FunctionNode", "os", "system"),
        node("FunctionNode", "x", "y", content={"module_path": "os", "function": "system"}),
        node("TypeNode", "subprocess", "Popen"),
        node("MethodNode", "os", "system", content={"func": "popen", "obj": TEXT}),
        node("OperatorFuncNode", "operator", "methodcaller", attrs=ARGS),
        node("PartialNode", "functools", "partial", content={"func": TEXT}),
        node("RandomGeneratorNode", "numpy.random", "Generator", content={"bit_generator": TEXT}),
        node("NoSuchNode", "os", "system", content=TEXT),
        node("SparseMatrixNode", "scipy.sparse", "csr_matrix", file="x.npz"),
    ],
    ids=lambda value: str(value["__loader__"]),
)
def test_functions_methods_and_unknown_nodes_are_left_out(
    value: dict[str, object], tmp_path: Path
) -> None:
    root = schema({"a": FITTED["numbers"], "b": 0})
    content = root["content"]
    assert isinstance(content, dict)
    content["b"] = value
    (tmp_path / "x.skops").write_bytes(packed(root))
    with pytest.raises(skewcheck.SkewcheckError, match="of which no parameters are known") as error:
        skewcheck.load(tmp_path / "x.skops")
    assert "\n" not in str(error.value)


def deep(levels: int) -> dict[str, object]:
    value: dict[str, object] = TEXT
    for _ in range(levels):
        value = node("ListNode", "builtins", "list", content=[value])
    return value


def doubled(array: bytes) -> dict[str, object]:
    return node("NdArrayNode", "numpy", "ndarray", type="numpy", file=array.decode())


WRONG = {
    "no JSON": b"{",
    "deep JSON": b"[" * 200_000,
    "no object": b"[]",
    "no node": {"protocol": 2},
    "text": b'"x"',
    "newer protocol": {**TEXT, "protocol": 99},
    "deep nodes": {**deep(300), "protocol": 2},
    "value of values": {**TEXT, "content": "[[1]]"},
    "number of a million digits": {**TEXT, "content": "9" * 1_000_000},
    "no member": node("NdArrayNode", "numpy", "ndarray", type="numpy", file="x.npy"),
    "file outside": node("BytesNode", "builtins", "bytes", file="../../etc/passwd"),
    "shape that is none": node(
        "NdArrayNode", "numpy", "ndarray", type="json", content=[TEXT], shape=TEXT
    ),
    "keys without types": node("DictNode", "builtins", "dict", content={"a": TEXT}, key_types=ARGS),
    "name with markup": node("ObjectNode", "<b>\x1b[31m", "x\n", content=NO_STATE),
    "million nodes": {
        **node("ListNode", "builtins", "list", content=[{}] * 1_000_000),
        "protocol": 2,
    },
}


@pytest.mark.parametrize("root", WRONG.values(), ids=WRONG)
def test_damaged_schemas_are_refused(root: object, refusal: Refusal) -> None:
    said = refusal(packed(root), "x.skops")
    assert "\x1b" not in said


def test_a_bomb_is_refused(refusal: Refusal) -> None:
    file = io.BytesIO()
    root = node("BytesNode", "builtins", "bytes", file="x.bin", protocol=2)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.bin", bytes(300_000_000))
        archive.writestr("schema.json", json.dumps(root))
    assert refusal(file.getvalue(), "x.skops") == "x.bin: larger than 256 MiB, no parameters"
