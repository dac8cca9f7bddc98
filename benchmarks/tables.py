"""Runs of causes.py as tables: what was asked, what was measured, and every cell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from causes import Run

NOT_MECHANICAL = frozenset({"none", "drift"})


def _right(runs: Sequence[Run]) -> float:
    return float(np.mean([run.first == run.code for run in runs])) if runs else float("nan")


def _share(value: float) -> str:
    """Return a share in percent that never rounds up to 100."""
    return "-" if value != value else f"{np.floor(value * 1000) / 10:.1f} %"


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def _accuracy(runs: Sequence[Run], limit: float) -> tuple[str, bool]:
    errors = [max(run.errors) for run in runs if run.errors]
    if not errors:
        return "-", False
    worst, middle = float(np.quantile(errors, 0.99)), float(np.median(errors))
    return f"99 % under {worst:.1e}, median {middle:.1e}, {len(errors)} runs", worst <= limit


def summary(runs: Sequence[Run]) -> str:
    """Return the table of what the project asks for, what was measured and whether it is met."""
    faulty = [run for run in runs if run.code not in ("clean", "drift")]
    lines = [_row(("asked", "measured", "runs", "met")), "|---|---|---|---|"]

    def say(asked: str, some: list[Run], least: float) -> None:
        share = _right(some)
        lines.append(_row((asked, _share(share), len(some), "yes" if share >= least else "no")))

    def where(**asked: object) -> list[Run]:
        return [r for r in faulty if all(getattr(r.case, k) == v for k, v in asked.items())]

    say("paired, all rows: right first cause >= 99 %", where(mode="paired", share=1.0), 0.99)
    say("paired, 10 % of rows: >= 97 %", where(mode="paired", share=0.1), 0.97)
    for kind, limit in (("float32", 1e-5), ("float64", 1e-9)):
        some = [r for r in where(mode="paired", kind=kind) if r.errors]
        told, met = _accuracy(some, limit)
        asked = f"paired, {kind}: recovered parameters within {limit:g}"
        lines.append(_row((asked, told, len(some), "yes" if met else "no")))
    served = where(mode="served", share=1.0, rows=2000)
    say("served only, grid, 2,000 rows, all: >= 95 %", [r for r in served if r.grid], 0.95)
    say("served only, no grid, 2,000 rows, all: >= 85 %", [r for r in served if not r.grid], 0.85)
    for code in ("unit_change", "category_renamed", "stuck_value"):
        some = [r for r in where(mode="raw", share=1.0) if r.code == code]
        say(f"raw only, all rows, {code}: >= 95 %", some, 0.95)
    clean = [run for run in runs if run.code == "clean"]
    named = sum(run.first not in NOT_MECHANICAL for run in clean)
    lines.append(_row(("clean logs given a mechanical cause: 0", named, len(clean),
                       "no" if named else "yes")))  # fmt: skip
    drift = [run for run in runs if run.code == "drift"]
    sure = sum(r.first not in NOT_MECHANICAL and r.confidence > 0.5 for r in drift)
    share = sure / max(len(drift), 1)
    lines.append(_row(("true drift, mechanical with confidence > 0.5: < 1 %",
                       f"{100 * share:.2f} % ({sure})", len(drift),
                       "yes" if share < 0.01 else "no")))  # fmt: skip
    return "\n".join(lines)


def _cells(runs: Sequence[Run], mode: str) -> str:
    """Return a table of one mode: a line per fault, a column per share and rows."""
    some = [r for r in runs if r.case.mode == mode and r.code not in ("clean", "drift")]
    heads = sorted({(-r.case.share, r.case.rows) for r in some})
    lines = [
        _row(["cause", "fault", "grid", *(f"{-100 * s:.0f} % of {n:,}" for s, n in heads),
              "float64", "float32", "csv", "runs", "named instead"]),
        "|" + "---|" * (8 + len(heads)),
    ]  # fmt: skip
    groups: dict[tuple[str, str, bool], list[Run]] = defaultdict(list)
    for run in some:
        groups[run.code, run.fault, run.grid].append(run)
    for (code, fault, grid), own in groups.items():
        by = [_share(_right([r for r in own if (-r.case.share, r.case.rows) == h])) for h in heads]
        kinds = [_share(_right([r for r in own if r.case.kind == k]))
                 for k in ("float64", "float32", "csv")]  # fmt: skip
        others = Counter(r.first for r in own if r.first != code).most_common(2)
        told = ", ".join(f"{other} {n}" for other, n in others)
        lines.append(_row([f"`{code}`", fault, "yes" if grid else "", *by, *kinds, len(own), told]))
    return "\n".join(lines)


def _quiet(runs: Sequence[Run]) -> str:
    """Return the table of logs without a mechanical fault."""
    groups: dict[tuple[str, str, str], list[Run]] = defaultdict(list)
    for run in runs:
        if run.code in ("clean", "drift"):
            groups[run.code, run.fault, run.case.mode].append(run)
    lines = [_row(["log", "moved by", "mode", "runs", "alarmed", "mechanical", "> 0.5", "as"]),
             "|" + "---|" * 8]  # fmt: skip
    for (code, fault, mode), own in sorted(groups.items()):
        wrong = [r for r in own if r.first not in NOT_MECHANICAL]
        sure = sum(r.confidence > 0.5 for r in wrong)
        told = ", ".join(f"{c} {n}" for c, n in Counter(r.first for r in wrong).most_common(3))
        alarmed = sum(r.verdict in ("skew", "warn") for r in own)
        lines.append(_row([code, fault, mode, len(own), alarmed, len(wrong), sure, told]))
    return "\n".join(lines)


def _by_world(runs: Sequence[Run], names: Sequence[str]) -> str:
    faulty = [r for r in runs if r.code not in ("clean", "drift")]
    modes = ("paired", "served", "raw")
    lines = [_row(["set", *modes, "runs"]), "|" + "---|" * 5]
    for name in names:
        own = [r for r in faulty if r.world == name]
        lines.append(
            _row([name, *(_share(_right([r for r in own if r.case.mode == m])) for m in modes),
                  len(own)])
        )  # fmt: skip
    return "\n".join(lines)


def _ties(runs: Sequence[Run]) -> str:
    """Return the pairs of causes between which audits say that no data can decide."""
    found = Counter(
        (r.code, r.first) for r in runs if r.first != r.code and r.code in r.listed
    ).most_common(12)
    lines = [_row(["true cause", "named before it", "runs"]), "|---|---|---|"]
    return "\n".join([*lines, *(_row([a, b, n]) for (a, b), n in found)])


def worst(runs: Sequence[Run]) -> str:
    """Return every kind of wrong run, the most frequent first."""
    key: Callable[[Run], tuple[object, ...]] = lambda r: (  # noqa: E731
        r.code, r.fault, r.case.mode, r.case.share, r.case.rows, r.case.kind, r.world, r.feature,
        r.first,
    )  # fmt: skip
    wrong = Counter(key(r) for r in runs if r.first != r.code and r.code not in ("clean", "drift"))
    wrong += Counter(
        key(r) for r in runs
        if r.code in ("clean", "drift") and r.first not in NOT_MECHANICAL
        and r.confidence > 0.5
    )  # fmt: skip
    return "\n".join(f"{n} {k}" for k, n in sorted(wrong.items(), key=str))


def report(runs: Sequence[Run], names: Sequence[str], logs: int, seconds: float) -> str:
    """Return the page: summary, every mode, clean and drifted logs, ties."""
    parts = [
        "# How often the cause is right",
        (f"Written by `make causes`: {logs:,} logs with {len(runs):,} faulty, clean or drifted"
        f" features, audited in {seconds:.0f} s on two processes. A run is one feature of one log,"
        " right if the first cause that its audit names is the fault that was put in. Faults are"
        " written by hand in `faults.py`. Served only and raw only, 10 % of faulty rows are often"
        " less than any test of a distribution can see: `none` then means that nothing alarmed."),
        "## Asked and measured", summary(runs), "## By set", _by_world(runs, names),
    ]  # fmt: skip
    for mode, title in (("paired", "Paired"), ("served", "Served only"), ("raw", "Raw only")):
        parts += [f"## {title}: share of runs with the right first cause", _cells(runs, mode)]
    parts += ["## Without a fault: clean logs and a world that moves", _quiet(runs)]
    parts += ["## The true cause listed, another before it", _ties(runs)]
    return "\n\n".join(parts) + "\n"
