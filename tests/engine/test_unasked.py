"""Columns that look like served values are told where no option names them, and no others are."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.engine.served_names import by_letters, named, template_of
from skewcheck.engine.served_values import Expected
from skewcheck.features.steps import Impute, OneHot, ZScore
from skewcheck.features.types import Feature, Parameters
from skewcheck.logs.arrays.arrow import from_numpy
from skewcheck.results.audit import Audit
from skewcheck.results.gate import UnaskedServed

ROWS = 2_000
LEVELS = tuple("abcde")
Logged = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]
"""Makes a log of raw columns and of what training makes of them."""


def rides(seed: int, rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "fare": np.round(rng.gamma(2, 5, rows), 2),
        "count": rng.poisson(3, rows),
        "pay": rng.choice(LEVELS, rows, p=[0.4, 0.3, 0.15, 0.1, 0.05]),
    })  # fmt: skip


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return skewcheck.fit(rides(1, 20_000))


def with_onehot(parameters: Parameters) -> Parameters:
    pay = replace(parameters["pay"], steps=(OneHot(LEVELS),))
    return replace(parameters, features=(*parameters.features[:2], pay))


def unasked(audit: Audit) -> list[UnaskedServed]:
    return [hold.served for hold in audit.holds if hold.served is not None]


def connected(audit: Audit) -> list[str]:
    """Return the columns that are tested as served ones, as the log shows them."""
    notes = [note.parameters["columns"] for note in audit.notes if note.code == "connected_served"]
    return [str(column) for columns in notes if isinstance(columns, tuple) for column in columns]


SERVED: dict[str, tuple[Logged, list[str]]] = {
    "by suffix": (
        lambda raw, fed: raw.join(fed.add_suffix("_norm")), ["fare_norm", "count_norm", "pay_norm"]
    ),
    "in a struct": (
        lambda raw, fed: raw.assign(served=fed[["fare", "count"]].to_dict("records")),
        ["served.fare", "served.count"],
    ),
    "of a ColumnTransformer": (
        lambda raw, fed: raw.join(fed.add_prefix("num__")[["num__fare"]]), ["num__fare"]
    ),
    "by values alone": (lambda raw, fed: raw.assign(x1=fed["fare"]), ["x1"]),
    "by rounded values": (
        lambda raw, fed: raw.assign(x1=fed["fare"].round(2).astype("float32")), ["x1"]
    ),
    "by codes alone": (lambda raw, fed: raw.assign(x1=fed["pay"]), ["x1"]),
    "in a vector": (
        lambda raw, fed: raw.assign(x=fed.to_numpy().tolist()), ["x[0]", "x[1]", "x[2]"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SERVED)
def test_what_can_be_nothing_else_is_tested_as_served(parameters: Parameters, kind: str) -> None:
    logged, columns = SERVED[kind]
    raw = rides(2)
    fed = parameters.transform(raw)
    audit = skewcheck.audit(parameters, logged(raw, fed))
    assert sorted(connected(audit)) == sorted(columns)
    assert audit.exit_code == int("rounded" in kind)
    # The last rows are served wrong.
    wrong = fed.assign(fare=fed["fare"].where(raw.index < 0.995 * ROWS, fed["fare"] + 1))
    if any("fare" in column or "x" in column for column in columns) and "codes" not in kind:
        fare = next(
            f for f in skewcheck.audit(parameters, logged(raw, wrong)).features if f.name == "fare"
        )
        assert fare.verdict == "skew"


LOOK_ALIKES: dict[str, tuple[Logged, str | None, list[str]]] = {
    "wrong in every row": (
        lambda raw, _: raw.assign(fare_scaled=raw["fare"] * 2), "{feature}_scaled",
        ["fare_scaled"],
    ),
    "stuck": (lambda raw, _: raw.assign(fareNorm=0.0), "{feature}Norm", ["fareNorm"]),
    "never written": (
        lambda raw, _: raw.assign(served_fare=np.nan), "served_{feature}", ["served_fare"]
    ),
    "right in most rows, with a name that contains the feature's": (
        lambda raw, fed: raw.assign(fare_x=fed["fare"].where(raw.index % 3 > 0, 0.0)),
        "{feature}_x", ["fare_x"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", LOOK_ALIKES)
def test_what_looks_like_served_values_holds_the_audit(parameters: Parameters, kind: str) -> None:
    logged, template, columns = LOOK_ALIKES[kind]
    raw = rides(2)
    audit = skewcheck.audit(parameters, logged(raw, parameters.transform(raw)))
    (served,) = unasked(audit)
    assert (served.template, list(served.columns)) == (template, columns)
    assert (audit.verdict, audit.exit_code) == ("inconclusive", 3)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_in_every_format(parameters: Parameters, tmp_path: Path, ending: str) -> None:
    raw = rides(2)
    log = raw.assign(x1=parameters.transform(raw)["fare"])
    path = tmp_path / f"log.{ending}"
    if ending == "csv":
        log.to_csv(path, index=False, float_format="%.4g")
    elif ending == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in log.to_dict("records")))
    else:
        log.to_parquet(path)
    assert connected(skewcheck.audit(parameters, path)) == ["x1"]


NO_LOOK_ALIKES: dict[str, Logged] = {
    "nothing else": lambda raw, _: raw,
    "other units and copies": lambda raw, _: raw.assign(
        fare_usd=raw["fare"] * 1.1, fare_copy=raw["fare"], fares=raw["fare"] + 1
    ),
    "another number": lambda raw, _: raw.assign(
        z=np.random.default_rng(3).normal(size=ROWS), user=np.arange(ROWS)
    ),
    "a name, and text": lambda raw, _: raw.assign(fare_norm="standard"),
    "a name, and values that cannot be": lambda raw, _: raw.assign(
        fare_norm=np.random.default_rng(3).normal(5_000, 10, ROWS)
    ),
    "a code of two levels": lambda raw, _: raw.assign(is_a=(raw["pay"] == "a").astype(int)),
    "a constant": lambda raw, _: raw.assign(x1=0.0),
}


@pytest.mark.parametrize("kind", NO_LOOK_ALIKES)
def test_raw_logs_are_not_held(parameters: Parameters, kind: str) -> None:
    raw = rides(2)
    for known in (parameters, with_onehot(parameters)):
        audit = skewcheck.audit(known, NO_LOOK_ALIKES[kind](raw, raw))
        assert (audit.verdict, audit.holds) == ("ok", ())


def test_the_columns_of_levels(parameters: Parameters) -> None:
    known, raw = with_onehot(parameters), rides(2)
    fed = known.transform(raw)[[f"pay_{level}" for level in LEVELS]]
    for name in ("pay_{}", "pay_{}_norm", "o{}"):
        columns = [name.format(level) for level in LEVELS]
        audit = skewcheck.audit(known, raw.join(fed.set_axis(columns, axis=1)))
        assert (connected(audit), audit.exit_code) == (columns, 0)


def test_an_option_settles_it(parameters: Parameters) -> None:
    raw = rides(2)
    log = raw.join(parameters.transform(raw).add_suffix("_norm"))
    assert skewcheck.audit(parameters, log).logs.mode == "paired"
    log["fare_norm"] *= np.where(log.index % 3, 1, 2)  # neither most features, nor equal
    log = log.drop(columns=["count_norm", "pay_norm"])
    assert skewcheck.audit(parameters, log).exit_code == 3
    assert skewcheck.audit(parameters, log, inconclusive="pass").exit_code == 3
    log = raw.join(parameters.transform(raw).add_suffix("_norm"))
    for options in (
        {"served": "none"},
        {"served": "{feature}_norm"},
        {"features": {"*": {"served": "none"}}},
    ):
        audit = skewcheck.audit(parameters, log, **options)
        assert (audit.verdict, audit.exit_code, audit.holds) == ("ok", 0, ())
    # Said of one feature, it is not said of the others.
    part = skewcheck.audit(parameters, log, features={"fare": {"served": "none"}})
    assert connected(part) == ["count_norm", "pay_norm"]


def test_a_feature_of_the_file_is_no_served_column(parameters: Parameters) -> None:
    raw = rides(2).assign(fare_norm=lambda x: x["fare"] / 3)
    known = skewcheck.fit(rides(1, 20_000).assign(fare_norm=lambda x: x["fare"] / 3))
    for options in ({}, {"features": "fare"}, {"exclude": "fare_norm"}):
        assert skewcheck.audit(known, raw, **options).verdict == "ok"


def test_the_files_own_names_come_first(parameters: Parameters) -> None:
    raw = rides(2)
    fare = replace(parameters["fare"], extra={"x-served": "v[1]"})
    known = replace(parameters, features=(fare, *parameters.features[1:]))
    log = raw.assign(**{"v[1]": raw["fare"] * 9, "fare_norm": 0.0})
    audit = skewcheck.audit(known, log)
    assert (connected(audit), unasked(audit), audit.exit_code) == (["v[1]"], [], 1)


# The parts


def test_names() -> None:
    fare, pay = Feature("Fare", "numeric"), Feature("pay", "categorical", (OneHot(("x", "y z")),))
    columns = by_letters(["fare", "scaled.fare", "pay_x_norm", "pay_y z_norm", "num_rooms"])
    assert named(fare, columns) == ("scaled.fare",)
    assert named(pay, columns) == ("pay_x_norm", "pay_y z_norm")
    assert named(Feature("rooms", "numeric"), columns) == ()
    assert template_of(pay, ["pay_y z_norm"]) == "{feature}_norm"
    assert template_of(fare, ["x1"]) is None


def test_steps_that_change_nothing_tell_nothing() -> None:
    raw = from_numpy(np.random.default_rng(1).normal(size=200))
    filled = Expected.of(Feature("a", "numeric", (Impute(0.0),)), raw)
    scaled = Expected.of(Feature("a", "numeric", (ZScore(3.0, 2.0),)), raw)
    assert filled is not None
    assert scaled is not None
    assert (len(filled.telling), len(scaled.telling)) == (0, 1)
    assert Expected.of(Feature("a", "categorical", (Impute("x"),)), raw) is None


def test_served_vectors_beside_raw_ones() -> None:
    x = np.random.default_rng(0).normal(5, 2, (3000, 3))
    train, rows = x[:2000], x[2000:]
    known = skewcheck.fit(pa.table({"e": pa.array(train.tolist())}))
    served = (rows - train.mean(0)) / train.std(0)
    for factor, code in ((1.0, 0), (1.5, 1)):
        columns = {"e": rows.tolist(), "e_norm": (factor * served).tolist()}
        log = pa.table({name: pa.array(values) for name, values in columns.items()})
        forgotten = skewcheck.audit(known, log)
        assert (forgotten.logs.mode, forgotten.exit_code) == ("paired", code)
        asked = skewcheck.audit(known, log, served="{feature}_norm")
        assert (asked.logs.mode, asked.exit_code) == ("paired", code)


def test_truth_values_are_no_served_values() -> None:
    rng = np.random.default_rng(0)
    log = pd.DataFrame({"age": rng.normal(40, 9, 3000)})
    known = skewcheck.fit(log)
    for flag in (True, rng.random(3000) < 0.5):
        assert skewcheck.audit(known, log.assign(age_served=flag)).verdict == "ok"
    tested = skewcheck.audit(known, log.assign(age_served=(log["age"] - 40) / 8))
    assert (connected(tested), tested.exit_code) == (["age_served"], 1)
