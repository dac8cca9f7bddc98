"""Reads damaged files, under watch: `worker.py SEED FIRST CASES SECONDS`, until one of both is up.

Prints its case number before each case, so that whoever started it knows at which it died.
"""

from __future__ import annotations

import faulthandler
import importlib
import os
import pkgutil
import random
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from mutations import damaged
from seeds import Files, of_libraries, own_code, seeds

import skewcheck.parameters
from skewcheck.features.types import Parameters
from skewcheck.parameters import UnnamedError, load
from skewcheck.parameters.keras.hdf5_arrays import PROCESS_SCRIPT as HDF5
from skewcheck.parameters.writer import dumps
from skewcheck.text.errors import SkewcheckError
from skewcheck.text.printable import printable

HANG = 60
"""Seconds by the clock after which a file is taken to hang, which ends the process: far above what
the slowest takes, since the machine may be busy. How long that computes, `make bench` measures.
"""
MEMORY = 500 * 2**20
"""Bytes that no file may take."""
RUNS = ("os.exec", "os.spawn", "os.posix_spawn", "os.fork", "os.system", "subprocess.", "socket.",
        "shutil.", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink",
        "os.chmod", "os.putenv", "ctypes.", "pickle.find_class", "code.__new__", "webbrowser.",
        "urllib.", "pty.", "signal.", "builtins.input")  # fmt: skip
"""Events that reading a file must never cause; see Python's table of audit events."""
OURS = ("skewcheck", "numpy", "pyarrow", "pandas", "yaml", "lz4", "onnx", "google", "h5py",
        "ml_dtypes", "encodings")  # fmt: skip
"""What may be imported while reading; a pickle's module may not."""


@dataclass
class Watch:
    """What Python's audit events tell while a file is read."""

    on: bool = False
    seen: list[str] = field(default_factory=list)

    def hook(self, event: str, args: tuple[object, ...]) -> None:
        """Note and prevent what must not happen."""
        if self.on and (wrong := self._wrong(event, args)):
            self.seen.append(wrong)
            raise PermissionError(wrong)

    def _wrong(self, event: str, args: tuple[object, ...]) -> str:
        if event == "subprocess.Popen" and args[1][1:] == ["-P", str(HDF5)]:
            return ""
        if event.startswith(RUNS):
            return f"{event} {args!r:.200}"
        named = event == "open" and isinstance(args[0], str | bytes)  # else a pipe of its own
        if named and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR):
            return f"writes {args[0]!r}"
        if event == "import" and not str(args[0]).startswith(OURS):
            return f"imports {args[0]}"
        name = getattr(args[0], "co_filename", "") if event == "exec" else ""
        own = any(f"{os.sep}{package}" in name for package in OURS)
        return "" if event != "exec" or own else f"runs {name}"


def warm(every: list[Files], folder: Path) -> None:
    """Import and read everything once, so that what comes later is of the damaged files alone."""
    for module in pkgutil.walk_packages(skewcheck.parameters.__path__, "skewcheck.parameters."):
        importlib.import_module(module.name)
    for files in every:
        attempt(stored(files, folder), Watch())


def stored(files: Files, folder: Path) -> Path:
    """Write a seed and return what is to be read: the only file, or the folder of several."""
    if len(files) == 1:
        (name,) = files
        (folder / name).write_bytes(files[name])
        return folder / name
    target = folder / "many"
    shutil.rmtree(target, ignore_errors=True)
    for name, content in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)
    return target


def attempt(path: Path, watch: Watch) -> str:
    """Read a file; what is read must be written and read again, what is refused told in a line."""
    watch.on = True
    try:
        known = named(path)
    except SkewcheckError as error:
        text = printable(str(error), 2000)  # as the command line tells it
        if not text.isprintable():
            raise ValueError(f"no line: {text!r}") from error
        return "refused"
    finally:
        watch.on = False
    again = path.parent / "again.json"
    again.write_text(dumps(known))
    if [f.steps for f in load(again).features] != [f.steps for f in known.features]:
        raise ValueError("what was written is read otherwise")
    return "read"


def computed() -> float:
    """Return the seconds that this process and those it started have computed."""
    return sum(os.times()[:4])


def named(path: Path) -> Parameters:
    """Read a file, with names if it needs them."""
    try:
        return load(path)
    except UnnamedError as error:
        return load(path, [f"x{i}" for i in range(error.count)])


def main(seed: int, first: int, cases: int, seconds: float) -> None:
    """Damage and read, one case after the other."""
    watch, every = Watch(), [*seeds(), *own_code(), *of_libraries()]
    counts: Counter[str] = Counter()
    slowest = (0.0, first)
    faulthandler.enable()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm(every, folder)
        sys.addaudithook(watch.hook)
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
        case, end = first, time.monotonic() + seconds
        while case == first or (case < first + cases and time.monotonic() < end):
            os.write(1, f"{case}\n".encode())
            chance = random.Random(f"{seed} {case}")  # noqa: S311  # nothing secret
            path = stored(damaged(chance.choice(every), chance), folder)
            faulthandler.dump_traceback_later(HANG, exit=True)
            begun = computed()
            counts[read(path, watch)] += 1
            slowest = max(slowest, (computed() - begun, case))
            faulthandler.cancel_dump_traceback_later()
            case += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = ", ".join(f"{n:,} {what}" for what, n in sorted(counts.items()))
    print(
        f"{told}; slowest {slowest[0]:.2f} s (case {slowest[1]}), at most {peak:.0f} MiB in all",
        file=sys.stderr,
    )


def read(path: Path, watch: Watch) -> str:
    """Return what became of a file; the process ends where that is none of what it may be."""
    try:
        found = attempt(path, watch)
    except BaseException:
        traceback.print_exc()
        sys.exit(1)
    if watch.seen:
        sys.exit(f"not only read: {watch.seen}")
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
