"""Files that want to run something: refused by name, and nothing has run."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cloudpickle
import joblib
import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skewcheck.parameters.pickles import PickledObject, looks_like_pickle, unpickle

X = np.random.default_rng(2).normal(size=(20, 3))
PLACE = Path("scaler.pkl")
Refusal = Callable[[bytes], str]


class Wants:
    """An object whose pickle calls a function as it is read."""

    def __init__(self, what: object, *args: object) -> None:
        self.call = what, args

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call


def by_name(name: str, argument: str = "touch flag") -> bytes:
    """The shortest pickle that calls a function with a text."""
    module, _, function = name.rpartition(".")
    return f"c{module}\n{function}\n(V{argument}\ntR.".encode()


CALLS = [
    "os.system",
    "posix.system",
    "nt.system",
    "subprocess.Popen",
    "subprocess.check_output",
    "builtins.eval",
    "builtins.exec",
    "builtins.getattr",
    "builtins.setattr",
    "builtins.open",
    "builtins.compile",
    "builtins.__import__",
    "__builtin__.eval",
    "functools.reduce",
    "importlib.import_module",
    "numpy.load",
    "numpy.save",
    "numpy.fromfile",
    "numpy.lib.npyio.load",
    "numpy.testing._private.utils.runstring",
    "numpy.f2py.crackfortran.myeval",
    "pandas.read_pickle",
    "pandas.io.common.get_handle",
    "pandas.core.computation.eval.eval",
    "joblib.numpy_pickle.load",
    "joblib.load",
    "sklearn.externals.joblib.numpy_pickle.load",
    "operator.attrgetter",
    "operator.methodcaller",
    "types.FunctionType",
    "codecs.decode",
    "_codecs.decode",
    "runpy.run_path",
    "webbrowser.open",
    "shutil.rmtree",
    "pickle.loads",
    "copyreg.__newobj__.__globals__",
    "copyreg.add_extension",
    "dill._dill._eval_repr",
    "dill._dill._create_filehandle",
    "dill._dill._create_capsule",
    "dill._dill._getattr",
    "dill.loads",
    "cloudpickle.loads",
    "types.ModuleType",
    "importlib._bootstrap._call_with_frames_removed",
    "ctypes.CDLL",
    "torch.load",
]


@pytest.mark.parametrize("name", CALLS)
def test_a_name_that_no_transformer_needs_is_refused(name: str, unread: Refusal) -> None:
    expected = name.replace("__builtin__", "builtins").replace("sklearn.externals.", "")
    assert unread(by_name(name)) == (
        f"scaler.pkl: refused: it wants {expected}, which is no part of a fitted transformer;"
        " nothing was executed"
    )


OWN = [
    "__main__.transform",
    "src.components.LogScaling",
    "functools.partial",
    "types.CodeType",
    "dill._dill._create_code",
    "dill._dill._create_function",
    "dill._dill._create_type",
    "dill._dill._unmarshal",
    "cloudpickle.cloudpickle._make_function",
    "cloudpickle.cloudpickle._make_skeleton_class",
]
"""Calls of the user's own, and of code that the file holds: only its name is kept."""


