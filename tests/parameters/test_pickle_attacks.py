"""Files that want to run something, to grow without end, or that are broken: all one refusal."""

from __future__ import annotations

import bz2
import io
import lzma
import os
import pickle
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import cloudpickle
import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skewcheck.errors import ParameterError
from skewcheck.parameters.pickles import Inert, looks_pickled, unpickled

X = np.random.default_rng(2).normal(size=(20, 3))
PLACE = Path("scaler.pkl")


class Wants:
    """An object whose pickle calls a function as it is read."""

    def __init__(self, what: object, *args: object) -> None:
        self.call = what, args

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call  # type: ignore[return-value]


def refusal(content: bytes) -> str:
    with pytest.raises(ParameterError) as caught:
        unpickled(content, PLACE)
    text = str(caught.value)
    assert text.startswith("scaler.pkl: ")
    assert text.isprintable()
    assert len(text) < 200
    return text


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
    "functools.partial",
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
    "types.CodeType",
    "codecs.decode",
    "_codecs.decode",
    "runpy.run_path",
    "webbrowser.open",
    "shutil.rmtree",
    "pickle.loads",
    "copyreg.__newobj__.__globals__",
    "copyreg.add_extension",
    "dill._dill._create_function",
    "dill._dill._import_module",
    "cloudpickle.cloudpickle._builtin_type",
    "cloudpickle.cloudpickle._make_function",
    "torch.load",
    "__main__.transform",
]


@pytest.mark.parametrize("name", CALLS)
def test_a_name_that_no_transformer_needs_is_refused(name: str) -> None:
    expected = name.replace("__builtin__", "builtins").replace("sklearn.externals.", "")
    assert refusal(by_name(name)) == (
        f"scaler.pkl: refused: it wants {expected}, which is no part of a fitted transformer;"
        " nothing was executed"
    )


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
        "function": lambda payload: FunctionTransformer(payload),  # type: ignore[arg-type]
        "key": lambda payload: {payload: 1},
    }


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("where", infected())
@pytest.mark.parametrize("how", ["pickle", "joblib", "zlib", "xz"])
def test_nothing_runs_wherever_it_hides(
    where: str, how: str, protocol: int, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    value = infected()[where](Wants(os.system, f"touch {flag}"))
    file = io.BytesIO()
    if how == "pickle":
        file.write(pickle.dumps(value, protocol))
    else:
        joblib.dump(value, file, compress=0 if how == "joblib" else (how, 3), protocol=protocol)
    assert looks_pickled(file.getvalue())
    assert "it wants posix.system, " in refusal(file.getvalue()).replace("nt.sys", "posix.sys")
    assert not flag.exists()


def test_functions_and_code_are_refused_by_name() -> None:
    assert "functools.partial" in refusal(pickle.dumps(partial(np.log1p)))
    assert "cloudpickle.cloudpickle" in refusal(cloudpickle.dumps(lambda x: x + 1))
    assert "builtins.eval" in refusal(pickle.dumps(Wants(eval, "1 + 1")))


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
        (b"cjoblib.numpy_pickle\nNDArrayWrapper\n.", "arrays in files beside it"),
        (b"ZF0x17                 x", "arrays in files beside it"),
    ],
)
def test_every_instruction_that_could_act(content: bytes, said: str) -> None:
    assert said in refusal(content)


def test_what_looks_like_a_call_of_the_allowed_only_keeps_its_arguments() -> None:
    content = by_name("sklearn.utils._testing.check_output", "touch flag")
    read = unpickled(content, PLACE)
    assert isinstance(read, Inert)
    assert (read.name, read.args, read.state) == ("check_output", ("touch flag",), {})


WATCHED = """
import sys
from pathlib import Path
from skewcheck.errors import ParameterError
from skewcheck.parameters.pickles import unpickled

contents = [file.read_bytes() for file in sorted(Path(sys.argv[1]).iterdir())]
seen = []
sys.addaudithook(lambda event, args: seen.append(event))
for content in contents:
    try:
        unpickled(content, Path("scaler.pkl"))
    except ParameterError:
        pass
print(len(contents), sorted(set(seen) - {"builtins.id"}))
"""


