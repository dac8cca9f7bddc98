"""How often a claim is false where nothing was put in: `python truth.py --data FOLDER`.

Writes TRUTH.md: public sets audited against themselves, natural splits, places of logs in which
there is none, and logs with the changes that `skewcheck power` promises to detect.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections import Counter
from collections.abc import Iterable
from itertools import product
from pathlib import Path

from itself import MODES, WRITTEN, CleanAudit, clean_audits
from natural_splits import Named, natural_splits, rates
from places_of_nothing import false_places
from promises import LOGS, POWERS, ROWS, Promise, promises

from skewcheck.results.verdicts import ALARMS

ASKED_CLEAN, ASKED_PLACES = 0.01, 0.01
ASKED_SPLITS = {"raw": 0.005, "served": 0.01}


def main() -> None:
    """Measure, and write TRUTH.md beside this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    data, begun = parser.parse_args().data, time.perf_counter()
    audits, named, places = list(clean_audits(data)), natural_splits(data), false_places()
    lines = promises(data)
    seconds = time.perf_counter() - begun
    text = report(audits, named, places, lines, seconds)
    Path(__file__).with_name("TRUTH.md").write_text(text)
    print(text)


def report(
    audits: list[CleanAudit], named: list[Named], places: dict[str, tuple[int, int]],
    lines: list[Promise], seconds: float,
) -> str:  # fmt: skip
    """Return the page."""
    alarmed = sum(audit.verdict in ALARMS for audit in audits)
    splits = rates(named)
    placed = sum(n for n, _ in places.values()), sum(n for _, n in places.values())
    rows = [
        _row("clean audits that end in skew or warn: at most 1 %", alarmed, len(audits),
             ASKED_CLEAN),
        *(_row(f"natural splits, {mode}: alarmed features with a mechanical first cause at 0.9 or"
               f" more: under {share:.1%}", *splits[mode], share)
          for mode, share in ASKED_SPLITS.items()),
        _row("logs without a place: one is named in under 1 %", *placed, ASKED_PLACES),
        _row("lines of `power` that differ from simulated audits by over 5 points and two standard"
             " errors", sum(not line.kept for line in lines), len(lines), 0.0),
    ]  # fmt: skip
    false = Counter((n.source, n.mode, n.code) for n in named if n.false)
    return "\n".join([
        "# What is claimed where there is nothing", "",
        (f"Written by `make truth DATA=folder` in {seconds:,.0f} s on {platform.machine()}. Public"
        " sets as `../benchmarks/public_sets.py` lists them."), "",
        "| asked | measured | of | met |", "|---|---|---|---|", *rows, "",
        "## Public sets against themselves: alarmed audits by mode and spelling", "",
        f"| written as | {' | '.join(MODES)} |", f"|---|{'---|' * len(MODES)}",
        *(f"| {written} | {' | '.join(_alarmed(audits, mode, written) for mode in MODES)} |"
          for written in WRITTEN), "",
        *(f"- {a.source}, {a.log}, {a.mode}, {a.written}: {', '.join(a.alarms[:4])}"
          for a in audits if a.verdict in ALARMS),
        "## Natural splits: mechanisms named at 0.9 or more", "",
        *([f"- {source}, {mode}: {code} {n}" for (source, mode, code), n in sorted(false.items())]
          or ["None."]), "",
        "## Places named where there is none", "", "| mode | named | logs |", "|---|---|---|",
        *(f"| {mode} | {n} | {logs} |" for mode, (n, logs) in places.items()), "",
        "## Lines of `power`: failing audits of logs with the change", "",
        (f"{LOGS} logs of a line, of {' and '.join(f'{rows:,}' for rows in ROWS)} rows: drawn from"
         " the rows of public sets with weights that make the change (paired, served: with that"
         " error of the scale, where more than is promised is no fault), audited from end to end."
         ), "",
        "| line | promised | lines | mean | least | most |", "|---|---|---|---|---|---|",
        *_of_power(lines), "",
    ])  # fmt: skip


def _row(asked: str, count: int, total: int, most: float) -> str:
    share = count / max(total, 1)
    return f"| {asked} | {count} ({share:.2%}) | {total:,} | {'yes' if share <= most else 'no'} |"


def _of_power(lines: list[Promise]) -> Iterable[str]:
    for kind, power in product(dict.fromkeys(line.line for line in lines), POWERS.values()):
        seen = [x.seen for x in lines if (x.line, x.power) == (kind, power)]
        if seen:
            yield (f"| {kind} | {power:.0%} | {len(seen)} | {sum(seen) / len(seen):.1%} |"
                   f" {min(seen):.1%} | {max(seen):.1%} |")  # fmt: skip


def _alarmed(audits: Iterable[CleanAudit], mode: str, written: str) -> str:
    some = [audit for audit in audits if (audit.mode, audit.written) == (mode, written)]
    return f"{sum(audit.verdict in ALARMS for audit in some)} of {len(some)}"


if __name__ == "__main__":
    main()
