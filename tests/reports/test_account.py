"""Every report says what was read of a log, and which of its columns were used."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

import skewcheck
from skewcheck.reports import FORMATS
from skewcheck.text.printable import Options

ROWS = 500


def rides(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    names = ["fare", "dist", "age"]
    return pd.DataFrame({name: rng.normal(i, 1, ROWS) for i, name in enumerate(names)})


def test_it_counts_files_bytes_and_columns(tmp_path: Path) -> None:
    known, raw = skewcheck.fit(rides(1)), rides(2)
    fed = known.transform(raw)
    log = raw.drop(columns="age").assign(fare_norm=fed["fare"], host="a", k7q_user=range(ROWS))
    for place in range(2):
        log.to_parquet(tmp_path / f"{place}.parquet")
    audit = skewcheck.audit(known, tmp_path, fail_on="never")
    report = json.loads(FORMATS["json"](audit, Options(80)))
    size = sum(file.stat().st_size for file in tmp_path.iterdir())
    account = report["account"]
    assert (account["files"], account["bytes"]) == (2, size)
    assert (account["raw"], account["served"], account["without"]) == (2, 1, ["age"])
    # A column of few values may be where a fault sits, and is looked at.
    assert (account["ignored"], account["ignored_names"]) == (1, ["k7q_user"])
    for name in ("markdown", "html"):
        text = FORMATS[name](audit, Options(80))
        assert "features with columns: 2 (raw), 1 (served)" in text, name
    verbose = FORMATS["terminal"](audit, Options(300, every_test=True))
    assert "no column: age; 1 column not used: k7q_user" in verbose
    hidden = skewcheck.audit(known, tmp_path, fail_on="never", no_values=True)
    for name, render in FORMATS.items():
        assert "k7q_user" not in render(hidden, Options(300, every_test=True)), name
