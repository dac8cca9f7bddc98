"""Parameters computed on the serving data: all of it, a file, a host's rows, a mean alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from servers import (
    FILL,
    KNOWN,
    STD,
    TRAIN,
    Columns,
    audited,
    causes,
    first,
    mechanical,
    paired,
    placed,
    right,
    served_only,
    world,
)

import skewcheck
from skewcheck import Audit
from skewcheck.reports.words.causes import sentence
from skewcheck.reports.words.features import message

ROWS = 3000
LOG = world(ROWS, 31)
RIGHT = right(LOG)
HOST = np.array([f"web-{i}" for i in range(8)])[np.random.default_rng(0).integers(0, 8, ROWS)]
BAD = HOST == "web-7"


def scaled(x: np.ndarray, of: np.ndarray | None = None, ddof: int = 0) -> np.ndarray:
    of = x if of is None else of
    return (x - of.mean()) / of.std(ddof=ddof)


def filled(log: Columns) -> np.ndarray:
    return np.where(np.isnan(log["gaps"]), FILL, log["gaps"])


def both(served: Columns, **more: object) -> tuple[Audit, Audit]:
    return audited(LOG, served, **more), served_only(served, **more)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("ddof", [0, 1])
def test_the_whole_log(dtype: type, ddof: int) -> None:
    wrong = {
        "temp": scaled(LOG["temp"], ddof=ddof),
        "gaps": scaled(filled(LOG), ddof=ddof),
        "dist": scaled(np.log1p(LOG["dist"]), ddof=ddof),
    }
    served = {name: x.astype(dtype) for name, x in {**RIGHT, **wrong}.items()}
    paired_log, alone = both(served)
    for name in wrong:
        assert causes(paired_log, name) == causes(alone, name) == ["recomputed_parameters"]
        assert "computed on the serving data" in sentence(first(paired_log, name))
    std = {"gaps": filled(LOG).std(ddof=ddof), "dist": np.log1p(LOG["dist"]).std(ddof=ddof)}
    for name, value in std.items():
        assert first(paired_log, name).parameters["std"] == pytest.approx(value, rel=1e-6)
    (root,) = paired_log.causes
    assert root.features == ("gaps", "temp", "dist")


def test_the_rows_of_one_host() -> None:
    x, y, z = LOG["temp"], np.log1p(LOG["dist"]), LOG["ratio"]
    wrong = {
        "temp": np.where(BAD, scaled(x, x[BAD]), RIGHT["temp"]),
        "dist": np.where(BAD, scaled(y, y[BAD]), RIGHT["dist"]),
        "ratio": np.where(BAD, (z - z[BAD].min()) / np.ptp(z[BAD]), RIGHT["ratio"]),
    }
    audit = audited(LOG, {**RIGHT, **wrong}, host=HOST)
    for name in wrong:
        cause = first(audit, name)
        assert (cause.code, placed(cause)) == ("recomputed_parameters", "host = web-7")
        assert "on the rows of host = web-7 by themselves" in sentence(cause)
    estimated = first(audit, "temp").parameters
    assert estimated == pytest.approx({"mean": x[BAD].mean(), "std": x[BAD].std()}, rel=1e-9)
    (root,) = audit.causes
    assert (placed(root), root.features) == ("host = web-7", ("temp", "dist", "ratio"))
    # What the world did to the raw values is another matter.
    assert all("mean moved" not in message(feature) for feature in audit.features)


def test_the_rows_of_one_host_served_only() -> None:
    x = LOG["temp"]
    served = {**RIGHT, "temp": np.where(BAD, scaled(x, x[BAD]), RIGHT["temp"])}
    cause = first(served_only(served, host=HOST), "temp")
    assert (cause.code, placed(cause)) == ("recomputed_parameters", "host = web-7")
    assert cause.share == pytest.approx(BAD.mean())


def test_two_hosts_each_by_itself() -> None:
    served, x = dict(RIGHT), LOG["temp"]
    for host in ("web-2", "web-7"):
        mask = host == HOST
        served["temp"] = np.where(mask, scaled(x, x[mask]), served["temp"])
    alone = first(served_only(served, host=HOST), "temp")
    assert alone.parameters == {"over": "key", "per": "host", "count": 2}
    assert set(causes(audited(LOG, served, host=HOST), "temp")) == {"recomputed_parameters"}


def test_affected_rows_of_no_segment() -> None:
    affected = np.random.default_rng(2).random(ROWS) < 0.3
    log = {**LOG, "temp": 1.4 * LOG["temp"] + 9}
    served, x = right(log), log["temp"]
    served["temp"] = np.where(affected, scaled(x, x[affected]), served["temp"])
    cause = first(audited(log, served), "temp")
    assert cause.code == "recomputed_parameters"
    assert "those rows themselves" in sentence(cause)


def test_a_segment_of_which_only_a_sample_is_known() -> None:
    rows = 30_000
    log = world(rows, 5)
    log["temp"] = 1.4 * log["temp"] + 9
    bad = np.random.default_rng(0).integers(0, 8, rows) == 7
    host, served = np.where(bad, "web-7", "web-1"), right(log)
    served["temp"] = np.where(bad, scaled(log["temp"], log["temp"][bad]), served["temp"])
    cause = first(audited(log, served, host=host), "temp")
    assert (cause.code, placed(cause)) == ("wrong_parameters", "host = web-7")
    assert "close to those of these rows themselves" in sentence(cause)
    served["temp"] = np.where(bad, (log["temp"] - 3) / 20, served["temp"])
    assert "close to" not in sentence(first(audited(log, served, host=host), "temp"))


def split(folder: Path, served: Columns, files: int, mode: str) -> Audit:
    for i in range(files):
        rows = slice(i * ROWS // files, (i + 1) * ROWS // files)
        part = {name: x[rows] for name, x in LOG.items()}
        done = {name: x[rows] for name, x in served.items()}
        done["temp"] = scaled(part["temp"])
        if i % 2:
            done["gaps"] = scaled(filled(part))
        whole = paired(part, done) if mode == "paired" else paired({}, done)
        pq.write_table(whole, folder / f"{i:02}.parquet")
    return skewcheck.audit(KNOWN, str(folder), served="{feature}_norm")


@pytest.mark.parametrize("mode", ["paired", "served"])
def test_each_file_by_itself(tmp_path: Path, mode: str) -> None:
    audit = split(tmp_path, RIGHT, 12, mode)
    temp, gaps = first(audit, "temp"), first(audit, "gaps")
    assert temp.code == gaps.code == "recomputed_parameters"
    assert "each of 12 files by itself" in sentence(temp)
    assert "each of 6 files by itself" in sentence(gaps)
    assert temp.parameters["per"] == "file"
    assert temp.parameters["count"] == 12
    if mode == "paired":
        files = temp.parameters["files"]
        assert isinstance(files, dict)
        assert len(files) == 10
        x = LOG["temp"][250:500]
        assert files["01.parquet"] == pytest.approx({"mean": x.mean(), "std": x.std()}, rel=1e-9)
        x = filled(LOG)[250:500]
        files = gaps.parameters["files"]
        assert isinstance(files, dict)
        assert files["01.parquet"] == pytest.approx({"mean": x.mean(), "std": x.std()}, rel=1e-9)


def test_a_mean_alone() -> None:
    x, fare = 1.5 * LOG["temp"] + 6, LOG["fare"]
    log = {**LOG, "temp": x}
    served = {**RIGHT, "temp": (x - x.mean()) / STD["temp"], "fare": fare - fare.mean()}
    served["fare"] /= STD["fare"]
    for audit in (audited(log, served), served_only(served)):
        for name in ("temp", "fare"):
            cause = first(audit, name)
            assert cause.code == "recomputed_parameters", name
            assert "a mean computed on the serving data" in sentence(cause)
    assert first(audited(log, served), "temp").parameters == pytest.approx(
        {"mean": x.mean(), "std": STD["temp"]}, rel=1e-9
    )


def test_another_method_with_the_log_s_own_numbers() -> None:
    x, y = LOG["temp"], LOG["ratio"]
    low, high = x.min(), x.max()
    for audit in both({**RIGHT, "temp": (x - low) / (high - low), "ratio": scaled(y)}):
        assert first(audit, "temp").code == first(audit, "ratio").code == "wrong_method"
        assert first(audit, "temp").parameters["op"] == "minmax"
        assert first(audit, "ratio").parameters["op"] == "zscore"
        assert "of the serving data" in sentence(first(audit, "ratio"))
    estimated = first(audited(LOG, {**RIGHT, "temp": (x - low) / (high - low)}), "temp").parameters
    assert estimated == {"op": "minmax", "min": low, "max": high}


def test_nothing_is_recomputed_on_the_training_data() -> None:
    served = right(TRAIN)
    x = TRAIN["temp"]
    served["temp"] = scaled(x, ddof=1)  # the other ddof, of the very same data
    assert causes(audited(TRAIN, served), "temp") == ["wrong_ddof"]


def test_symmetric_values_have_a_mean_of_zero_anyway() -> None:
    rng = np.random.default_rng(3)
    train = {"side": rng.choice([-2.0, -1.0, 1.0, 2.0], 4000)}
    parameters = skewcheck.fit(
        paired(train, {}),
        parameters=skewcheck.fit(paired({"side": np.array([-1.0, 1.0] * 50)}, {})),
    )
    for n in (200, 2000):
        half = rng.choice([1.0, 3.0], n // 2)
        served = {"side": np.concatenate([half, -half])}
        mechanisms = mechanical(served_only(served, parameters))
        assert "recomputed_parameters" not in mechanisms.get("side", [])
