"""PyTorch files that want to run something, that grow, or announce what they do not hold."""

from __future__ import annotations

import io
import pickle
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from skewcheck.parameters import load
from skewcheck.text.errors import ParameterError

sys.path.append(str(Path(__file__).parents[3] / "fixtures"))  # last: names as those of packages
import tensors

MEAN, STD = np.array([1.5, -2.0, 1000.25]), np.array([0.5, 2.0, 30.0])
GOOD = {"mean": MEAN, "std": STD}
Refusal = Callable[..., str]


def data(pickled: bytes, **members: bytes) -> bytes:
    """Return a zip of a pickle as given, and of storages."""
    storages = {f"archive/data/{key}": content for key, content in members.items()}
    return tensors.zipped({"archive/data.pkl": pickled, **storages})


@pytest.mark.parametrize("write", [tensors.torch_zip, tensors.torch_legacy, tensors.pickled])
@pytest.mark.parametrize(
    "name", ["os.system", "builtins.eval", "builtins.exec", "subprocess.Popen", "numpy.load"]
)
def test_code_in_a_file_is_refused(
    write: Callable[[object], bytes], name: str, refusal: Refusal
) -> None:
    module, _, function = name.rpartition(".")
    call = tensors.Raw(f"c{module}\n{function}\n(Vtouch flag\ntR".encode())
    said = refusal(write({**GOOD, "names": call}), "scaler.pt")
    assert "refused" in said
    assert "nothing was executed" in said


def test_functions_of_pytorch_are_no_more_than_names(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    for name in ("load", "_utils._rebuild_wrapper", "hub.load", "jit.load", "package.importer"):
        module, _, function = f"torch.{name}".rpartition(".")
        call = tensors.Raw(f"c{module}\n{function}\n(Vtouch {flag}\ntR".encode())
        (tmp_path / "x.pt").write_bytes(tensors.torch_zip({**GOOD, "x": call}))
        assert len(load(tmp_path / "x.pt", ("a", "b", "c")).features) == 3
    assert not flag.exists()


def test_a_class_of_a_state_with_code_is_left_out(tmp_path: Path) -> None:
    members = {"archive/code/__torch__.py": b"import os; os.system('touch flag')"}
    (tmp_path / "x.pt").write_bytes(tensors.torch_zip(GOOD, others=members))
    parameters = load(tmp_path / "x.pt", ("a", "b", "c"))
    assert "TorchScript" in str(parameters.notes)


def rebuilt(shape: str, strides: str, offset: str = "I0\n", numbers: int = 3) -> bytes:
    """Return a file of one tensor, of a storage of three numbers, with a view as given."""
    storage = f"(X\x07\0\0\0storagectorch\nDoubleStorage\nV0\nVcpu\nI{numbers}\ntQ"
    view = f"{offset}({shape}t({strides}tI00\n}}tR"
    text = f"(Vmean\nctorch._utils\n_rebuild_tensor_v2\n({storage}{view}Vstd\nF1.0\nd."
    return data(text.encode(), **{"0": MEAN.tobytes()})


VIEWS = {
    "beyond its end": rebuilt("I4\n", "I1\n"),
    "strides beyond its end": rebuilt("I3\n", "I2\n"),
    "offset beyond its end": rebuilt("I3\n", "I1\n", "I1\n"),
    "negative offset": rebuilt("I3\n", "I1\n", "I-1\n"),
    "negative stride": rebuilt("I3\n", "I-1\n"),
    "negative shape": rebuilt("I-3\n", "I1\n"),
    "two shapes": rebuilt("I3\nI1\n", "I1\n"),
    "more numbers than it holds": rebuilt("I3\n", "I1\n", numbers=4),
    "one number a billion times": rebuilt("I1000000000\n", "I0\n"),
    "one number too often to count": rebuilt("I99999999999\nI99999999999\n", "I0\nI0\n"),
    "forty dimensions": rebuilt("I1\n" * 40, "I1\n" * 40),
}


@pytest.mark.parametrize("content", VIEWS.values(), ids=VIEWS)
def test_a_view_that_is_not_in_its_storage_is_refused(content: bytes, refusal: Refusal) -> None:
    assert refusal(content, "x.pt")


def test_the_view_that_these_tests_change_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_bytes(rebuilt("I3\n", "I1\n"))
    assert len(load(tmp_path / "x.pt", ("a", "b", "c")).features) == 3


def bomb(size: int) -> bytes:
    """Return a zip whose storage is so many zeros, in few bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        value = tensors.torch_zip({"mean": MEAN, "std": STD})
        with zipfile.ZipFile(io.BytesIO(value)) as source:
            archive.writestr("archive/data.pkl", source.read("archive/data.pkl"))
        archive.writestr("archive/data/0", bytes(size))
        archive.writestr("archive/data/1", STD.tobytes())
    return file.getvalue()


def many_members(count: int) -> bytes:
    """Return a zip of so many empty members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}.")
        for i in range(count):
            archive.writestr(f"archive/data/{i}", b"")
    return file.getvalue()