def test_the_interpreter_sees_no_import_no_call_no_file(tmp_path: Path) -> None:
    """Python's own audit events: import, exec, open, os.system, pickle.find_class, and so on."""
    contents = [by_name(name) for name in CALLS]
    contents += [pickle.dumps(Wants(os.system, "touch flag"), n) for n in range(6)]
    contents.append(pickle.dumps(make_pipeline(StandardScaler()).fit(X)))
    for number, content in enumerate(contents):
        (tmp_path / f"{number:03}").write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"{len(contents)} []"
    assert not (Path.cwd() / "flag").exists()


def array(shape: bytes, dtype: bytes, data: bytes) -> bytes:
    """A pickle of an array with the pieces given as instructions."""
    head = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntR(I1\n"
    kind = b"cnumpy\ndtype\n(V" + dtype + b"\nI0\nI1\ntR(I3\nV<\nNNNI-1\nI-1\nI0\ntb"
    return b"\x80\x02" + head + shape + kind + b"I00\n" + data + b"tb."


def wrapped(size: int) -> bytes:
    """A joblib file whose array announces that many bytes."""
    file = io.BytesIO()
    joblib.dump(np.zeros(3, np.uint8), file, protocol=2)
    return file.getvalue().replace(
        b"K\x03\x85", b"\x8a\x07" + struct.pack("<q", size)[:7] + b"\x85"
    )


BOMBS = {
    "text of a terabyte": b"\x80\x04\x8d" + struct.pack("<Q", 2**40) + b"x.",
    "bytes of 2**63": b"\x80\x04\x8e" + struct.pack("<Q", 2**63) + b"x.",
    "bytearray of a gigabyte": b"\x80\x05\x96" + struct.pack("<Q", 2**30) + b"x.",
    "bytearray by its size": b"cbuiltins\nbytearray\n(I9999999999\ntR.",
    "bytes by their size": b"cbuiltins\nbytes\n(I9999999999\ntR.",
    "list of a range": b"cbuiltins\nlist\n(cbuiltins\nrange\n(I9999999999\ntRtR.",
    "integer of a gigabyte": b"\x80\x02\x8b" + struct.pack("<I", 2**30) + b"\x01.",
    "integer of many digits": b"L" + b"9" * 100_000 + b"L\n.",
    "array of a terabyte": array(b"(I1099511627776\nt", b"f8", b"B\x08\0\0\0" + bytes(8)),
    "array of nothing": array(b"(I1099511627776\nt", b"U0", b"B\0\0\0\0"),
    "array of objects": array(b"(I1099511627776\nt", b"O8", b"]"),
    "array of 40 dimensions": array(b"(" + b"I1\n" * 40 + b"t", b"u1", b"B\1\0\0\0x"),
    "array of negative size": array(b"(I-1\nt", b"u1", b"B\1\0\0\0x"),
    "joblib array of a terabyte": wrapped(2**40),
    "many copies": b"\x80\x02(B" + struct.pack("<I", 2**20) + bytes(2**20) + b"q\0"
    b"cbuiltins\nbytearray\nq\x01" + b"h\x01h\0\x85R" * 100_000 + b"t.",
    "many copies of a list": b"\x80\x02]("
    + b"N" * 50_000
    + b"eq\0cbuiltins\nlist\nq\x01("
    + b"h\x01h\0\x85R" * 100_000
    + b"t.",
    "many sets": b"\x80\x04(" + b"\x8f" * 10_000_000 + b"t.",
    "compressed zeros": zlib.compress(bytes(100_000_000)),
    "more compressed zeros": bz2.compress(bytes(30_000_000)),
    "dictionary of 1 GB": lzma.compress(
        b"x" * 9,
        lzma.FORMAT_ALONE,
        filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 2**20}],
    ).replace(struct.pack("<I", 2**20), struct.pack("<I", 2**30)),
    "laughs": b"\x80\x02]" + b"2\x86" * 60 + b".",
    "deep tuples": b"\x80\x02)" + b"\x85" * 200_000 + b".",
    "deep key": b"\x80\x02})" + b"\x85" * 200_000 + b"Ns.",
    "deep lists": b"\x80\x02" + b"]" * 200_000 + b"a" * 199_999 + b".",
    "list in itself": b"\x80\x02]q\0h\0a.",
    "object in itself": b"csklearn\nA\n)\x81q\0}Vself\nh\0sb.",
    "keys of one hash": b"\x80\x02}("
    + b"".join(
        b"\x8a\x0c" + (n * (2**61 - 1)).to_bytes(12, "little") + b"N"
        for n in range(2**33, 2**33 + 9)
    )
    + b"u.",
}


