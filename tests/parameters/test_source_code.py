"""Numbers of a scaler that stand in programs, read back to the last bit and compared."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn import preprocessing
from source_texts import LANGUAGES

from skewcheck.cli import main
from skewcheck.features.steps import Affine, Impute, MinMax, Robust, ZScore
from skewcheck.features.types import Parameters
from skewcheck.parameters import load
from skewcheck.parameters.source import CODE_SUFFIXES, UnnamedError
from skewcheck.parameters.source_code.definitions import DIALECTS

NAMES = ["age", "fare", "trip miles", "größe"]

DEFINED = "\n#define "
A = '\nconst char* FEATURES[] = {"a"};'
AB = '\nstatic const char *names[2] = {"a", "b"};'
Reader = Callable[..., Parameters]


@pytest.fixture
def code(tmp_path: Path) -> Reader:
    """Return what is read of a program."""

    def of(text: str, name: str = "scaler.h", names: tuple[str, ...] = ()) -> Parameters:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return load(path, names)

    return of


def values() -> np.ndarray:
    """Return rows of four columns of different size."""
    rng = np.random.default_rng(15)
    return rng.normal(size=(50, 4)) * [1e-7, 1.0, 1e9, 1 / 3] + [0.1, -3, 1e8, 7]


def saved(tmp_path: Path, scaler: preprocessing.StandardScaler) -> Path:
    scaler.feature_names_in_ = np.array(NAMES, object)
    path = tmp_path / "scaler.pkl"
    path.write_bytes(pickle.dumps(scaler))
    return path


def test_every_ending_has_a_language() -> None:
    assert set(CODE_SUFFIXES) == set(DIALECTS) == {f".{ending}" for ending in LANGUAGES}


@pytest.mark.parametrize("ending", LANGUAGES)
def test_a_standard_scaler_is_read_back_to_the_last_bit(
    ending: str, code: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scaler = preprocessing.StandardScaler().fit(values())
    lists = {"mean": scaler.mean_, "scale": scaler.scale_}
    parameters = code(LANGUAGES[ending](lists, NAMES), f"scaler.{ending}")
    assert [f.name for f in parameters.features] == NAMES
    expected = [ZScore(m, s) for m, s in zip(scaler.mean_, scaler.scale_, strict=True)]
    assert [f.steps for f in parameters.features] == [(step,) for step in expected]
    assert main(["diff", str(saved(tmp_path, scaler)), str(tmp_path / f"scaler.{ending}")]) == 0
    assert "no difference" in capsys.readouterr().out


@pytest.mark.parametrize("ending", LANGUAGES)
def test_a_changed_digit_is_named_with_its_feature(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scaler = preprocessing.StandardScaler().fit(values())
    changed = scaler.mean_.copy()
    changed[2] *= 1.001
    path = tmp_path / f"scaler.{ending}"
    path.write_text(LANGUAGES[ending]({"mean": changed, "scale": scaler.scale_}, NAMES), "utf-8")
    pickled = str(saved(tmp_path, scaler))
    assert main(["diff", pickled, str(path)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1
    assert said[0].startswith("trip miles: ")
    locked = str(tmp_path / "locked.json")
    assert main(["show", pickled, "-o", locked]) == 0
    assert main(["verify", locked, "--against", str(path)]) == 1
    assert "trip miles" in capsys.readouterr().out


@pytest.mark.parametrize("ending", LANGUAGES)
def test_a_min_max_scaler_is_read_back(ending: str, code: Reader, tmp_path: Path) -> None:
    scaler = preprocessing.MinMaxScaler().fit(values())
    lists = {"data_min": scaler.data_min_, "data_max": scaler.data_max_}
    parameters = code(LANGUAGES[ending](lists, NAMES), f"scaler.{ending}")
    expected = [MinMax(a, b) for a, b in zip(scaler.data_min_, scaler.data_max_, strict=True)]
    assert [f.steps for f in parameters.features] == [(step,) for step in expected]
    assert main(["diff", str(saved(tmp_path, scaler)), str(tmp_path / f"scaler.{ending}")]) == 0


def test_a_robust_scaler_is_read_back(code: Reader) -> None:
    scaler = preprocessing.RobustScaler().fit(values())
    text = LANGUAGES["py"]({"center": scaler.center_, "scale": scaler.scale_}, NAMES)
    expected = [Robust(a, b) for a, b in zip(scaler.center_, scaler.scale_, strict=True)]
    assert [f.steps for f in code(text, "a.py").features] == [(step,) for step in expected]


@pytest.mark.parametrize(
    ("name", "text", "features"),
    [
        ("a.py", "FARE_MEAN = 12.3\nFARE_STD = 4.5", {"fare": ZScore(12.3, 4.5)}),
        ("a.h", "#define FARE_MEAN (1.5f)\n#define FARE_STD \\\n 4.f\n", {"fare": ZScore(1.5, 4)}),
        (
            "a.py",
            'NAMES = ["a", "b"]\nMUS = [1, 2]\nSIGMAS = [3, 4]',
            {"a": ZScore(1, 3), "b": ZScore(2, 4)},
        ),
        (
            "a.js",
            'const features = ["a"]; const means = [1]; const sds = [3];',
            {"a": ZScore(1, 3)},
        ),
        ("a.go", "const (\n\tFareMean = 12.3\n\tFareStd = 4.5\n)", {"Fare": ZScore(12.3, 4.5)}),
        ("a.rs", "const MEAN_FARE: f32 = 1e1; const STD_FARE: f32 = 2.;", {"fare": ZScore(10, 2)}),
        (
            "a.js",
            "export default {age: {mean: 1, std: 2}, fare: {mean: 3, std: 4}}",
            {"age": ZScore(1, 2), "fare": ZScore(3, 4)},
        ),
        (
            "a.ts",
            "const A = [{name: 'age', mean: 1, std: 2}, {name: 'b', mean: -3, std: 4,},];",
            {"age": ZScore(1, 2), "b": ZScore(-3, 4)},
        ),
        (
            "a.py",
            "MEANS = {'age': 1, 'b': 3}\nSTDS = {'age': 2, 'b': 4}",
            {"age": ZScore(1, 2), "b": ZScore(3, 4)},
        ),
        ("a.py", "FILL_VALUES = {'age': 1.5, 'b': 3}", {"age": Impute(1.5), "b": Impute(3)}),
        (
            "a.h",
            'Scaler s = {.mean = {1, 2}, .std = {3, 4}, .feature_names = {"a", "b"}};',
            {"a": ZScore(1, 3), "b": ZScore(2, 4)},
        ),
        ("a.c", "const float A_MEAN = 1, A_STD = 2;", {"a": ZScore(1, 2)}),
        ("a.rs", "Self { mean: [1.0, 2.0], std: vec![3.0, 4.0], n: f(x) }", None),
        (
            "scaler.h",
            f"{DEFINED}DATA_MIN 2{DEFINED}DATA_MAX 6{DEFINED}SCALE 0.25{DEFINED}MIN -0.5{A}",
            {"a": MinMax(2, 6)},
        ),
        ("norm.h", f"{DEFINED}TEMP_MIN 2{DEFINED}TEMP_MAX 6", {"temp": MinMax(2, 6)}),
        (
            "a.h",
            f"{DEFINED}MEAN_0 1.0{DEFINED}MEAN_1 2.0{DEFINED}STD_1 4.0{DEFINED}STD_0 3.0{AB}",
            {"a": ZScore(1, 3), "b": ZScore(2, 4)},
        ),
        (
            "a.h",
            f"{DEFINED}M 1.5f\nfloat mean[] = {{M, -M}};float std[] = {{1, (float) 2}};{AB}",
            {"a": ZScore(1.5, 1), "b": ZScore(-1.5, 2)},
        ),
    ],
)
def test_spellings(name: str, text: str, features: dict[str, object] | None, code: Reader) -> None:
    if features is None:
        with pytest.raises(UnnamedError):
            code(text, name)
        return
    assert {f.name: f.steps for f in code(text, name).features} == {
        name: (step,) for name, step in features.items()
    }


def test_variables_of_functions_and_limits_are_no_parameters(
    tmp_path: Path, refusal: Callable[..., str]
) -> None:
    text = "MAX_STEPS = 5\nMIN_STEPS = 1\ndef f():\n    mean = 0.0\n    std = 1.0\n"
    assert refusal(text, "a.py").startswith("holds no constants of a normalization")


def test_names_are_asked_for_and_given(code: Reader, tmp_path: Path) -> None:
    text = "const float mean[] = {1, 2}; const float std[] = {3, 4};"
    with pytest.raises(UnnamedError):
        code(text)
    parameters = code(text, names=("a", "b"))
    assert parameters["b"].steps == (ZScore(2.0, 4.0),)
    other = tmp_path / "other.json"
    other.write_text('{"x": {"mean": 1, "std": 3}, "y": {"mean": 2, "std": 4}}')
    assert main(["diff", str(other), str(tmp_path / "scaler.h")]) == 0


def test_show_says_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scaler.h"
    path.write_text(LANGUAGES["h"]({"mean": [1.0, 2.0], "std": [3.0, 4.0]}, ["age", "fare"]))
    assert main(["show", str(path)]) == 0
    said = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "from SCALER_MEAN[1] (scaler.h:5); SCALER_STD[1] (scaler.h:9)" in said


def test_epsilon_and_output(code: Reader) -> None:
    parameters = code(
        "MEAN = [1, 2]\nSTD = [3, 4]\nEPSILON = 1e-3\nCLIP_OBS = 5\nFEATURES = ['a', 'b']\n"
        "TARGET_MEAN = 7.0\nTARGET_STD = 2.0", "a.py",
    )  # fmt: skip
    assert [step.op for step in parameters["a"].steps] == ["zscore", "clip"]
    assert parameters["target"].role == "label"
    assert parameters["target"].steps == (ZScore(7.0, 2.0),)


def test_an_offset_of_scikit_learn(code: Reader) -> None:
    scaler = preprocessing.MinMaxScaler((0, 2)).fit(values())
    text = LANGUAGES["py"]({"min_": scaler.min_, "scale_": scaler.scale_}, NAMES)
    for feature, offset, scale in zip(
        code(text, "a.py").features, scaler.min_, scaler.scale_, strict=True
    ):
        assert feature.steps == (Affine(-offset / scale, scale),)


UNWRITTEN = "has no value that is written down"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        (
            "a.h",
            "float a_mean[]={1,2};float a_std[]={1,2};\nfloat b_mean[]={3,4};float b_std[]={1,2};",
            "holds the numbers of 2 scalers: a_mean, a_std (line 1); b_mean, b_std (line 2): copy",
        ),
        (
            "a.h",
            "#if A\nfloat mean[]={1,2};\n#else\nfloat mean[]={1,3};\n#endif\nfloat std[]={1,1};",
            "mean (line 2) and mean (line 4) may both be the mean, and differ",
        ),
        ("a.py", "MEAN=[1,2]\nSTD=[1,2,3]", "MEAN (line 1) has 2 values, but STD (line 2) has 3"),
        ("a.py", "MEAN=[1,2]\nSTD=[1,x/3]", f"STD (line 2) {UNWRITTEN}: line 2: 'x'"),
        ("a.py", "MEAN=[1,2]\nSTD=[1,2] * 2", f"STD (line 2) {UNWRITTEN}: line 2"),
        ("a.py", "MEAN=[1,2]\nSTD=np.sqrt([1,2])", f"STD (line 2) {UNWRITTEN}"),
        ("a.py", "MEAN=[1,2]", "MEAN (line 1) makes no normalization alone"),
        ("a.rs", "const MEAN: [f32; 2] = [0.0; 2];", f"MEAN (line 1) {UNWRITTEN}"),
        ("a.js", "console.log(1)", "holds no constants of a normalization"),
        ("a.py", "A_MEAN, A_STD = 1.0, 2.0", "holds no constants of a normalization"),
        ("a.h", "/* float mean[]={1};", "line 1: /* opens what nothing closes"),
        ("a.js", "x = 1\n`", "line 2: ` opens what nothing closes"),
        ("a.py", "x = 1\n'''", "line 2: ''' opens what nothing closes"),
        ("a.rs", "/* /* */ x", "line 1: /* opens what nothing closes"),
        ("a.h", "float mean[] = {1, 2;", f"mean (line 1) {UNWRITTEN}: line 1: ';'"),
        ("a.h", "float mean[] = {1, 2", f"mean (line 1) {UNWRITTEN}: line 1"),
        ("a.h", 'float mean[] = {1, "2', f"mean (line 1) {UNWRITTEN}: line 1"),
        ("a.h", "float mean[] = {1\0};", "holds NUL bytes, and so is no code"),
        ("a.py", "MEAN = " + "[" * 100_000, f"MEAN (line 1) {UNWRITTEN}"),
        (
            "a.py",
            "MEAN=[1,2]\nSTD=[1,2]\nNAMES=['a','b']\nCOLUMNS=['b','a']",
            "NAMES (line 3) and COLUMNS (line 4) both have 2 names, and differ",
        ),
        ("a.py", f"MEAN=[{'1,' * 300_001}]", "more than 600,000 words and numbers"),
        ("a.py", f"MEAN=[1,2]\nSTD=[1,{'9' * 5000}]", f"STD (line 2) {UNWRITTEN}"),
    ],
)
def test_what_is_refused(name: str, text: str, why: str, refusal: Callable[..., str]) -> None:
    said = refusal(text, name)
    assert said.startswith(why)
    assert len(said) < 400


def test_what_is_defined_twice_alike_is_read(code: Reader) -> None:
    text = "#if A\nfloat mean[]={1,2};\n#else\nfloat mean[]={1.0,2.f};\n#endif\nfloat std[]={1,1};"
    assert len(code(text, names=("a", "b")).features) == 2


def test_bytes_of_a_model_stand_beside_it(code: Reader) -> None:
    text = LANGUAGES["h"]({"mean": [1.0, 2.0], "std": [3.0, 4.0]}, ["age", "fare"])
    model = "const unsigned char model[] = {" + "0x1c, 0x00,\n" * 500_000 + "0x0};\n"
    assert code(model + text)["fare"].steps == (ZScore(2.0, 4.0),)


@pytest.mark.parametrize(
    "piece", ['"\\', "'", "=[", "a=[1,", "a={a=", "{a:[", "/[,", "((", "a=-", "\\\n", "f("]
)
@pytest.mark.parametrize("ending", ["h", "js", "py", "rs"])
def test_repeated_pieces_take_bounded_time(piece: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_text(piece * 5_000)
    assert main(["show", str(path)]) == 2


def test_other_files_do_not_import_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text('{"a": {"mean": 1, "std": 2}}')
    code = (
        "import sys; from skewcheck.parameters import load; load(sys.argv[1]); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert "skewcheck.parameters.handwritten" in done.stdout.split()
    assert "skewcheck.parameters.source_code" not in done.stdout.split()
