"""A newcomer's first minute: every fault of the demo is named. The server is the demo's own."""

from __future__ import annotations

from pathlib import Path

import skewcheck
from skewcheck.simulate.demo import FAULT_BY_FEATURE, write_demo

CODES = {
    "first_step_left_out": "step_missing", "scaled_twice": "normalized_twice",
    "stale_std": "wrong_parameters", "unit": "unit_change", "swapped": "swapped_features",
    "float16": "precision_loss", "reversed_codes": "encoding_changed",
}  # fmt: skip


def _fit(train: Path, parameters: Path) -> None:
    skewcheck.save(skewcheck.fit(train, parameters=parameters), parameters)


def test_the_demo_names_every_fault(tmp_path: Path) -> None:
    files = write_demo(tmp_path / "demo", _fit)
    audit = skewcheck.audit(files.parameters, files.many_faults, served="{feature}_norm")
    named = {f.name: f.causes[0].code for f in audit.features if f.causes}
    assert named == {feature: CODES[fault] for feature, fault in FAULT_BY_FEATURE.items()}
    assert len(set(named.values())) >= 5
    assert [cause.features for cause in audit.causes] == [("pickup_lat", "pickup_lon")]
