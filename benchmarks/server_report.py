"""The section of CAUSES.md on faults of servers: asked and measured, and every fault."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import server_confidence
from natural_splits import Named
from sections import SECOND
from server_fault import PARTS, ServerFault
from server_judge import Judged, Run
from server_logs import Case

Mark = Callable[[Run], bool | None]
NOT_MECHANICAL = frozenset({"none", "drift"})


@dataclass(frozen=True)
class Measured:
    """Everything that a run of server_causes.py found."""

    logs: Sequence[Judged]
    splits: Sequence[Named]
    """Alarmed features of natural splits, in which no server did anything."""
    errors: Sequence[tuple[Case, str]]
    faults: int
    seconds: float
    machine: str
    sample: int

    @property
    def runs(self) -> list[Run]:
        """Return the runs of faulty features."""
        return [run for log in self.logs for run in log.runs if run.fault]

    @property
    def visible(self) -> list[Run]:
        """Return those whose logged columns show the fault."""
        return [run for run in self.runs if run.seen]

    @property
    def untouched(self) -> list[Run]:
        """Return the runs of features that nothing was done to, in logs with a fault."""
        return [r for g in self.logs for r in g.runs if not r.fault and r.case.fault is not None]

    @property
    def clean(self) -> list[Run]:
        """Return the runs of clean logs."""
        return [r for g in self.logs for r in g.runs if r.case.fault is None]


def _share(marks: Sequence[bool], *, up: bool = False) -> str:
    """Return a share in percent that never rounds to all, or with `up` to none."""
    if not marks:
        return "-"
    permille = 1000 * sum(marks) / len(marks)
    return f"{(-(-permille // 1) if up else permille // 1) / 10:.1f} %"


def _mean(marks: Iterable[bool]) -> float:
    found = [*marks]
    return sum(found) / max(len(found), 1)


def _of(runs: Iterable[Run], mark: Mark) -> list[bool]:
    return [found for run in runs if (found := mark(run)) is not None]


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def _told(log: Judged) -> int | None:
    """Return how many causes are told of a log with a fault; None where none is."""
    return log.told if log.told and log.runs[0].case.fault is not None else None


def summary(measured: Measured) -> str:
    """Return what is asked, what was measured, and why some of it is not."""
    runs = measured.runs
    shown = measured.visible
    lines = [_row(("asked", "measured", "runs", "met")), "|---|---|---|---|"]

    def say(asked: str, marks: list[bool], least: float, *, most: bool = False) -> None:
        share = sum(marks) / len(marks) if marks else 0.0
        met = share < least if most else share >= least
        cells = asked, _share(marks, up=most), len(marks), "yes" if met else "no"
        lines.append(_row(cells if marks else (asked, "-", 0, "-")))

    paired = [r for r in shown if r.case.mode == "paired"]
    served = [r for r in shown if r.case.mode == "served" and r.case.part == "all"]
    say("paired: first cause right, with its numbers: 97 %", _of(paired, lambda r: r.right), 0.97)
    say("the same, only the code", _of(paired, lambda r: r.named), 0.97)
    say("served only, all rows, on a grid: 90 %",
        _of(served, lambda r: r.right if r.grid else None), 0.9)  # fmt: skip
    say("served only, all rows, no grid: 75 %",
        _of(served, lambda r: None if r.grid else r.right), 0.75)  # fmt: skip
    say("faulty features that alarm, where the columns show the fault",
        _of(shown, lambda r: r.alarmed), 1.0)  # fmt: skip
    say("wrong mechanical cause at 0.9 or more, faults: under 1 %",
        _of(runs, lambda r: bool(r.wrong)), 0.01, most=True)  # fmt: skip
    say("the same, other features of faulty logs: under 1 %",
        _of(measured.untouched, lambda r: bool(r.wrong)), 0.01, most=True)  # fmt: skip
    everywhere = [*runs, *measured.untouched, *measured.clean]
    say("right of the causes told at 0.9 or more, natural splits and faults: 90 %",
        server_confidence.marks(everywhere, measured.splits), server_confidence.ASKED)  # fmt: skip
    named = sum(r.first not in NOT_MECHANICAL for r in measured.clean)
    lines.append(_row(("clean logs with a mechanical cause: 0 of 5,000", named,
                       len(measured.clean), "no" if named else "yes")))  # fmt: skip
    told = [n for log in measured.logs if (n := _told(log)) is not None]
    average = sum(told) / max(len(told), 1)
    lines.append(_row(("causes told per log with one root: at most 1.2 on average",
                       f"{average:.2f}", len(told),
                       "yes" if average <= 1.2 else "no")))  # fmt: skip
    say("place right where there is one (some cause is told): 97 %",
        _of(shown, lambda r: r.place), 0.97)  # fmt: skip
    say("place named where there is none (some cause is told): under 1 %",
        _of(everywhere, lambda r: r.misplaced), 0.01, most=True)  # fmt: skip
    lines += _of_splits()
    lines += [_row((asked, "-", "-", why)) for asked, why in ELSEWHERE]
    return "\n".join(lines)


def _of_splits() -> list[str]:
    """Return the rows of TRUTH.md on natural splits, which take longer than all of this."""
    page = Path(__file__).with_name("TRUTH.md")
    text = page.read_text() if page.exists() else ""
    found = [line for line in text.splitlines() if line.startswith("| natural splits")]
    return [line.replace("| natural", "| as `make truth` measured: natural") for line in found]


ELSEWHERE = (
    ("what stands in the tables above: not lower in any cell", "by comparing two commits"),
    ("diagnosis of 50 alarming features: 0.5 s on 2 cores", "a wall time, by `make bench`"),
)  # fmt: skip


def _cells(measured: Measured) -> str:
    """Return a row per fault and mode."""
    heads = ("family", "fault", "mode", "shown of runs", "right", "code", *PARTS, "wrong >= 0.9",
             "place right", "misplaced", "causes told", "named instead")  # fmt: skip
    lines = [_row(heads), "|" + "---|" * len(heads)]
    groups: dict[tuple[str, str, str], list[Run]] = defaultdict(list)
    told: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for log in measured.logs:
        own = [run for run in log.runs if run.fault]
        for run in own:
            groups[run.family, run.fault, run.case.mode].append(run)
        if own and (count := _told(log)) is not None:
            told[own[0].family, own[0].fault, own[0].case.mode].append(count)
    for key, runs in groups.items():
        shown = f"{sum(r.seen for r in runs)} of {len(runs)}"
        lines.append(_row([*key, shown, *_figures(runs), _average(told[key]), _instead(runs)]))
    return "\n".join(lines)


def _figures(runs: list[Run]) -> list[str]:
    """Return the shares of runs of one fault and mode."""
    return [
        _share(_of(runs, lambda r: r.right if r.seen else None)),
        _share(_of(runs, lambda r: r.named if r.seen else None)),
        *(_share(_of((r for r in runs if r.seen and r.case.part == part), lambda r: r.right))
          for part in PARTS),
        _share(_of(runs, lambda r: bool(r.wrong)), up=True),
        _share(_of(runs, lambda r: r.place if r.seen else None)),
        _share(_of(runs, lambda r: r.misplaced), up=True),
    ]  # fmt: skip


def _average(told: list[int]) -> str:
    return f"{sum(told) / len(told):.1f}" if told else "-"


def _instead(runs: list[Run]) -> str:
    """Return what is named first where it is not right; `no numbers` where only the code is."""
    found = Counter(
        f"{run.first} (numbers)" if run.named else run.first
        for run in runs
        if run.seen and not run.right
    )
    return ", ".join(f"{code} {count}" for code, count in found.most_common(3))


def _families(measured: Measured) -> str:
    """Return a row per family, the worst first."""
    heads = ("family", "paired", "served", "raw", "code, any mode", "wrong >= 0.9", "runs",
             "named instead")  # fmt: skip
    groups: dict[str, list[Run]] = defaultdict(list)
    for run in measured.runs:
        groups[run.family].append(run)
    share: Callable[[str], float] = lambda f: _mean(r.right for r in groups[f] if r.seen)  # noqa: E731
    worst = [(family, groups[family]) for family in sorted(groups, key=share)]
    lines = [_row(heads), "|" + "---|" * len(heads)]
    for family, runs in worst:
        modes = (
            _share(_of((r for r in runs if r.seen and r.case.mode == m), lambda r: r.right))
            for m in ("paired", "served", "raw")
        )
        lines.append(_row([family, *modes, _share(_of(runs, lambda r: r.named if r.seen else None)),
                           _share(_of(runs, lambda r: bool(r.wrong)), up=True), len(runs),
                           _instead(runs)]))  # fmt: skip
    return "\n".join(lines)


def _wrong(measured: Measured) -> str:
    """Return every kind of wrong mechanical cause at 0.9 or more."""
    found: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    names = {r.case.fault: r.fault for r in measured.runs}
    for run in [*measured.runs, *measured.untouched, *measured.clean]:
        whose = "" if run.fault else " (another feature)"
        for cause in run.wrong:
            fault = f"{names.get(run.case.fault, 'clean')}{whose}"
            found[fault, run.case.mode, cause][run.case.part] += 1
    heads = ("fault", "mode", "cause and confidence", "causes", "parts")
    lines = [_row(heads), "|" + "---|" * len(heads)]
    for key, parts in found.items():
        told = ", ".join(f"{part} {count}" for part, count in parts.most_common())
        lines.append(_row([*key, parts.total(), told]))
    return "\n".join(lines)


def worst(measured: Measured, faults: Sequence[ServerFault]) -> str:
    """Return a line for each faulty feature that is told wrong, and every crash."""
    lines = [
        f"{r.fault} | {r.case.data}.{r.feature} {r.case.mode} {r.case.part} {r.case.rows} |"
        f" {r.first} named={r.named} place={r.place} misplaced={r.misplaced} wrong={r.wrong}"
        f" {r.told[:150]}"
        for r in measured.runs
        if (r.seen and not r.right) or r.wrong
    ]
    for case, error in measured.errors:
        name = faults[case.fault].name if case.fault is not None else "clean"
        lines.append(f"crash: {name} {case}\n{error}")
    return "\n".join(lines)


CONFIDENCE = (
    "Mechanical causes, the first and all others, of features with a fault, of others in logs with"
    " or without one, and of alarmed features of natural splits (`natural_splits.py`: training is"
    " one level of a column of a public set, the log another), where none can be right."
)


def page(measured: Measured) -> str:
    """Return the section."""
    share = f" This is a sample of 1 in {measured.sample}." if measured.sample > 1 else ""
    faulty = sum(log.runs[0].case.fault is not None for log in measured.logs)
    text = (
        f"Written by `make causes DATA=folder` ({measured.machine}): {measured.faults} faults of"
        f" real servers, written from their formulas in `server_*.py`, in {faulty:,} logs of 2,000"
        f" and 20,000 rows of the public sets, and {len(measured.logs) - faulty:,} clean logs,"
        f" audited in {measured.seconds:.0f} s on two processes.{share} The fault is in all rows,"
        " those of one host, those since a noon, or 10 % of rows at random. A run is one faulty"
        " feature of one log with at least 20 wrong rows and 0.5 % of them; it is right if the"
        " first cause names the fault and, row by row, tells its numbers (served or raw only:"
        " tells no other ones); `code` heeds the code alone. A wrong mechanical cause is one that"
        " names no part of what was done, or with other numbers: a line or a unit that gives all"
        " the wrong values is true, one that gives those of a part of the rows alone is not. Served"
        " only and raw only, a run counts as right or not where the column by itself shows the"
        " fault: 5 points of its distribution function, of nulls or new values, or any new level,"
        " or moments of parts that a server normalized by themselves. A place is judged where some"
        " cause is told."
    )
    crashes = "\n".join(f"- {case}" for case, _ in measured.errors) or "None."
    return "\n\n".join([
        SECOND.strip(), text, "## Faults of servers: asked and measured", summary(measured),
        "## Faults of servers: share right of the causes told, by their confidence",
        CONFIDENCE, server_confidence.table([r for g in measured.logs for r in g.runs],
                                            measured.splits),
        "## Faults of servers by family, the worst first", _families(measured),
        "## Faults of servers: each fault and mode", _cells(measured),
        "## Faults of servers: wrong mechanical causes at 0.9 or more", _wrong(measured),
        "## Faults of servers: audits that ended in an error", crashes,
    ]) + "\n"  # fmt: skip
