"""What is said of parameter files that break a rule, and what is read from pickles."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pmml_text import Read, reader
from spark_folders import Maker, maker

from skewcheck.features.types import Parameters
from skewcheck.parameters import load
from skewcheck.parameters.pickles import unpickle
from skewcheck.text.errors import ParameterError


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[..., str]:
    """Return what is said of a file with that content, without the file's name."""

    def of(content: str | bytes, name: str = "p.json") -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(ParameterError) as caught:
            load(path)
        assert "\n" not in str(caught.value)
        where, _, what = str(caught.value).partition(": ")
        assert where == str(path)
        return what

    return of


@pytest.fixture
def pickled(tmp_path: Path) -> Callable[..., Parameters]:
    """Save an object as a pickle and return what is read back."""

    def of(fitted: object, names: tuple[str, ...] = ()) -> Parameters:
        path = tmp_path / "fitted.pkl"
        path.write_bytes(pickle.dumps(fitted))
        return load(path, names)

    return of


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a PMML file with a field x of numbers, a field c of levels, and what is given."""
    return reader(tmp_path)


@pytest.fixture
def pipeline(tmp_path: Path) -> Maker:
    """Write a Spark pipeline by hand: each stage is (class, paramMap, row of its data or None)."""
    return maker(tmp_path)


@pytest.fixture
def unread() -> Callable[[bytes], str]:
    """Return what is said of a pickle or joblib file that is refused, with the file's name."""

    def of(content: bytes) -> str:
        with pytest.raises(ParameterError) as caught:
            unpickle(content, Path("scaler.pkl"))
        text = str(caught.value)
        assert text.startswith("scaler.pkl: ")
        assert text.isprintable()
        assert len(text) < 200
        return text

    return of


@pytest.fixture(scope="session")
def own_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of what a training script with code of its own has saved."""
    folder = tmp_path_factory.mktemp("own_code")
    script = Path(__file__).with_name("own_code.py")
    subprocess.run(
        [sys.executable, str(script), str(folder)], check=True, capture_output=True, timeout=300
    )
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Write objects to a folder: those under names that end in `_json` as JSON, others pickled."""

    def of(**files: object) -> Path:
        for name, value in files.items():
            if name.endswith("_json"):
                (tmp_path / f"{name[:-5]}.json").write_text(json.dumps(value))
            else:
                (tmp_path / f"{name}.pkl").write_bytes(pickle.dumps(value))
        return tmp_path

    return of
