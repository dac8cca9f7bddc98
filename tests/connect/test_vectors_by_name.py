"""Elements of vectors are features by the vector's name, in rows as well as inside of records."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.config.settings import settings as settings_of

ROWS, TRAINED = 1_000, 3_000
List = list[float]
LAYOUTS: dict[str, Callable[[List, List, List, List], dict[str, object]]] = {
    "rows": lambda s, a, ns, na: {"state": s, "action": a, "state_norm": ns, "action_norm": na},
    "one vector": lambda s, a, ns, na: {"state": s, "action": a, "model_input": ns + na},
    "a record": lambda s, a, ns, na: {"obs": {"state": s, "action": a}, "model_input": ns + na},
    "two records": lambda s, a, ns, na: {
        "raw": {"state": s, "action": a}, "normed": {"state": ns, "action": na}
    },
    "text": lambda s, a, ns, na: {
        "msg": json.dumps({"state": s, "action": a, "normalized": {"state": ns, "action": na}})
    },
    "steps of an episode": lambda s, a, ns, na: {
        "episode": [{"seen": {"state": s, "action": a}, "scaled": {"state": ns, "action": na}}]
    },
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_elements_are_found_by_the_names_of_vectors(layout: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    state = rng.normal([1, 20, 300, -4], [1, 5, 40, 0.3], (ROWS + TRAINED, 4))
    action = rng.normal([0, 3], [2, 0.1], (ROWS + TRAINED, 2))
    train = pa.table({"state": state[:TRAINED].tolist(), "action": action[:TRAINED].tolist()})
    known = skewcheck.fit(train)
    raw = state[TRAINED:], action[TRAINED:]
    for factor, verdict, skewed in ((1.0, "ok", []), (1.3, "skew", ["state[2]"])):
        scaled = (raw[0] - state[:TRAINED].mean(0)) / state[:TRAINED].std(0)
        scaled[:, 2] *= factor
        acted = (raw[1] - action[:TRAINED].mean(0)) / action[:TRAINED].std(0)
        columns = (part.tolist() for part in (*raw, scaled, acted))
        rows = (LAYOUTS[layout](*values) for values in zip(*columns, strict=True))
        log = tmp_path / "log.jsonl"
        log.write_text("".join(json.dumps(row) + "\n" for row in rows))
        audit = skewcheck.audit(known, log)
        assert (audit.verdict, audit.logs.mode) == (verdict, "paired")
        assert [f.name for f in audit.features if f.verdict == "skew"] == skewed
        written = settings_of(tomllib.loads(skewcheck.init(known, log)))
        with_file = skewcheck.audit(known, log, settings=written)
        assert [f.tests for f in with_file.features] == [f.tests for f in audit.features]