@pytest.mark.parametrize("name", OWN)
def test_a_file_that_is_only_code_is_refused_in_a_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "scaler.pkl").write_bytes(by_name(name))
    process = subprocess.run(
        [sys.executable, "-m", "skewcheck", "show", str(tmp_path / "scaler.pkl")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr.startswith(f"skewcheck: {tmp_path / 'scaler.pkl'}: holds ")
    assert process.stderr.count("\n") == 1


def infected() -> dict[str, Callable[[object], object]]:
    """Where a payload can hide in a file that is otherwise a scaler's."""

    def scaler(**state: object) -> StandardScaler:
        fitted = StandardScaler().fit(X)
        vars(fitted).update(state)
        return fitted

    return {
        "alone": lambda payload: payload,
        "state": lambda payload: scaler(mean_=payload),
        "object array": lambda payload: scaler(names=np.array([payload, "a"], dtype=object)),
        "pipeline": lambda payload: make_pipeline(scaler(), scaler(copy=[{"deep": (payload,)}])),
        "function": lambda payload: FunctionTransformer(payload),
        "key": lambda payload: {payload: 1},
    }


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("where", infected())
@pytest.mark.parametrize("how", ["pickle", "joblib", "zlib", "xz"])
def test_nothing_runs_wherever_it_hides(
    where: str, how: str, protocol: int, tmp_path: Path, unread: Refusal
) -> None:
    flag = tmp_path / "flag"
    value = infected()[where](Wants(os.system, f"touch {flag}"))
    file = io.BytesIO()
    if how == "pickle":
        file.write(pickle.dumps(value, protocol))
    else:
        joblib.dump(value, file, compress=0 if how == "joblib" else (how, 3), protocol=protocol)
    assert looks_like_pickle(file.getvalue())
    assert "it wants posix.system, " in unread(file.getvalue()).replace("nt.sys", "posix.sys")
    assert not flag.exists()


def test_the_function_that_evaluates_is_refused_by_name(unread: Refusal) -> None:
    assert "builtins.eval" in unread(pickle.dumps(Wants(eval, "1 + 1")))


GETATTR = b"cbuiltins\ngetattr\n(ccloudpickle.cloudpickle\nsubimport\n(Vos\ntRVsystem\ntR"
"""The system function, found as cloudpickle would find it."""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x80\x02\x82\x01.", "the extension registry"),
        (b"\x80\x02\x83\x01\x00.", "the extension registry"),
        (b"\x80\x02\x84\x01\x00\x00\x00.", "the extension registry"),
        (b"Pfile:///etc/passwd\n.", "a persistent object"),
        (b"\x80\x02K\x01Q.", "a persistent object"),
        (b"\x80\x05\x97.", "a buffer"),
        (b"(Vtouch flag\nios\nsystem\n.", "it wants os.system,"),
        (b"(cos\nsystem\nVtouch flag\no.", "it wants os.system,"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.", "it wants os.system,"),
        (b"\x80\x04\x8c\x07sklearn\x8c\x09os.system\x93.", "it wants 'sklearn.os.system',"),
        (b"csklearn\nos.system\n.", "it wants 'sklearn.os.system',"),
        (b"csklearn.\x1b[31mred\nx\n.", r"'sklearn.\x1b[31mred.x',"),
        (b"cos\n" + b"a" * 5000 + b"!\n.", "it wants"),
        (b"cnumpy\nlog1p\nK\x01K\x02\x85b.", "is no whole pickle"),
        (b"cnumpy._core\n_ufunc_reconstruct\n(Vos\nVsystem\ntR.", "it wants os.system,"),
        (b"ccopyreg\n_reconstructor\n(cos\nsystem\ncbuiltins\nobject\nNtR.", "it wants os.system,"),
        (b"cdill._dill\n_import_module\n(Vos\ntR(Vtouch flag\ntR.", "it wants os,"),
        (GETATTR + b"(Vtouch flag\ntR.", "it wants os.system,"),
        (b"cbuiltins\ngetattr\n(cos\nsystem\nV__call__\ntR.", "it wants os.system,"),
        (b"cdill._dill\n_import_module\n(Vos;x\ntR.", "a module in it has no name"),
        (b"cdill._dill\n_load_type\n(K\1tR.", "a type in it has no name"),
        (b"cdill._dill\n_create_array\n(NNNtR.", "an array in it has no state"),
        (b"cdill._dill\n_load_type\n(VFunctionType\ntR(NtR.", "it wants types.FunctionType,"),
        (b"c__main__\nA.os.system\n.", "it wants '__main__.A.os.system',"),
        (b"cjoblib.numpy_pickle\nNDArrayWrapper\n.", "arrays in files beside it"),
        (b"ZF0x17                 x", "arrays in files beside it"),
    ],
)
def test_every_instruction_that_could_act(content: bytes, said: str, unread: Refusal) -> None:
    assert said in unread(content)


def test_what_looks_like_a_call_of_the_allowed_only_keeps_its_arguments() -> None:
    content = by_name("sklearn.utils._testing.check_output", "touch flag")
    read = unpickle(content, PLACE)
    assert isinstance(read, PickledObject)
    assert (read.name, read.args, read.state) == ("check_output", ("touch flag",), {})


WATCHED = """
import sys
from pathlib import Path
from skewcheck.text.errors import ParameterError
from skewcheck.parameters.pickles import unpickle

contents = [file.read_bytes() for file in sorted(Path(sys.argv[1]).iterdir())]
b"x".decode("raw-unicode-escape")  # Python itself imports the codec of protocol 0
seen = []
sys.addaudithook(lambda event, args: seen.append(event))
for content in contents:
    try:
        unpickle(content, Path("scaler.pkl"))
    except ParameterError:
        pass
print(len(contents), sorted(set(seen) - {"builtins.id"}))
"""


def test_the_interpreter_sees_no_import_no_call_no_file(own_code: Path, tmp_path: Path) -> None:
    """Python's own audit events: import, exec, open, os.system, pickle.find_class, and so on."""
    contents = [by_name(name) for name in CALLS]
    contents += [pickle.dumps(Wants(os.system, "touch flag"), n) for n in range(6)]
    contents.append(pickle.dumps(make_pipeline(StandardScaler()).fit(X)))
    contents += [GETATTR + b".", *(by_name(name) for name in OWN)]
    function = make_pipeline(FunctionTransformer(lambda x: subprocess.run(x, check=True)))
    contents.append(cloudpickle.dumps(function))
    # Reading what is compressed imports the decompressor.
    saved = [path for path in sorted(own_code.iterdir()) if path.suffix != ".zlib"]
    contents += [path.read_bytes() for path in saved]
    for number, content in enumerate(contents):
        (tmp_path / f"{number:03}").write_bytes(content)
    process = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert process.stdout.strip() == f"{len(contents)} []"
    assert not (Path.cwd() / "flag").exists()