def nested(depth: int) -> bytes:
    """Return a pickle of a file that holds a file, and so on."""
    content = b"\x80\x02}."
    for _ in range(depth):
        inner = b"B" + struct.pack("<I", len(content)) + content
        content = b"\x80\x02ctorch.storage\n_load_from_bytes\n(" + inner + b"tR."
    return content


LARGE: dict[str, Callable[[], bytes]] = {
    "300 MB of zeros": lambda: bomb(300_000_000),
    "200,000 members": lambda: many_members(200_000),
    "files within files": lambda: nested(2_000),
}
"""Made by the test itself: they take seconds, which each worker would spend as it collects."""
BOMBS = {
    "no pickle": tensors.zipped({"archive/data.pkl": b"x", "archive/data/0": b""}),
    "two pickles": tensors.zipped({"a/data.pkl": b"\x80\x02}.", "b/data.pkl": b"\x80\x02}."}),
    "a storage too few": data(rebuilt("I3\n", "I1\n")),
    "cut": tensors.torch_zip(GOOD)[:-40],
    "legacy, cut": tensors.torch_legacy(GOOD)[:-10],
    "legacy, storages of other names": tensors.torch_legacy(GOOD).replace(
        pickle.dumps(["0", "1"], 2), pickle.dumps(["0", "0"], 2)
    ),
    "deep dict": data(b"\x80\x02" + b"}X\1\0\0\0a" * 5_000 + b"N" + b"s" * 5_000 + b"."),
    "laughs": data(b"\x80\x02]" + b"2\x86" * 60 + b"."),
    "in itself": data(b"\x80\x02}q\0X\4\0\0\0meanh\0s."),
}
MEASURED = """
import sys
from pathlib import Path
from skewcheck.text.errors import SkewcheckError
from skewcheck.parameters import load

for file in sorted(Path(sys.argv[1]).iterdir()):
    try:
        load(file, ("a", "b", "c"))
        said = "nothing"
    except SkewcheckError as error:
        said = str(error).removeprefix(f"{file}: ")
    print(file.name, said, sep=":")
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else ["VmHWM: 0 kB"]
print(*[line.removesuffix(" kB") for line in lines if line.startswith("VmHWM:")])
"""


def test_bombs_are_refused_in_one_line_and_take_no_memory(tmp_path: Path) -> None:
    bombs = {**BOMBS, **{name: make() for name, make in LARGE.items()}}
    for name, content in bombs.items():
        (tmp_path / f"{name}.pt").write_bytes(content)
    process = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path)], capture_output=True, text=True,
        check=True, timeout=120,
    )  # fmt: skip
    *said, peak = process.stdout.splitlines()
    assert [line.partition(":")[0] for line in said] == sorted(f"{name}.pt" for name in bombs)
    assert [line for line in said if line.endswith((":nothing", ":"))] == []
    assert int(peak.split()[1]) < 500_000  # kB; the largest file of these has 20 MB


def test_markup_in_names_stays_in_one_line(refusal: Refusal) -> None:
    name = "<script>\x1b[31mnormalizer"
    value = {f"{name}.mean": MEAN, f"{name}.std": STD[:2], "w": np.ones(3)}
    assert "\n" not in refusal(tensors.torch_zip(value), "x.pt")


def test_a_file_of_other_content_with_the_suffix(refusal: Refusal) -> None:
    assert refusal(b"PK\x03\x04" + bytes(100), "x.pt")
    assert refusal(b"no zip", "x.pth")


def test_errors_are_parameter_errors(tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_bytes(tensors.torch_zip({"w": np.ones(3)}))
    with pytest.raises(ParameterError, match="holds 1 tensor and no statistics"):
        load(tmp_path / "x.pt")
