"""Measure how often audits name the right cause: `python causes.py [--quick] [--data FOLDER]`.

Faults are written by hand in faults.py, put into logs of several kinds, and audited; the table of
what came out goes to CAUSES.md. Every figure is computed, nothing is kept from earlier runs. The
second section of CAUSES.md, of server_causes.py, stays as it is.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import faults
import numpy as np
import pyarrow as pa
import rightly
import sections
import tables
import worlds
from faults import Array, Fault
from visible import decidable, differs, parameter_errors, visible
from worlds import World

from skewcheck.api import audit
from skewcheck.config.types import Settings
from skewcheck.results.audit import Audit

TYPES = ("float64", "float32", "csv")
MODES = ("paired", "served", "raw")


@dataclass(frozen=True)
class Case:
    """One log: what is wrong with it, and how it is written."""

    world: int
    fault: int | None
    """Place in FAULTS; None for a log without a mechanical fault."""
    mode: str
    kind: str
    share: float
    rows: int
    seed: int
    drift: str = ""
    """How the world moved: empty for not at all."""


@dataclass(frozen=True)
class Run:
    """What an audit said of one feature."""

    case: Case
    world: str
    feature: str
    code: str
    """The true cause: `clean` or `drift` without a fault."""
    fault: str
    first: str
    listed: tuple[str, ...]
    confidence: float
    verdict: str
    grid: bool
    errors: tuple[float, float] | None = None
    """Of the recovered parameters: mean in standard deviations, scale relative."""


FAULTS: list[Fault] = [*faults.of_served(), *faults.of_raw()]
WORLDS: list[World] = []


def plan(rows: list[int], repeats: int) -> Iterator[Case]:
    """Yield all cases: every fault in every way, then logs that are clean or truly drift."""
    for w, world in enumerate(WORLDS):
        own = w < 2
        for i, fault in enumerate(FAULTS):
            modes = ("raw",) if fault.raw_only else ("paired", "served")
            if fault.code == "category_renamed":
                modes = ("paired", "raw")
            for mode in modes:
                for kind in TYPES if own else ("float32",):
                    for share in (1.0,) if fault.whole else (1.0, 0.1):
                        for n in rows if own else (2000,):
                            # Text of many rows takes longest to write: all rows faulty there.
                            if (own or n == 2000) and not (
                                kind == "csv" and n * (1.01 - share) > 9000
                            ):
                                yield Case(w, i, mode, kind, share, n, len(rows) * i + n)
        drifts = ["shift", "scale", "shape", "mixture"] + ["world"] * bool(world.drifted)
        quiet = rows if own else [2000]
        for mode in MODES:
            for kind in TYPES:
                for seed in range(2 * repeats if own else 2):
                    for n in quiet:
                        yield Case(w, None, mode, kind, 0.0, n, seed)
            for drift in drifts:
                for seed in range(2 * repeats):
                    for n in quiet:
                        yield Case(w, None, mode, TYPES[seed % 3], 1.0, n, seed, drift)


def measured(case: Case) -> list[Run]:
    """Write the log of a case, audit it, and return what was said of each faulty feature."""
    world = WORLDS[case.world]
    fault = FAULTS[case.fault] if case.fault is not None else None
    seed = zlib.crc32(repr(case).encode())
    random = np.random.default_rng(seed)
    raw = _moved(world, case, random)
    rows = len(raw[next(iter(world.steps))])
    bad = random.random(rows) < case.share
    columns: dict[str, Array] = {}
    truth: dict[str, dict[str, float]] = {}
    for name in world.steps:
        categorical = name not in world.numeric
        x = rightly.levels(raw, name).astype(object) if categorical else rightly.numbers(raw, name)
        served = (
            rightly.codes(_known(world, name), x)
            if categorical
            else rightly.right(world.steps[name], x)
        )
        made = fault.make(world, name, raw) if fault is not None else None
        if made is not None and fault is not None:
            before = x if fault.raw_only else served
            after = np.where(bad, made[0], before)
            wrong = after[differs(before, after)]
            if (
                len(wrong)
                and visible(case.mode, case.kind, case.share, fault, world, name)
                and decidable(fault, wrong)
            ):
                truth[name] = dict(made[1])
            x, served = (after, served) if fault.raw_only else (x, after)
            if fault.raw_only and categorical:
                served = rightly.codes(_known(world, name), x)
        if case.mode != "served":
            columns[name] = x
        if case.mode != "raw":
            columns[f"{name}_norm"] = served
    if fault is not None and not truth:
        return []
    found = _audited(
        case, world, columns, stale=fault is not None and fault.code == "stale_parameters"
    )
    return [
        _run(case, world, found, name, fault, truth.get(name, {}))
        for name in (truth if fault is not None else world.steps)
    ]


def _known(world: World, name: str) -> list[str]:
    values = world.steps[name][0]["values"]
    return [str(v) for v in values] if isinstance(values, list) else []


def _moved(world: World, case: Case, random: np.random.Generator) -> dict[str, Array]:
    """Return raw columns, moved as the case says, off the grid or on it as they were."""
    if case.drift == "world" and world.drifted is not None:
        return dict(world.drifted(case.rows, case.seed))
    raw = dict(world.draw(case.rows, zlib.crc32(repr(case).encode()) % 10**6))
    for name in world.numeric if case.drift else ():
        x = rightly.numbers(raw, name)
        spread, middle = float(np.nanstd(x)), float(np.nanmean(x))
        match case.drift:
            case "shift":
                x = x + 0.4 * spread
            case "scale":
                x = middle + 1.4 * (x - middle)
            case "shape":
                x = middle + np.sinh((x - middle) / max(spread, 1e-12)) * spread * 0.6
            case "mixture":
                x = np.where(random.random(len(x)) < 0.3, x + 1.5 * spread, x)
        step = world.step(name)
        raw[name] = x if step is None else np.round(np.round(x / step) * step, 10)
    return raw


def _audited(case: Case, world: World, columns: dict[str, Array], *, stale: bool) -> Audit:
    """Audit a log, through a CSV file with six significant digits where the case asks for it."""
    dtype = np.float64 if case.kind == "float64" else np.float32
    values = {
        f: v if v.dtype == object else v.astype(dtype) if f.endswith("_norm") else v
        for f, v in columns.items()
    }
    with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
        history = (_older(world, Path(folder)),) if stale else ()
        served = None if case.mode == "raw" else "{feature}_norm"
        settings = Settings(served=served, by=(), history=history)
        if case.kind != "csv":
            return audit(world.parameters, pa.table(values), settings=settings)
        path = Path(folder) / "log.csv"
        written = [
            [str(x) for x in v] if v.dtype == object else ["" if x != x else f"{x:.6g}" for x in v]
            for v in columns.values()
        ]
        lines = [",".join(columns), *map(",".join, zip(*written, strict=True))]
        path.write_text("\n".join(lines) + "\n")
        return audit(world.parameters, str(path), settings=settings)


_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - files that live a moment


def _older(world: World, folder: Path) -> str:
    """Write the parameter file that the stale server used."""
    older = {}
    for name in world.numeric:
        steps = faults.with_line(world, name, 0.3, 1.25)
        older[name] = {"type": "numeric", "steps": steps}
    path = folder / "older.json"
    path.write_text(
        json.dumps({"skewcheck": {"kind": "parameters", "version": 1}, "features": older})
    )
    return str(path)


def _run(
    case: Case, world: World, found: Audit, name: str, fault: Fault | None, truth: dict[str, float]
) -> Run:  # fmt: skip
    one = next(f for f in found.features if f.name == name)
    first = one.causes[0] if one.causes else None
    code = fault.code if fault is not None else "drift" if case.drift else "clean"
    errors = None
    if truth and first is not None and first.code == code and "offset" in truth:
        errors = parameter_errors(world, name, dict(first.parameters), truth)
    return Run(
        case, world.name, name, code, fault.name if fault is not None else case.drift,
        first.code if first is not None else "none", tuple(c.code for c in one.causes),
        first.confidence if first is not None else 0.0, str(one.verdict.value),
        world.step(name) is not None and len(world.steps[name]) == 1, errors,
    )  # fmt: skip


def main() -> None:
    """Run all cases on two processes and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2,000 rows only, no repeats")
    parser.add_argument("--data", type=Path, help="folder of the public sets")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "CAUSES.md")
    parser.add_argument("--only", help="a fault's code: the others are left out")
    parser.add_argument("--worst", action="store_true", help="print every wrong run")
    chosen = parser.parse_args()
    WORLDS.extend(worlds.fixtures())
    if chosen.data:
        WORLDS.extend(worlds.public(chosen.data))
    started = time.perf_counter()
    cases = list(plan([2000] if chosen.quick else [200, 2000, 20_000], 1 if chosen.quick else 2))
    if chosen.only:
        cases = [c for c in cases if c.fault is not None and FAULTS[c.fault].code == chosen.only]
    with ProcessPoolExecutor(2, get_context("fork")) as pool:
        runs = [run for some in pool.map(measured, cases, chunksize=4) for run in some]
    seconds = time.perf_counter() - started
    page = tables.report(runs, [w.name for w in WORLDS], len(cases), seconds)
    sections.write_first(chosen.output, page)
    print(tables.summary(runs), f"\n{len(cases)} logs, {len(runs)} runs, {seconds:.0f} s")
    if chosen.worst:
        print(tables.worst(runs))


if __name__ == "__main__":
    main()
