"""Each pipeline of the zoo is read as its library serves it, and its faults are named."""

from __future__ import annotations

import json
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.results.audit import Audit

sys.path.append(str(Path(__file__).parent.parent / "fixtures"))  # last: names as those of packages
import zoo

TRAIN, ROWS = 6_000, 2_500
FEWEST_FAULTS = 5


@dataclass(frozen=True)
class Read:
    """A trained pipeline, and what skewcheck reads of its files."""

    trained: zoo.Trained
    retrained: zoo.Trained
    """On rows of a later year."""
    parameters: Parameters
    """With the distributions of the training rows."""


@pytest.fixture(scope="module", params=zoo.pipelines(), ids=lambda p: p.name)
def read(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Read:
    rows, later = zoo.applications(1, TRAIN), zoo.applications(9, TRAIN, dearer=True)
    train, make = request.param.train, tmp_path_factory.mktemp
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries, about how they are used
        trained, retrained = train(rows, make("zoo")), train(later, make("later"))
    parameters = skewcheck.fit(rows, parameters=trained.parameters, names=trained.names or None)
    return Read(trained, retrained, parameters)


def _read(read: Read) -> dict[str, str]:
    return {f.name: f.type for f in read.parameters.features if f.untested is None and f.normalized}


def _log(raw: pd.DataFrame, served: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([raw, served.astype("float32").add_suffix(zoo.SUFFIX)], axis=1)


def _audit(read: Read, log: pd.DataFrame) -> Audit:
    return skewcheck.audit(read.parameters, log, served=f"{{feature}}{zoo.SUFFIX}")


def test_what_is_not_read_says_why(read: Read) -> None:
    reasons = {f.name: f.untested for f in read.parameters.features if f.untested is not None}
    assert reasons == read.trained.opaque


def test_the_librarys_own_output(read: Read) -> None:
    raw = zoo.applications(2, ROWS)
    expected = read.trained.serve(raw)
    ours = read.parameters.transform(raw, exclude=[*read.trained.opaque])
    columns = [c for c in expected if c not in read.trained.opaque]
    assert len(columns) > 0
    np.testing.assert_allclose(
        ours[columns].to_numpy(float), expected[columns].to_numpy(float), rtol=1e-9, atol=1e-9
    )


def test_a_right_server_is_clean(read: Read) -> None:
    raw = zoo.applications(3, ROWS)
    audit = _audit(read, _log(raw, read.trained.serve(raw)))
    # What is not read is not compared, and that is no pass.
    expected = 3 if read.trained.opaque else 0
    assert audit.exit_code == expected, skewcheck.render(audit, "terminal")


def test_faults_are_named(read: Read) -> None:
    raw = zoo.applications(4, ROWS)
    faults = [*zoo.faults(raw, read.trained, _read(read), read.retrained)]
    assert len(faults) >= FEWEST_FAULTS
    wrong = {}
    for fault in faults:
        audit = _audit(read, _log(raw, fault.served))
        features = json.loads(skewcheck.render(audit, "json"))["features"]
        causes = next(f["causes"] for f in features if f["name"] == fault.feature)
        if audit.exit_code != 1 or not causes or causes[0]["code"] not in fault.codes:
            wrong[fault.name] = [audit.exit_code, *(c["code"] for c in causes)]
    assert wrong == {}


def _golden(read: Read) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the inputs of the golden rows, as JSON has them, and the library's own output."""
    lines = json.loads(json.dumps(skewcheck.rows(read.parameters)))
    inputs = pd.DataFrame([line["input"] for line in lines])
    others = zoo.applications(5, len(inputs))
    raw = others.assign(**{name: inputs[name] for name in inputs})
    raw = raw.astype(dict.fromkeys(zoo.NUMBERS, float))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries, about unknown levels
        return raw, read.trained.serve(raw).astype("float32")


def _answers(served: pd.DataFrame) -> list[object]:
    return [*map(json.loads, served.to_json(orient="records", lines=True).splitlines())]


def test_the_library_answers_golden_rows_rightly(read: Read) -> None:
    check = skewcheck.check_rows(read.parameters, _answers(_golden(read)[1]))
    assert check.exit_code == 0, check
    assert {o.feature for o in check.outputs} >= {*_read(read)}
    assert {*check.left_out} == {*read.trained.opaque}


def test_faults_in_golden_rows_are_named(read: Read) -> None:
    raw, _ = _golden(read)
    wrong = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        faults = [*zoo.faults(raw, read.trained, _read(read), read.retrained)]
    for fault in faults:
        check = skewcheck.check_rows(read.parameters, _answers(fault.served.astype("float32")))
        causes = next(o.causes for o in check.outputs if o.feature == fault.feature)
        if read.parameters[fault.feature].groups:  # of the right numbers alone, not of steps
            assert check.exit_code == 1
            continue
        if check.exit_code != 1 or not causes or causes[0].code not in fault.codes:
            wrong[fault.name] = [check.exit_code, *(cause.code for cause in causes)]
    assert wrong == {}
