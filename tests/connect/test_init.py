"""`skewcheck init` writes a file by which an audit uses the columns that it finds by itself."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rides import Captured, refused

import skewcheck
from skewcheck.cli import main
from skewcheck.config.settings import settings as settings_of
from skewcheck.config.settings_file import read
from skewcheck.features.steps import OneHot
from skewcheck.features.types import Parameters
from skewcheck.results.audit import Audit
from skewcheck.text.errors import NothingToTestError
from skewcheck.text.toml_text import listed, quoted

LEVELS = ("card", "cash", "voucher")
Row = dict[str, object]


def rides(seed: int, rows: int = 1_000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": rng.integers(18, 90, rows),
        "fare": np.round(rng.gamma(2.5, 9, rows), 2),
        "dist": np.round(rng.lognormal(1, 0.6, rows), 3),
        "pay": rng.choice(LEVELS, rows, p=[0.5, 0.4, 0.1]),
    })  # fmt: skip


def fitted() -> Parameters:
    """Return parameters with a one-hot feature."""
    from dataclasses import replace

    known = skewcheck.fit(rides(1, 10_000))
    pay = replace(known["pay"], steps=(OneHot(LEVELS),))
    features = tuple(pay if f.name == "pay" else f for f in known.features)
    return replace(known, features=features)


KNOWN = fitted()


def rows(*, wrong: bool) -> list[tuple[int, Row, Row]]:
    """Return number, raw and served record of each row."""
    raw = rides(2)
    served = pd.DataFrame(KNOWN.transform(raw))
    served = served[["age", "fare", "dist", *(f"pay_{level}" for level in LEVELS)]]
    if wrong:
        served["fare"] *= 1.3
    pairs = zip(raw.to_dict("records"), served.to_dict("records"), strict=True)
    return [(i, dict(r), dict(s)) for i, (r, s) in enumerate(pairs)]


def vector(served: Row) -> list[object]:
    return [*served.values()]


def csv_line(served: Row) -> str:
    return ",".join(map(str, served.values()))


LAYOUTS: dict[str, Callable[[int, Row, Row], Row]] = {
    "columns": lambda _, r, s: {**r, **{f"{name}_norm": value for name, value in s.items()}},
    "prefixes": lambda _, r, s: {
        **{f"in_{n}": v for n, v in r.items()}, **{f"x_{n}": v for n, v in s.items()}
    },
    "raw alone": lambda i, r, _: {"id": i, **r},
    "served alone": lambda i, _, s: {"id": f"r{i}", "inputs": s},
    "a vector beside columns": lambda _, r, s: {**r, "model_input": vector(s)},
    "text beside columns": lambda _, r, s: {**r, "model_input": json.dumps(vector(s))},
    "lines of numbers": lambda i, _, s: {"id": i, "capture": {"data": csv_line(s)}},
    "records": lambda i, r, s: {"id": i, "request": r, "model_input": s},
    "records in text": lambda i, r, s: {
        "id": i, "log": json.dumps({"request": r, "model_input": json.dumps(s)})
    },
    "rows of lists": lambda _, r, s: {"request": {"instances": [r]}, "model_input": [s]},
    "two lists": lambda _, r, s: {"raw": [[*r.values()]], "scaled": [vector(s)]},
    "scattered": lambda _, r, s: {
        "user": {"age": r["age"]}, "trip": {"fare": r["fare"], "dist": r["dist"]},
        "payment": {"pay": r["pay"]}, "scaled": vector(s),
    },
    "other letters": lambda i, r, s: {
        "requestId": i, "payload": {n.title(): v for n, v in r.items()}, "scaledFeatures": vector(s)
    },
    "no column of one": lambda i, r, s: {
        "id": i, "raw": {n: v for n, v in r.items() if n != "dist"}, "model_input": s
    },
    "no column of a level": lambda i, r, s: {
        "id": i, "raw": r, "x": {n: v for n, v in s.items() if n != "pay_cash"}
    },
}  # fmt: skip


def written(layout: str, path: Path, *, wrong: bool = False) -> Path:
    """Write a log of JSON Lines."""
    made = (LAYOUTS[layout](i, r, s) for i, r, s in rows(wrong=wrong))
    return lines(made, path / "log.jsonl")


def lines(records: Iterable[Row], path: Path) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def figures(audit: Audit) -> object:
    """Return verdicts and figures; how the columns were found is no part of them."""
    tests = [
        (f.name, f.mode, t.name, t.verdict, t.statistic, t.effect)
        for f in audit.features
        for t in f.tests
    ]
    return audit.exit_code, audit.logs.mode, tests, [hold.code for hold in audit.holds]


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_audit_with_the_file_is_the_audit_without(
    layout: str, wrong: bool, tmp_path: Path
) -> None:
    log = written(layout, tmp_path, wrong=wrong)
    text = skewcheck.init(KNOWN, log)
    assert "by itself" not in text
    file = tmp_path / "a.toml"
    file.write_text(text)
    alone = skewcheck.audit(KNOWN, log)
    with_file = skewcheck.audit(KNOWN, log, settings=settings_of({}, read(file)))
    assert figures(with_file) == figures(alone)
    if layout not in ("raw alone", "no column of one", "no column of a level"):
        assert alone.exit_code == int(wrong)


def test_what_it_writes(tmp_path: Path) -> None:
    def settings_in(layout: str) -> dict[str, object]:
        return tomllib.loads(skewcheck.init(KNOWN, written(layout, tmp_path)))

    assert settings_in("columns") == {"raw": "{feature}", "served": "{feature}_norm"}
    assert settings_in("records") == {"raw": "request.{feature}", "served": "model_input.{feature}"}
    assert settings_in("rows of lists") == {
        "raw": "request.instances[].{feature}", "served": "model_input[].{feature}",
    }  # fmt: skip
    assert settings_in("a vector beside columns") == {
        "raw": "{feature}",
        "features": {
            "age": {"served": "model_input[0]"}, "fare": {"served": "model_input[1]"},
            "dist": {"served": "model_input[2]"},
            "pay": {"served": [f"model_input[{place}]" for place in (3, 4, 5)]},
        },
    }  # fmt: skip
    assert settings_in("two lists")["features"]["age"] == {
        "raw": "raw[][0]", "served": "scaled[][0]"
    }  # fmt: skip


def test_templates_lead_into_records(tmp_path: Path) -> None:
    options = {"raw": "request.instances[].{feature}", "served": "model_input[].{feature}"}
    for wrong in (False, True):
        log = written("rows of lists", tmp_path, wrong=wrong)
        assert skewcheck.audit(KNOWN, log, **options).exit_code == int(wrong)
        # What is served is found beside, unless there is none.
        raw_alone = {"raw": "request.instances.{feature}"}
        assert skewcheck.audit(KNOWN, log, **raw_alone).exit_code == int(wrong)
        assert skewcheck.audit(KNOWN, log, **raw_alone, served="none").logs.mode == "raw"
    # Raw values are columns of the rows, the served ones are inside of text.
    for wrong in (False, True):
        records = ({**r, "out": json.dumps(s)} for _, r, s in rows(wrong=wrong))
        log = lines(records, tmp_path / "text.jsonl")
        audit = skewcheck.audit(KNOWN, log, served="out.{feature}")
        assert (audit.exit_code, audit.logs.mode) == (int(wrong), "paired")
        tables = {"fare": {"served": "out.fare"}}
        assert skewcheck.audit(KNOWN, log, features=tables).exit_code == int(wrong)


def test_what_stands_beside_the_features_is_told(tmp_path: Path) -> None:
    made = (
        {**r, "request_id": f"r-{i}", "ts": f"2026-11-20T10:{i // 60:02}:{i % 60:02}Z",
         "host": f"web-{i % 4}", "model_version": "3" if i < 500 else "4", "user": i % 90,
         "region": "eu", "prediction": i / 1000, "label": i % 2, "note": i / 7}
        for i, r, _ in rows(wrong=False)
    )  # fmt: skip
    text = skewcheck.init(KNOWN, lines(made, tmp_path / "log.jsonl"))
    assert tomllib.loads(text) == {"raw": "{feature}", "time_column": "ts"}
    for line in (
        "# Few values, as hosts or model versions have: host, model_version",
        '# by = ["host", "model_version"]  # each value is audited by itself',
        "# Several rows of each value, as of a user: user",
        '# cluster = "user"  # its rows are not independent',
        "# Ids: request_id", "# One value: region", "# Predictions: prediction", "# Labels: label",
        "# Not matched: note", '# served = "none"  # says that the log has none',
    ):  # fmt: skip
        assert line in text.splitlines()


def test_where_several_places_may_be_meant_nothing_is_set(tmp_path: Path) -> None:
    second = rides(3).to_dict("records")
    made = (
        {"a": r, "b": other} for (_, r, _), other in zip(rows(wrong=False), second, strict=True)
    )
    log = lines(made, tmp_path / "log.jsonl")
    with pytest.raises(skewcheck.SkewcheckError, match=r"the file that `skewcheck init` writes"):
        skewcheck.audit(KNOWN, log)
    text = skewcheck.init(KNOWN, log)
    assert tomllib.loads(text) == {}
    assert {'# raw = "a.{feature}"', '# raw = "b.{feature}"'} <= {*text.splitlines()}
    (tmp_path / "a.toml").write_text(text.replace('# raw = "b', 'raw = "b'))
    chosen = settings_of({}, read(tmp_path / "a.toml"))
    assert skewcheck.audit(KNOWN, log, settings=chosen).logs.mode == "raw"


def test_columns_that_may_be_served_ones_are_alternatives(tmp_path: Path) -> None:
    made = ({**r, "fare_norm": float(str(r["fare"])) / 30} for _, r, _ in rows(wrong=False))
    log = lines(made, tmp_path / "log.jsonl")
    text = skewcheck.init(KNOWN, log)
    assert tomllib.loads(text) == {"raw": "{feature}"}
    assert "# These may hold served values of fare: fare_norm" in text.splitlines()
    assert '# served = "{feature}_norm"' in text.splitlines()
    (tmp_path / "a.toml").write_text(text)
    found = skewcheck.audit(KNOWN, log, settings=settings_of({}, read(tmp_path / "a.toml")))
    assert found.exit_code == skewcheck.audit(KNOWN, log).exit_code == 3


def test_the_page_shows_what_can_be_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "connecting.md").read_text()
    first, second = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert settings_of(tomllib.loads(first)).time_column == "ts"
    columns = settings_of(tomllib.loads(second)).columns
    assert columns["pay"].served == "onehotencoder__pay"
    assert columns["fare"].raw == "request.fare_usd"


# The command


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    skewcheck.save(KNOWN, "p.json")
    written("records", tmp_path, wrong=True)
    return tmp_path


@pytest.mark.usefixtures("place")
def test_two_commands(capsys: Captured) -> None:
    assert main(["init", "p.json", "log.jsonl"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "raw: 4 of 4 features, by name, in 'request.{feature}'",
        "served: 4 of 4 features, by name, in 'model_input.{feature}'",
        "wrote skewcheck.toml; next: skewcheck audit p.json log.jsonl",
    ]
    assert main(["audit", "p.json", "log.jsonl", "--quiet"]) == 1


@pytest.mark.usefixtures("place")
def test_a_file_that_is_there_stays(capsys: Captured) -> None:
    Path("skewcheck.toml").write_text("alpha = 0.05\n")
    told = refused(capsys, "init", "p.json", "log.jsonl")
    assert told == "--force: needed to overwrite skewcheck.toml; or name another file with -o"
    assert Path("skewcheck.toml").read_text() == "alpha = 0.05\n"
    assert main(["init", "p.json", "log.jsonl", "--force"]) == 0
    assert "raw =" in Path("skewcheck.toml").read_text()
    capsys.readouterr()
    for output in ("p.json", "log.jsonl"):
        assert "is read by this command" in refused(
            capsys, "init", "p.json", "log.jsonl", "-o", output, "--force"
        )


@pytest.mark.usefixtures("place")
def test_other_places(capsys: Captured) -> None:
    assert main(["init", "p.json", "log.jsonl", "-o", "-"]) == 0
    assert tomllib.loads(capsys.readouterr().out)["raw"] == "request.{feature}"
    assert not Path("skewcheck.toml").exists()
    assert main(["init", "p.json", "log.jsonl", "-o", "a b.toml"]) == 0
    assert capsys.readouterr().err.endswith(
        "next: skewcheck audit p.json log.jsonl --config 'a b.toml'\n"
    )


@pytest.mark.usefixtures("place")
def test_how_the_log_is_read_is_written(capsys: Captured) -> None:
    served = pd.DataFrame([s for _, _, s in rows(wrong=False)])
    names = ["id", *(f"{name}_norm" for name in served)]
    served.to_csv("log.csv", header=False)
    words = ("--columns", ",".join(names), "--null-values", "?,")
    assert main(["init", "p.json", "log.csv", *words]) == 0
    file = tomllib.loads(Path("skewcheck.toml").read_text())
    assert (file["columns"], file["null_values"]) == (names, ["?", ""])
    capsys.readouterr()
    assert main(["audit", "p.json", "log.csv", "--quiet"]) == 0


@pytest.mark.usefixtures("place")
def test_which_records_are_meant_is_written(capsys: Captured) -> None:
    made: list[Row] = []
    for i, r, s in rows(wrong=False):
        made.append({"kind": "predict", "log": json.dumps({"request": r, "model_input": s})})
        if i % 3 == 0:
            made.append({"kind": "replay", "log": json.dumps({"request": r, "model_input": r})})
    lines(made, Path("log.jsonl"))
    assert main(["init", "p.json", "log.jsonl", "--where", "kind=predict"]) == 0
    file = tomllib.loads(Path("skewcheck.toml").read_text())
    assert (file["where"], file["raw"]) == (["kind=predict"], "log.request.{feature}")
    assert main(["audit", "p.json", "log.jsonl", "--quiet"]) == 0
    assert main(["init", "p.json", "log.jsonl", "--layout", "docker", "--force"]) == 0
    assert tomllib.loads(Path("skewcheck.toml").read_text())["layout"] == "docker"
    capsys.readouterr()
    assert "layout" in refused(capsys, "init", "p.json", "log.jsonl", "--layout", "x", "-o", "-")


@pytest.mark.usefixtures("place")
def test_nothing_that_matches_is_2(capsys: Captured) -> None:
    lines(({"a": i, "b": "x"} for i in range(50)), Path("other.jsonl"))
    assert "no column of any feature" in refused(capsys, "init", "p.json", "other.jsonl")
    assert "no such" in refused(capsys, "init", "p.json", "absent.jsonl").lower()
    assert not Path("skewcheck.toml").exists()
    with pytest.raises(NothingToTestError, match=r"raw=\.\.\. and served=\.\.\."):
        skewcheck.init(KNOWN, "other.jsonl")


# What is written is read back


TEXTS = st.text(min_size=1, max_size=12)


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_texts_are_read_back(text: str, texts: list[str]) -> None:
    written_text = f"{quoted(text)} = {listed(texts)}\n"
    assert tomllib.loads(written_text) == {text: texts}
    assert all(character.isprintable() for character in written_text[:-1])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXTS, min_size=2, max_size=3, unique=True), st.booleans(), TEXTS)
def test_any_names_are_read_back(names: list[str], nested: bool, other: str) -> None:
    rng = np.random.default_rng(0)
    values = {name: rng.normal(10, 3, 400) for name in names}
    known = skewcheck.fit(pd.DataFrame(values), features=names)
    scaled = {name: column.to_numpy() for name, column in pd.DataFrame(known.transform(
        pd.DataFrame(values))).items()}  # fmt: skip
    log = pd.DataFrame({
        "raw": [dict(zip(names, row, strict=True)) for row in zip(*values.values(), strict=True)],
        "x": list(np.stack([scaled[name] for name in names], 1)),
    }) if nested else pd.DataFrame(values)  # fmt: skip
    if other not in log and other not in names:
        log[other] = "v"
    text = skewcheck.init(known, log)
    unsafe = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert unsafe == {"\n"}
    with_file = skewcheck.audit(known, log, settings=settings_of(tomllib.loads(text)))
    assert figures(with_file) == figures(skewcheck.audit(known, log))
