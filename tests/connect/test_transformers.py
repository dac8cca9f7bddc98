"""The matrix of a ColumnTransformer, logged under its own names or as a vector, needs no option."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from rides import Captured
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

import skewcheck
from skewcheck.cli import main


def rides(seed: int, rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": rng.integers(18, 90, rows),
        "dow": rng.choice(["mon", "tue", "wed"], rows, p=[0.5, 0.3, 0.2]),
        "fare": np.round(rng.gamma(2.5, 9, rows), 2),
        "dist": np.round(rng.lognormal(1, 0.6, rows), 3),
    })  # fmt: skip


def one_hot() -> OneHotEncoder:
    return OneHotEncoder(sparse_output=False)


TRANSFORMERS: dict[str, Callable[[], object]] = {
    "three kinds": lambda: make_column_transformer(
        (StandardScaler(), ["age", "fare"]), (one_hot(), ["dow"]), (MinMaxScaler(), ["dist"])
    ),
    "levels first": lambda: make_column_transformer(
        (one_hot(), ["dow"]), (StandardScaler(), ["fare", "age"]), ("passthrough", ["dist"])
    ),
    "pipelines": lambda: make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["age", "fare"]),
        (make_pipeline(SimpleImputer(strategy="most_frequent"), one_hot()), ["dow"]),
        (make_pipeline(MinMaxScaler()), ["dist"]),
    ),
}


def columns(raw: pd.DataFrame, made: pd.DataFrame, path: Path) -> tuple[Path, list[str]]:
    pd.concat([raw, made], axis=1).to_parquet(path / "log.parquet")
    return path / "log.parquet", []


def made_alone(_: pd.DataFrame, made: pd.DataFrame, path: Path) -> tuple[Path, list[str]]:
    made.to_parquet(path / "log.parquet")
    return path / "log.parquet", []


def vector(raw: pd.DataFrame, made: pd.DataFrame, path: Path) -> tuple[Path, list[str]]:
    raw.assign(x=list(made.to_numpy())).to_parquet(path / "log.parquet")
    return path / "log.parquet", []


def vector_alone(_: pd.DataFrame, made: pd.DataFrame, path: Path) -> tuple[Path, list[str]]:
    pd.DataFrame({"x": list(made.to_numpy())}).to_parquet(path / "log.parquet")
    return path / "log.parquet", []


def records(raw: pd.DataFrame, made: pd.DataFrame, path: Path) -> tuple[Path, list[str]]:
    rows = zip(raw.to_dict("records"), made.to_dict("records"), strict=True)
    lines = (json.dumps({"request": r, "matrix": s}) + "\n" for r, s in rows)
    (path / "log.jsonl").write_text("".join(lines))
    return path / "log.jsonl", []


def without_header(_: pd.DataFrame, made: pd.DataFrame, path: Path) -> tuple[Path, list[str]]:
    made.to_csv(path / "log.csv", header=False, index=False)
    return path / "log.csv", ["--columns", ",".join(made)]


LAYOUTS = (columns, made_alone, vector, vector_alone, records, without_header)


@pytest.mark.parametrize("write", LAYOUTS)
@pytest.mark.parametrize("kind", TRANSFORMERS)
def test_two_commands_to_the_right_verdict(
    kind: str, write: Callable[..., tuple[Path, list[str]]], capsys: Captured, tmp_path: Path
) -> None:
    train, raw = rides(1, 5_000), rides(2, 2_000)
    train.to_parquet(tmp_path / "train.parquet")
    transformer = TRANSFORMERS[kind]().fit(train)
    joblib.dump(transformer, tmp_path / "preprocessor.joblib")
    params = str(tmp_path / "params.json")
    fit = ("--parameters", str(tmp_path / "preprocessor.joblib"), "-o", params)
    assert main(["fit", str(tmp_path / "train.parquet"), *fit]) == 0
    made = pd.DataFrame(transformer.transform(raw), columns=transformer.get_feature_names_out())
    fare = next(name for name in made if name.endswith("__fare"))
    for wrong in (False, True):
        served = made.assign(**{fare: made[fare] * 1.3}) if wrong else made
        log, options = write(raw, served, tmp_path)
        capsys.readouterr()
        code = main(["audit", params, str(log), *options, "--format", "json"])
        features = json.loads(capsys.readouterr().out)["features"]
        skewed = [f["name"] for f in features if f["verdict"] == "skew"]
        assert (code, skewed) == ((1, ["fare"]) if wrong else (0, []))


def test_other_prefixes_are_served_where_values_say_so() -> None:
    known, raw = skewcheck.fit(rides(1, 9_000).drop(columns="dow")), rides(2, 3_000)
    made = pd.DataFrame(known.transform(raw))[["age", "fare", "dist"]]
    for served, verdict in ((made, "ok"), (made.assign(fare=raw["fare"]), "skew")):
        audit = skewcheck.audit(known, raw.join(served.add_prefix("a-1__")))
        assert (audit.verdict, audit.logs.mode) == (verdict, "paired")
    # A feature store's name before what the client sent is none of a transformer.
    copied = skewcheck.audit(known, raw.join(raw.add_prefix("user__")))
    assert (copied.verdict, copied.logs.mode) == ("ok", "raw")
    # Nothing says what these are.
    held = skewcheck.audit(known, raw.join((made * 1.3).add_prefix("user__")))
    assert held.exit_code == 3


def test_names_in_other_letters_are_columns() -> None:
    known, raw = skewcheck.fit(rides(1, 9_000)), rides(2, 3_000)
    audit = skewcheck.audit(known, raw.rename(columns=str.title))
    assert (audit.verdict, audit.logs.mode) == ("ok", "raw")
    assert all(f.mode == "raw" for f in audit.features)


def test_a_vector_of_one_element_keeps_its_index() -> None:
    x = np.random.default_rng(1).normal(5, 2, (4_000, 1))
    train, rows = x[:3_000], x[3_000:]
    known = skewcheck.fit(pa.table({"e": pa.array(train.tolist())}))
    assert [feature.name for feature in known.features] == ["e[0]"]
    for factor, verdict in ((1.0, "ok"), (1.5, "skew")):
        served = factor * (rows - train.mean()) / train.std()
        for name in ("e_norm", "model_input"):
            log = pa.table({"e": pa.array(rows.tolist()), name: pa.array(served.tolist())})
            assert skewcheck.audit(known, log).verdict == verdict


def test_the_files_own_served_names_count_inside_of_records(tmp_path: Path) -> None:
    known, raw = skewcheck.fit(rides(1, 9_000)[["fare", "age"]]), rides(2, 2_000)
    fare = replace(known["fare"], extra={"x-served": "u"})
    named = replace(known, features=(fare, known["age"]))
    made = pd.DataFrame(known.transform(raw))["fare"]
    for factor, verdict in ((1.0, "ok"), (1.5, "skew")):
        rows = zip(raw.to_dict("records"), (factor * made).tolist(), strict=True)
        lines = (json.dumps({"raw": r, "tensors": {"u": u}}) + "\n" for r, u in rows)
        (tmp_path / "log.jsonl").write_text("".join(lines))
        assert skewcheck.audit(named, tmp_path / "log.jsonl").verdict == verdict


def test_show_lists_the_columns_that_an_audit_uses(tmp_path: Path, capsys: Captured) -> None:
    transformer = TRANSFORMERS["three kinds"]().fit(rides(1, 5_000))
    joblib.dump(transformer, tmp_path / "p.joblib")
    known = skewcheck.fit(rides(1, 5_000), parameters=tmp_path / "p.joblib")
    skewcheck.save(known, tmp_path / "p.json")
    assert main(["show", str(tmp_path / "p.json")]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    names = transformer.get_feature_names_out()
    log = rides(2, 2_000).join(pd.DataFrame(transformer.transform(rides(2, 2_000)), columns=names))
    (note,) = [n for n in skewcheck.audit(known, log).notes if n.code == "connected_served"]
    assert set(note.parameters["columns"]) == set(names)
    assert all(f"served as {name}" in shown for name in names if not name.startswith("onehot"))
    assert f"served as {', '.join(names[2:5])}" in shown
