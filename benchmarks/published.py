"""What is known of public ONNX and TFDV files: their own attributes, and published distances."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx

from skewcheck.features.steps import Affine, OneHot
from skewcheck.features.types import CategoricalReference, Parameters
from skewcheck.parameters import load

Found = dict[str, tuple[float, float]]
ONNX = "params/onnx/ModeloUnido.onnx"
TRAIN, EVAL = (f"chicago_taxi/tfdv_FeatureStats_{name}.pb" for name in ("train", "eval"))


def network(known: Parameters, data: Path) -> Found:
    """Compare with the attributes of the nodes, read by the onnx package."""
    nodes = {
        node.op_type: {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        for node in onnx.load(str(data / ONNX)).graph.node
    }
    steps = [step for feature in known.features for step in feature.steps]
    linear = [step for step in steps if isinstance(step, Affine)]
    hot = [step for step in steps if isinstance(step, OneHot)]
    found: Found = {}
    for key in ("offset", "scale"):
        apart = np.abs(np.array([getattr(s, key) for s in linear]) - nodes["Scaler"][key])
        found[f"{key} of {len(linear)} columns, absolute"] = (float(apart.max()), 0)
    told = tuple(level.decode() for level in nodes["OneHotEncoder"]["cats_strings"])
    wrong = sum(step.values != told for step in hot[-1:])
    return found | {"one-hot levels that differ": (wrong, 0)}


def statistics(_: Parameters, data: Path) -> Found:
    """Compare with the distances that TFX's own tests expect between these two files."""
    published: Mapping[str, float] = json.loads((data / "published_numbers.json").read_text())[
        "tfx_chicago_taxi_stats"
    ]
    train, serving = load(data / TRAIN), load(data / EVAL)
    one, other = train["company"].reference, serving["company"].reference
    if not isinstance(one, CategoricalReference) or not isinstance(other, CategoricalReference):
        return {"company is categorical": (1, 0)}
    shares = [{k: n / sum(r.counts.values()) for k, n in r.counts.items()} for r in (one, other)]
    every = {*shares[0], *shares[1]}
    most = max(abs(shares[0].get(k, 0) - shares[1].get(k, 0)) for k in every)
    ratio = one.rows / other.rows
    return {
        "L-infinity of company, absolute": (
            abs(most - published["company_linf"]), 1e-13
        ),
        "ratio of rows, absolute": (abs(ratio - published["num_examples_ratio"]), 1e-5),
    }  # fmt: skip


ORACLES = {ONNX: network, TRAIN: statistics, EVAL: statistics}
