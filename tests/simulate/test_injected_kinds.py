"""Every kind of fault that the catalogue names for `inject` is written, and an audit names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.catalogue.causes import CAUSES
from skewcheck.cli.inject import _value
from skewcheck.features.steps import Log1p, MinMax, OneHot, Robust, Standardize, Vocabulary, ZScore
from skewcheck.features.types import Feature, Parameters

ROWS = 3_000
CITIES = ["Zürich", "Genève & Nyon", "Córdoba", "Łódź é"]
NEEDED = {
    "epsilon_changed": "small", "step_missing": "long", "time_shift": "hour",
    "category_renamed": "city", "encoding_changed": "city",
    "wrong_group": "keyed", "global_parameters": "keyed", "scope_changed": "windowed",
    "step_changed": "long",
}  # fmt: skip
"""The feature that can have a fault, where that is not `age`."""
BY_SETTING = {
    "function=uint8": "delay", "function=decimal_point_lost": "fare", "function=abs": "delay",
    "multiple=60": "delay", "multiple=60 method=rounded": "delay", "max=255": "delay",
    "function=log": "fare", "offset=1": "hour", "swapped=parameters": "age,fare",
    "value=null": "age,fare", "value=null side=raw": "age,fare",
}  # fmt: skip
OF_ALL = ("order=", "shift=1")
"""Settings that are of all columns."""
VARIANTS = {
    ("encoding_changed", "order=alphabetical"): "alphabetical",
    ("encoding_changed", "order=reverse"): "reverse",
    ("category_renamed", "spelling=accents"): "accents",
    ("category_renamed", "spelling=decomposed"): "unicode_forms",
    ("category_renamed", "spelling=lost"): "lost_characters",
    ("category_renamed", "spelling=misread"): "misread",
    ("category_renamed", "spelling=url"): "percent_encoded",
}
"""What tells settings that are told in no parameter."""
SAID = {"over=running frozen=300": {"frozen": 300}}
"""What an audit says of settings in other words: a window longer than that is all rows so far."""
NOT_SAID = frozenset(("side", "value", "prefix", "shift", "group", "ddof"))
"""Settings that are not told in these words."""


def frame(seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    times = np.cumsum(random.integers(20, 200, ROWS))
    key = random.choice(["a", "b", "c"], ROWS)
    return pd.DataFrame({
        "age": random.normal(40, 12, ROWS),
        "fare": np.round(random.gamma(2, 5, ROWS) + 0.01, 2),
        "delay": random.integers(-60, 400, ROWS),
        "hour": random.integers(0, 24, ROWS),
        "long": np.round(random.gamma(2, 5, ROWS), 2),
        "small": np.round(random.normal(0, 0.01, ROWS), 5),
        "city": random.choice(CITIES, ROWS, p=[0.4, 0.3, 0.2, 0.1]),
        "way": random.choice(["b", "a", "c"], ROWS, p=[0.5, 0.3, 0.2]),
        "keyed": random.normal(0, 1, ROWS) + np.select([key == "a", key == "b"], [5, 60], -20),
        "windowed": random.normal(5, 2, ROWS),
        "k": key,
        "host": random.choice(["h1", "h2", "h3"], ROWS),
        "ts": pd.Timestamp("2026-11-01", tz="UTC") + pd.to_timedelta(times, "s"),
    })  # fmt: skip


TRAIN, LOG = frame(1), frame(2)


def zscore(name: str) -> ZScore:
    return ZScore(float(TRAIN[name].mean()), float(TRAIN[name].std(ddof=0)))


KEYS = {k: (ZScore(mean, 1.0),) for k, mean in (("a", 5.0), ("b", 60.0), ("c", -20.0))}
STEPS = Parameters((
    Feature("age", "numeric", (zscore("age"),)),
    Feature("fare", "numeric", (zscore("fare"),)),
    Feature("delay", "numeric", (MinMax(-60.0, 400.0),)),
    Feature("hour", "numeric", (Robust(12.0, 12.0),)),
    Feature("long", "numeric", (Log1p(), ZScore(2.2, 0.6))),
    Feature("small", "numeric", (zscore("small"),)),
    Feature("city", "categorical", (Vocabulary(tuple(CITIES)),)),
    Feature("way", "categorical", (OneHot(("b", "a", "c")),)),
    replace(Feature("keyed", "numeric", ()), by="k", groups=KEYS),
    Feature("windowed", "numeric", (Standardize("window", length=10),)),
), "", path="p.json")  # fmt: skip
TRAINED = skewcheck.fit(TRAIN, parameters=STEPS)


def kinds() -> list[tuple[str, str]]:
    return [
        (spec.code, kind)
        for spec in CAUSES.values()
        for kind in dict.fromkeys(("", *spec.injected.split("; ")))
    ]


def settings_of(kind: str) -> Mapping[str, float | str | bool]:
    pairs = (pair.partition("=") for pair in kind.split())
    return {key: _value(text) for key, _, text in pairs}


@pytest.mark.parametrize(("fault", "kind"), kinds())
def test_a_kind_is_written_and_named(tmp_path: Path, fault: str, kind: str) -> None:
    out, old = tmp_path / "out.parquet", tmp_path / "old.json"
    skewcheck.save(Parameters((Feature("age", "numeric", (ZScore(38.0, 11.0),)),), ""), old)
    every = fault == "swapped_features" and kind.startswith(OF_ALL)
    feature = () if every else BY_SETTING.get(kind) or NEEDED.get(fault, "age")
    if (fault, kind) == ("swapped_features", ""):
        feature = "age,fare"
    settings = settings_of(kind)
    done = skewcheck.inject(
        fault, TRAINED, LOG, out, feature=feature.split(",") if feature else (),
        numbers=settings, time_column="ts", history=[str(old)],
        share=0.1 if "value=null" in kind else 1.0,
    )  # fmt: skip
    assert done.affected > 0
    audit = skewcheck.audit(
        TRAINED, out, served="{feature}_norm", time_column="ts", history=[str(old)], by="host"
    )
    found = {f.name: f.causes[0] for f in audit.features if f.causes}
    named = [name for name in done.features if name in found]
    assert named
    assert {found[name].code for name in named} == {fault}
    for name in named:
        cause = found[name]
        if (fault, kind) in VARIANTS:
            assert cause.variant == VARIANTS[fault, kind]
            continue
        said = SAID.get(kind, {k: v for k, v in settings.items() if k not in NOT_SAID})
        told = {"by": cause.parameters.get("per"), **cause.parameters}
        assert {key: told.get(key) for key in said} == pytest.approx(said)
