"""How often causes are right by the confidence with which they are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from natural_splits import Named
from server_judge import Claim, Run

from skewcheck.catalogue.causes import CAUSES
from skewcheck.results.causes import LIKELY, SURE

CLASSES = {"0.99": SURE, "0.9": LIKELY, "0.5": 0.0}
"""Names of the classes, and the least confidence of each."""
ASKED = 0.9
"""Share of the causes told at LIKELY or more that must be right."""
MODES = ("paired", "served", "raw")
HEADS = ("confidence", "mode", "faulty features", "right", "other features", "natural splits",
         "told in all", "share right")  # fmt: skip


@dataclass
class _Counts:
    """Mechanical causes that were told with one confidence in one mode."""

    faulty: int = 0
    right: int = 0
    other: int = 0
    splits: int = 0

    @property
    def told(self) -> int:
        return self.faulty + self.other + self.splits

    def __add__(self, other: _Counts) -> _Counts:
        return _Counts(
            self.faulty + other.faulty, self.right + other.right, self.other + other.other,
            self.splits + other.splits,
        )  # fmt: skip


def table(runs: Iterable[Run], splits: Iterable[Named]) -> str:
    """Return a row per class and mode, then those at 0.9 or more together.

    `right` are those of faulty features that name a part of what was done, with no other numbers;
    on other features, on clean logs and on natural splits none is.
    """
    counts = _counted(runs, splits)
    lines = [_row(HEADS), "|" + "---|" * len(HEADS)]
    for name in CLASSES:
        lines += [_line(name, mode, counts[name, mode]) for mode in MODES]
        lines.append(_line(name, "any", _sum(counts[name, mode] for mode in MODES)))
    lines.append(_line("0.9 or more", "any", likely(runs_and_splits=counts)))
    return "\n".join(lines)


def likely(runs_and_splits: dict[tuple[str, str], _Counts]) -> _Counts:
    """Return the causes of all modes that are told at 0.9 or more."""
    names = [name for name, least in CLASSES.items() if least >= LIKELY]
    return _sum(runs_and_splits[name, mode] for name in names for mode in MODES)


def marks(runs: Iterable[Run], splits: Iterable[Named]) -> list[bool]:
    """Return for each cause told at 0.9 or more whether it is right."""
    found = likely(_counted(runs, splits))
    return [True] * found.right + [False] * (found.told - found.right)


def _counted(runs: Iterable[Run], splits: Iterable[Named]) -> dict[tuple[str, str], _Counts]:
    counts: dict[tuple[str, str], _Counts] = defaultdict(_Counts)
    for run in runs:
        for claim in run.claims:
            cell = counts[_class(claim.confidence), run.case.mode]
            cell.faulty += bool(run.fault)
            cell.right += claim.true and bool(run.fault)
            cell.other += not run.fault
    for named in splits:
        for claim in _claims(named):
            counts[_class(claim.confidence), named.mode].splits += 1
    return counts


def _claims(named: Named) -> Iterator[Claim]:
    """Yield the mechanical causes of a natural split: none is true."""
    for code, confidence in named.told:
        if CAUSES[code].mechanical:
            yield Claim(code, confidence, true=False)


def _class(confidence: float) -> str:
    return next(name for name, least in CLASSES.items() if confidence >= least)


def _sum(counts: Iterable[_Counts]) -> _Counts:
    total = _Counts()
    for one in counts:
        total += one
    return total


def _line(name: str, mode: str, counts: _Counts) -> str:
    share = f"{100 * counts.right / counts.told:.1f} %" if counts.told else "-"
    return _row((name, mode, counts.faulty, counts.right, counts.other, counts.splits,
                 counts.told, share))  # fmt: skip


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"
