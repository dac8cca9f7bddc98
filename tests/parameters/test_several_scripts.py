"""What training scripts save in several files is read as one pipeline, whatever its files' order.

The truth is what each script's own server makes of rows, by scikit-learn and pandas.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.results.audit import Audit

sys.path.append(str(Path(__file__).parent.parent.parent / "fixtures"))
import zoo
import zoo_several
from zoo_several import LEVELS, NUMBERS, SCRIPTS, Script

RAW = zoo.applications(2, 2500)
BESIDE = ("README.md", "sample.csv", "metrics.json", "y_scaler.pkl")
"""Files of the folders that hold nothing of the features."""


class Saved:
    """A script's files, and its server."""

    def __init__(self, script: Script, folder: Path) -> None:
        self.script, self.folder = script, folder
        self.serve = script(folder, zoo.applications(1, 3000))
        self.files = [file for file in sorted(folder.iterdir()) if file.name not in BESIDE]


@pytest.fixture(scope="module", params=SCRIPTS, ids=lambda script: script.__name__)
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Saved:
    return Saved(request.param, tmp_path_factory.mktemp("artifacts"))


def _audited(saved: Saved, served: pd.DataFrame) -> Audit:
    log = RAW.join(served.astype("float32").add_suffix("_norm"))
    return skewcheck.audit(saved.folder, log, served="{feature}_norm")


def _causes(audit: Audit, feature: str) -> list[str]:
    found = next(f for f in audit.features if f.name == feature)
    return [cause.code for cause in found.causes]


def test_the_scripts_own_output(saved: Saved) -> None:
    expected = saved.serve(RAW)
    ours = skewcheck.load(saved.folder).transform(RAW)[[*expected]]
    np.testing.assert_allclose(ours.to_numpy(float), expected.to_numpy(), rtol=1e-9, atol=1e-9)


def test_a_right_server_is_ok(saved: Saved) -> None:
    audit = _audited(saved, saved.serve(RAW))
    assert (audit.exit_code, audit.verdict.value) == (0, "ok"), skewcheck.render(audit)
    assert all(feature.mode == "paired" for feature in audit.features)


def test_a_server_with_the_columns_in_another_order(saved: Saved) -> None:
    right = saved.serve(RAW)
    a, b = [name for name in NUMBERS if name in right][:2]
    audit = _audited(saved, right.assign(**{a: right[b], b: right[a]}))
    assert audit.exit_code == 1
    assert _causes(audit, a)[0] == "swapped_features"


def test_a_server_that_does_not_scale(saved: Saved) -> None:
    audit = _audited(saved, saved.serve(RAW).assign(balance=RAW["balance"]))
    assert audit.exit_code == 1
    assert _causes(audit, "balance")[0] == "not_normalized"


def test_a_server_with_files_of_another_training(saved: Saved, tmp_path: Path) -> None:
    later = saved.script(tmp_path, zoo.applications(9, 3000, dearer=True))(RAW)
    audit = _audited(saved, later)
    assert audit.exit_code == 1
    assert _causes(audit, "balance")[0] in zoo.NEW_NUMBERS


def test_files_of_two_trainings_in_one_folder(saved: Saved, tmp_path: Path) -> None:
    """A parameter file of yesterday's training beside today's others: each has a number of its
    own, and all that the stale one scales differs."""
    saved.script(tmp_path, zoo.applications(9, 3000, dearer=True))
    stale = [file for file in tmp_path.iterdir() if file.stem in ("scaler", "mean")]
    mixed = tmp_path / "mixed"
    shutil.copytree(saved.folder, mixed)
    shutil.copy(stale[0], mixed / stale[0].name)
    changed = " ".join(skewcheck.diff(saved.folder, mixed))
    assert all(name in changed for name in ("age", "balance"))


def test_renamed_files_say_the_same(saved: Saved, tmp_path: Path) -> None:
    if saved.script is zoo_several.arrays_and_encoders:
        return  # the names of arrays say which they are
    rng = random.Random(saved.script.__name__)  # noqa: S311  # no secret
    expected = skewcheck.load(saved.folder)
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        for file, name in zip(saved.files, _other_names(saved.files, rng), strict=True):
            shutil.copy(file, folder / name)
        renamed = skewcheck.load(folder)
        assert renamed.fingerprint == expected.fingerprint


def _other_names(files: list[Path], rng: random.Random) -> Iterator[str]:
    """Yield other names; the column that the name of an encoder's file gives stays in it."""
    letters = rng.sample("abcdefghjk", len(files))
    for letter, file in zip(letters, files, strict=True):
        column = next((name for name in LEVELS if name in file.stem), None)
        yield f"{column}_enc{file.suffix}" if column else f"{letter}{file.suffix}"


def test_files_in_any_order_say_the_same(saved: Saved) -> None:
    if saved.script is zoo_several.arrays_and_encoders:
        return  # one array alone says nothing
    rng = random.Random(saved.script.__name__)  # noqa: S311  # no secret
    expected = skewcheck.load(saved.folder)
    for _ in range(3):
        files = rng.sample(saved.files, len(saved.files))
        assert skewcheck.load(files).fingerprint == expected.fingerprint


def test_damaged_folders_are_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Bytes changed, files cut, exchanged, renamed, or of another model: nothing else comes of it
    than parameters or a ParameterError."""
    rng, folders = random.Random(8), []  # noqa: S311  # no secret
    for script in SCRIPTS:
        folders.append(tmp_path_factory.mktemp("whole"))
        script(folders[-1], zoo.applications(1, 200))
    every = [file for folder in folders for file in sorted(folder.iterdir())]
    refusals = []
    for _ in range(80):
        folder = tmp_path_factory.mktemp("damaged")
        shutil.copytree(rng.choice(folders), folder, dirs_exist_ok=True)
        for _ in range(rng.randrange(3)):
            other = rng.choice(every)
            shutil.copy(other, folder / (rng.choice(["", "x_", "le_"]) + other.name))
        damaged = rng.choice(sorted(folder.iterdir()))
        content = bytearray(damaged.read_bytes())
        for _ in range(rng.randrange(3)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        damaged.write_bytes(content[: rng.choice([len(content), rng.randrange(len(content))])])
        try:
            skewcheck.load(folder)
        except skewcheck.SkewcheckError as error:
            refusals.append(str(error))
    assert 10 < len(refusals) < 70
    assert all(map(str.isprintable, refusals))


def test_every_script_is_in_the_zoo() -> None:
    assert len(SCRIPTS) >= 12
    names = {pipeline.name for pipeline in zoo_several.PIPELINES}
    assert names <= {pipeline.name for pipeline in zoo.pipelines()}
