"""Outputs of code that is not read are audited as served values, by what it gave in training."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.impute import KNNImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skewcheck
from skewcheck.results.audit import Audit, FeatureAudit

NAMES = ["fare", "miles", "age"]


def data(seed: int, rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "fare": rng.gamma(2, 5, rows),
        "miles": np.where(rng.random(rows) < 0.1, np.nan, rng.gamma(2, 3, rows)),
        "age": rng.normal(40, 10, rows),
    })  # fmt: skip


@cache
def imputer() -> KNNImputer:
    return KNNImputer().fit(data(0, 3000))


@cache
def components() -> object:
    return make_pipeline(KNNImputer(), StandardScaler(), PCA(2)).fit(data(0, 3000))


@cache
def captured(which: str) -> skewcheck.Parameters:
    return skewcheck.capture(imputer() if which == "knn" else components(), data(0, 3000))


def pca_of(log: pd.DataFrame) -> pd.DataFrame:
    table = components().transform(log).astype(np.float32)
    return pd.DataFrame(table, columns=["pca0", "pca1"])


def filled(log: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(imputer().transform(log), columns=NAMES)


def feature(audit: Audit, name: str) -> FeatureAudit:
    return next(f for f in audit.features if f.name == name)


LOG = data(1, 2500)


@pytest.mark.parametrize("beside", [True, False])
def test_right_outputs_are_ok_in_served_mode(beside: bool) -> None:
    log = pd.concat([LOG, pca_of(LOG)], axis=1) if beside else pca_of(LOG)
    audit = skewcheck.audit(captured("pca"), log)
    assert audit.verdict == "ok"
    assert {feature(audit, name).mode for name in ("pca0", "pca1")} == {"served"}
    assert all(feature(audit, name).verdict == "ok" for name in ("pca0", "pca1"))


@pytest.mark.parametrize("fault", ["scaled", "moved", "constant", "null"])
def test_wrong_outputs_are_skew(fault: str) -> None:
    served = pca_of(LOG)
    wrong = {
        "scaled": served * 2,
        "moved": served + 1,
        "constant": served * 0,
        "null": served.where(served > 0),
    }[fault]
    audit = skewcheck.audit(captured("pca"), pd.concat([LOG, wrong], axis=1))
    assert audit.verdict == "skew"
    assert feature(audit, "fare").verdict == "ok"


def test_outputs_that_are_not_logged_are_untested() -> None:
    audit = skewcheck.audit(captured("pca"), LOG)
    assert (audit.verdict, feature(audit, "pca0").verdict) == ("ok", "untested")


def test_outputs_called_as_their_inputs_have_the_served_columns() -> None:
    """An imputer calls its outputs as its inputs: the raw column is that of the input."""
    right, zeros = filled(LOG), LOG.fillna(0)
    for columns, template in (("_norm", "{feature}_norm"), ("knnimputer__", None)):
        named = right.add_suffix(columns) if template else right.add_prefix(columns)
        audit = skewcheck.audit(captured("knn"), pd.concat([LOG, named], axis=1), served=template)
        assert audit.verdict == "ok"
        assert feature(audit, "knnimputer__miles").mode == "served"
        assert feature(audit, "miles").mode == "raw"
    wrong = pd.concat([LOG, zeros.add_suffix("_norm")], axis=1)
    audit = skewcheck.audit(captured("knn"), wrong, served="{feature}_norm")
    assert audit.verdict == "skew"
    assert feature(audit, "knnimputer__miles").verdict == "skew"
    assert feature(audit, "miles").verdict == "ok"


def test_served_values_alone_are_those_of_the_outputs() -> None:
    audit = skewcheck.audit(captured("knn"), filled(LOG), served="{feature}")
    assert audit.verdict == "ok"
    assert feature(audit, "knnimputer__miles").verdict == "ok"
    wrong = skewcheck.audit(captured("knn"), LOG.fillna(0), served="{feature}")
    assert feature(wrong, "knnimputer__miles").verdict == "skew"
