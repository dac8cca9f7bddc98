"""Every record that is read is audited, or told: good ones, damaged ones, and those of others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import strategies  # noqa: F401 (the same examples for everyone)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layout_servers import frame, parameters, rows, skewed, write_lines

import skewcheck
from skewcheck.features.steps import OneHot

PAIRS = rows(3, 600)
DAMAGED = ['{"in": {"age": 1}', '{"in": 1}}', '{"in":{}} x', "[1, 2]", '{"a":' * 5000, "{" * 100]
OTHER = ["started", "", "  ", "null", "GET / 200", "\ufeff{}", "1.5"]
FEATURELESS = ["{}", '{"msg": "no model"}', '{"in": null}', '{"in": {"city": "x"}}']


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(400, 500), st.lists(st.sampled_from(DAMAGED), max_size=20),
    st.lists(st.sampled_from(OTHER), max_size=300),
    st.lists(st.sampled_from(FEATURELESS), max_size=30),
    st.randoms(use_true_random=False), st.sampled_from(["jsonl", "mixed.jsonl", "parquet", "csv"]),
)  # fmt: skip
def test_mixtures(
    tmp_path: Path, good: int, damaged: list[str], other: list[str], featureless: list[str],
    random: Any, kind: str,
) -> None:  # fmt: skip
    texts = [json.dumps({"in": raw, "norm": served}) for raw, served in PAIRS[:good]]
    texts += [*damaged, *other, *featureless]
    objects = {text for place, text in enumerate(texts[:good]) if place % 2}
    random.shuffle(texts)
    log = tmp_path / f"log.{kind}"
    if kind == "parquet":
        pq.write_table(pa.table({"log": texts, "n": range(len(texts))}), log, row_group_size=100)
    elif kind == "csv":
        quoted = ('"' + text.replace('"', '""') + '"' for text in texts)
        lines = ["n,log\n", *(f"{place},{text}\n" for place, text in enumerate(quoted))]
        log.write_text("".join(lines))
        other = [text for text in other if text]  # null: a row of no feature
    else:  # an object is the record itself, where another writer makes text of it
        whole = objects if kind == "mixed.jsonl" else frozenset()
        write_lines(log, [{"log": json.loads(t) if t in whole else t} for t in texts])
    audit = skewcheck.audit(parameters(), log, max_bad=1.0)
    assert audit.coverage is not None
    told = {loss.code: loss.rows for loss in audit.coverage.losses}
    assert audit.coverage.parsed == len(texts)
    assert audit.coverage.audited == good
    assert told.get("undecoded", 0) == len(damaged)
    assert audit.coverage.other == len(other)
    assert sum(told.values()) + audit.coverage.other + good == len(texts)
    first = next((loss.first for loss in audit.coverage.losses if loss.first), None)
    places = [i for i, text in enumerate(texts) if text in damaged]
    assert first == ((log.name, places[0]) if places else None)
    assert not skewed(audit)


def _timed(number: int) -> list[dict[str, Any]]:
    """Return records with times, hosts and users inside, of which those of `b` are served wrong."""
    right, wrong = rows(3, number), rows(3, number, wrong=True)
    return [
        {
            "meta": {
                "at": f"2026-11-{1 + i % 4:02}T10:00:00Z",
                "host": "ab"[i % 2],
                "user": f"u{i % 50}",
            },
            "rows": [
                {"in": raw, "norm": served, "kind": "k"}
                for raw, served in (right[i], wrong[i] if i % 2 else right[i])
            ][i % 2 :],
        }
        for i in range(number)
    ]


WAYS = {
    "in text": lambda records: [{"log": json.dumps(record)} for record in records],
    "as they are": lambda records: [{"log": record} for record in records],
}


@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(WAYS)))
def test_times_segments_and_clusters_inside_of_records(tmp_path: Path, way: str) -> None:
    log = write_lines(tmp_path / "log.jsonl", WAYS[way](_timed(1600)))
    options: dict[str, Any] = {"time_column": "log.meta.at"}
    whole = skewcheck.audit(parameters(), log, **options)
    assert whole.coverage is not None
    assert whole.coverage.audited == 2400
    assert skewed(whole) == {"fare"}
    some = skewcheck.audit(parameters(), log, since="2026-11-02", until="2026-11-04", **options)
    assert some.coverage is not None
    assert (some.coverage.audited, some.coverage.outside) == (1200, 1200)
    daily = skewcheck.audit(parameters(), log, every="1d", **options)
    assert daily.windows is not None
    hosts = skewcheck.audit(parameters(), log, by=["log.meta.host"])
    assert "all rows of log.meta.host = b" in skewcheck.render(hosts, "terminal")
    assert skewcheck.audit(parameters(), log, cluster="log.meta.user").exit_code == 1


@pytest.mark.parametrize("least", [0, 1, 2])
@pytest.mark.parametrize("bad", [0, 7])
def test_records_and_the_rows_of_their_lists(tmp_path: Path, least: int, bad: int) -> None:
    lengths = np.random.default_rng(least).integers(least, 5, 400).tolist()
    number = sum(lengths)
    pairs = iter(rows(3, number))
    lists = [
        [dict(zip(("in", "norm"), next(pairs), strict=True)) for _ in range(n)] for n in lengths
    ]
    texts = [json.dumps({"rows": rows}) for rows in lists] + ['{"rows": [{"in'] * bad
    log = write_lines(tmp_path / "log.jsonl", [{"log": text} for text in texts])
    audit = skewcheck.audit(parameters(), log, max_bad=1.0)
    assert audit.coverage is not None
    assert (audit.coverage.audited, audit.coverage.other) == (number, lengths.count(0))
    assert audit.coverage.parsed == number + lengths.count(0) + bad
    assert audit.coverage.verdict.value == ("warn" if bad else "ok")
    assert audit.coverage.records == 400 + bad
    assert f"rows of {400 + bad} records read" in skewcheck.render(audit, "markdown")


@pytest.mark.parametrize("name", ["0.jsonl", "z.jsonl"])
@pytest.mark.parametrize("fills", [False, True])
def test_a_file_of_another_kind_is_counted_as_such_rows_in_the_same_file_are(
    tmp_path: Path, name: str, fills: bool
) -> None:
    """Also where training serves a null as a value: no server gets rows without any field."""
    raw = frame(3, 600).assign(pay=["card", "cash"] * 300)
    fitted = skewcheck.fit(frame(1, 6000).assign(pay=["card", "cash"] * 3000))
    pay = replace(fitted.features[3], steps=(OneHot(("card", "cash")),) if fills else ())
    model = replace(fitted, features=(*fitted.features[:3], pay))
    served = model.transform(raw).to_dict("records")
    good = [{"in": r, "norm": s} for r, s in zip(raw.to_dict("records"), served, strict=True)]
    other = [{"event": "health", "ok": True}] * 6
    whole = write_lines(tmp_path / "whole.jsonl", [*good, *other])
    (tmp_path / "two").mkdir()
    write_lines(tmp_path / "two" / "m.jsonl", good)
    write_lines(tmp_path / "two" / name, other)
    for log in (whole, tmp_path / "two"):
        audit = skewcheck.audit(model, log)
        assert audit.coverage is not None
        losses = [(loss.code, loss.rows) for loss in audit.coverage.losses]
        assert (skewed(audit), losses) == (set(), [("featureless", 6)])
        assert "absent_column" not in [note.code for note in audit.notes]