MEASURED = """
import sys, time
from pathlib import Path
from skewcheck.errors import ParameterError
from skewcheck.parameters.pickles import unpickled

for file in sorted(Path(sys.argv[1]).iterdir()):
    begin = time.perf_counter()
    try:
        unpickled(file.read_bytes(), file)
        said = "nothing"
    except ParameterError as error:
        said = str(error).removeprefix(f"{file}: ")
    print(file.name, time.perf_counter() - begin, said, sep=":")
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else ["VmHWM: 0 kB"]
print(*[line.removesuffix(" kB") + ":" for line in lines if line.startswith("VmHWM:")])
"""


def test_bombs_are_refused_and_take_neither_time_nor_memory(tmp_path: Path) -> None:
    for name, content in BOMBS.items():
        (tmp_path / name).write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    told = [line.split(":", 2) for line in done.stdout.splitlines()]
    seconds = {name: float(figure) for name, figure, _ in told}
    assert seconds.pop("VmHWM") < 500 * 1024  # KiB; only Linux tells it
    assert seconds.keys() == BOMBS.keys()
    assert {name: time for name, time in seconds.items() if time > 5} == {}
    for name, _, said in told[:-1]:
        assert said.startswith(("refused: it", "refused: an object in it", "is no whole")), name


def test_depth_counts_what_is_shared() -> None:
    chain = b"\x80\x02]" + b"".join(b"q%c]h%c" % (n, n) + b"a" for n in range(60)) + b"q\xff"
    wrapped_chain = b"h\xff" + b"\x85" * 60
    assert isinstance(unpickled(chain + b".", PLACE), list)
    assert "100 levels" in refusal(chain + b"h\xff" + wrapped_chain + b"\x86.")
    assert "100 levels" in refusal(chain + wrapped_chain + b"h\xff" + b"\x86.")


def test_characters_that_do_not_exist_are_refused() -> None:
    for code in (0x110000, 0xD800, 0xFFFFFFFF):
        raw = struct.pack("<I", code)
        assert "characters" in refusal(array(b"(I1\nt", b"U1", b"B\x04\0\0\0" + raw))


def seeds() -> list[bytes]:
    """Real files of all protocols and compressions, small."""
    fitted = make_pipeline(StandardScaler(), FunctionTransformer(np.log1p)).fit(X)
    levels = OneHotEncoder().fit(np.array([["a", 1], ["é", 2]], dtype=object))
    found = []
    for value in (fitted, {"levels": levels, "mean": X.mean(axis=0), "kind": {1, 2.5, "x"}}):
        for protocol in range(6):
            found.append(pickle.dumps(value, protocol))
            file = io.BytesIO()
            joblib.dump(value, file, protocol=protocol)
            found.append(file.getvalue())
        for method in ("zlib", "bz2", "xz", "lzma", "lz4"):
            file = io.BytesIO()
            joblib.dump(value, file, compress=(method, 3))
            found.append(file.getvalue())
    return found


SEEDS = seeds()
OPCODES = bytes(
    ord(code)
    for name in pickle.__all__
    if name.isupper() and isinstance(code := getattr(pickle, name), bytes) and len(code) == 1
)


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The content with a few bytes changed, cut out, put in, or taken from another file."""
    found = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at, size = chance.randrange(len(found) + 1), chance.randrange(1, 30)
        other = chance.choice(SEEDS)
        begin = chance.randrange(len(other))
        found[at : at + chance.choice((0, 1, size))] = chance.choice(
            (b"", bytes([chance.choice(OPCODES)]), chance.randbytes(1), other[begin : begin + size])
        )
    return bytes(found)


@settings(max_examples=1000, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(SEEDS), st.integers(0, 2**32))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(content: bytes, seed: int) -> None:
    damaged = mutated(content, random.Random(seed))  # noqa: S311 - no secret
    looks_pickled(damaged)
    with suppress(ParameterError):
        unpickled(damaged, PLACE)


@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_half_a_file_is_refused(number: int) -> None:
    content = SEEDS[number]
    for size in {*range(0, len(content), max(len(content) // 25, 1)), len(content) - 1}:
        assert "refused" in refusal(content[:size]) or "no whole pickle" in refusal(content[:size])
