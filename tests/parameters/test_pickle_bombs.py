"""Files that would grow without end, nest without end, or announce what they do not hold."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bombs import BOMBS, array

from skewcheck.parameters.pickles import unpickle

PLACE = Path("scaler.pkl")
Refusal = Callable[[bytes], str]
MEASURED = """
import sys
from pathlib import Path
from skewcheck.text.errors import ParameterError
from skewcheck.parameters.pickles import unpickle

for file in sorted(Path(sys.argv[1]).iterdir()):
    try:
        unpickle(file.read_bytes(), file)
        said = "nothing"
    except ParameterError as error:
        said = str(error).removeprefix(f"{file}: ")
    print(file.name, said, sep=":")
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else ["VmHWM: 0 kB"]
print(*[line.removesuffix(" kB") for line in lines if line.startswith("VmHWM:")])
"""


def test_bombs_are_refused_and_take_no_memory(tmp_path: Path) -> None:
    for name, content in BOMBS.items():
        (tmp_path / name).write_bytes(content)
    process = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path)], capture_output=True, text=True,
        check=True, timeout=600,
    )  # fmt: skip
    refusals = dict(line.split(":", 1) for line in process.stdout.splitlines())
    assert int(refusals.pop("VmHWM")) < 500 * 1024  # KiB; only Linux tells it
    assert refusals.keys() == BOMBS.keys()
    for name, message in refusals.items():
        assert message.startswith(("refused: it", "refused: an object in it", "is no whole")), name


def test_depth_counts_what_is_shared(unread: Refusal) -> None:
    chain = b"\x80\x02]" + b"".join(b"q%c]h%c" % (n, n) + b"a" for n in range(60)) + b"q\xff"
    wrapped_chain = b"h\xff" + b"\x85" * 60
    assert isinstance(unpickle(chain + b".", PLACE), list)
    assert "100 levels" in unread(chain + b"h\xff" + wrapped_chain + b"\x86.")
    assert "100 levels" in unread(chain + wrapped_chain + b"h\xff" + b"\x86.")


def test_characters_that_do_not_exist_are_refused(unread: Refusal) -> None:
    for code in (0x110000, 0xD800, 0xFFFFFFFF):
        raw = struct.pack("<I", code)
        assert "characters" in unread(array(b"(I1\nt", b"U1", b"B\x04\0\0\0" + raw))
