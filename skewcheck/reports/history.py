"""Earlier verdicts, as a table for people and as JSON for programs."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from skewcheck.engine.memory import HISTORY, marked
from skewcheck.engine.memory.history import FeatureRecord, Run, damaged, runs
from skewcheck.engine.memory.nights import accepted_changes
from skewcheck.reports.words.history import evidence_text
from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.numbers import figure
from skewcheck.text.patterns import matches
from skewcheck.text.printable import PLAIN, Options, count, printable
from skewcheck.text.similar import nearest

MOST_ROWS = 30
"""Runs, and features, in a table that is not verbose: a month of nightly audits."""
_BARS = "▁▂▃▄▅▆▇█"
_STYLES = {"skew": "bold red", "inconclusive": "magenta", "warn": "yellow", "ok": "green"}
_FINE_VERDICTS = ("ok", "untested")


def recorded_runs(folder: str) -> list[Run]:
    """Return the runs of a state folder, oldest first; UsageError where there are none."""
    path = Path(folder)
    if not path.exists() or not marked(path):
        raise UsageError(
            OptionName("state", folder), ": no state there: `skewcheck audit --state` makes one"
        )
    past = runs(path)
    if not past:
        problem = damage(folder) or "no audit has ended there yet"
        raise UsageError(OptionName("state", folder), f": {problem}")
    return past


def damage(folder: str) -> str | None:
    """Return how many lines of the history are damaged, and so left out; None where none is."""
    lines = damaged(Path(folder))
    return f"left out, as damaged: {count(lines, 'line')} of {HISTORY}" if lines else None


def accepted_lines(folder: str) -> list[str]:
    """Return a line per accepted change, oldest first."""
    return [
        f"{printable(log.parameters, 60)}: a change was accepted until"
        f" {printable(change.until, 30)}: {printable(change.why, 200)}"
        for log, change in accepted_changes(Path(folder))
    ]


def chosen(past: Sequence[Run], patterns: Sequence[str]) -> list[Run]:
    """Return the runs with those of their features that a pattern admits; all without patterns."""
    if not patterns:
        return list(past)
    names = {name for run in past for name in run.features}
    for pattern in patterns:
        if not any(matches(name, [pattern]) for name in names):
            hint = nearest(pattern, sorted(names))
            problem = f": no feature {pattern!r} in the history{hint}"
            raise UsageError(OptionName("features"), problem)
    return [
        replace(
            run,
            features={
                name: record for name, record in run.features.items() if matches(name, patterns)
            },
        )
        for run in past
    ]


def dumps(past: Sequence[Run]) -> str:
    """Return all runs as JSON, oldest first."""
    head = {"kind": "history", "version": 1}
    text = json.dumps({"skewcheck": head, "runs": [asdict(run) for run in past]}, indent=2)
    return f"{text}\n"


def page(past: Sequence[Run], folder: str) -> str:
    """Return the runs as an HTML page; UsageError where what draws it is not installed."""
    try:
        from skewcheck.reports import history_page
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("skewcheck"):
            raise
        needs = f" needs {error.name}: pip install 'skewcheck[html]'"
        raise UsageError(OptionName("format", "html"), needs) from error
    problem = damage(folder)
    return history_page.render(
        past, accepted_changes(Path(folder)), [problem] if problem is not None else []
    )


def table(past: Sequence[Run], options: Options = PLAIN, *, named: bool = False) -> str:
    """Return a row per run, oldest first, then a line of bars per feature that was in trouble.

    With `named`, such a line for each feature.
    """
    console = Console(
        file=io.StringIO(), width=max(options.width, 40), force_terminal=options.color,
        color_system="standard" if options.color else None, highlight=False, legacy_windows=False,
        _environ={},
    )  # fmt: skip
    shown = list(past) if options.verbose else list(past)[-MOST_ROWS:]
    with console.capture() as captured:
        console.print(Text(_head(past, shown)))
        console.print()
        console.print(_runs(shown))
        features = _features(shown, named=named)
        if features:
            kept = features if options.verbose else features[:MOST_ROWS]
            console.print()
            console.print(Text("largest effect, in thresholds, from the oldest run to the last"))
            console.print(_bars(shown, kept))
            if len(kept) < len(features):
                console.print(Text(f"and {len(features) - len(kept)} more: see --verbose"))
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _head(past: Sequence[Run], shown: Sequence[Run]) -> str:
    more = f", the last {len(shown)} of them" if len(shown) < len(past) else ""
    return f"{count(len(past), 'run')}{more}; times are UTC"


def _columns(*names: str) -> Table:
    grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for name in names:
        grid.add_column(name, overflow="fold", no_wrap=name in ("when", "verdict"))
    return grid


def _runs(shown: Sequence[Run]) -> Table:
    several = len({run.parameters for run in shown}) > 1
    undelivered = not all(run.delivered for run in shown)
    judged = any(run.evidence is not None for run in shown)
    names = (
        "when", "verdict", *(("report",) if undelivered else ()), "rows", "skew", "warn",
        *(("nights",) if judged else ()),
    )  # fmt: skip
    grid = _columns(*names, *(("parameters",) if several else ()), "worst features")
    for run in shown:
        verdicts = [record.verdict for record in run.features.values()]
        cells = [
            Text(printable(run.at[:16].replace("T", " "))),
            Text(printable(run.verdict, 20), _STYLES.get(run.verdict, "")),
            *([Text("" if run.delivered else "not delivered")] if undelivered else []),
            *(Text(count(n)) for n in (run.rows, verdicts.count("skew"), verdicts.count("warn"))),
        ]
        cells += [Text(evidence_text(run.evidence))] if judged else []
        cells += [Text(printable(run.parameters, 30))] if several else []
        grid.add_row(*cells, Text(_worst(run)))
    return grid


def _worst(run: Run) -> str:
    troubled = sorted(
        (
            (name, record)
            for name, record in run.features.items()
            if record.verdict not in _FINE_VERDICTS
        ),
        key=lambda pair: (pair[1].verdict != "skew", -(pair[1].excess or 0.0)),
    )
    texts = []
    for name, record in troubled[:3]:
        codes = ", ".join(printable(code) for code in record.causes[:2])
        texts.append(f"{printable(name, 30)} ({codes or printable(record.verdict)})")
    more = f" and {len(troubled) - 3} more" if len(troubled) > 3 else ""
    return ", ".join(texts) + more


def _features(shown: Sequence[Run], *, named: bool) -> list[str]:
    """Return the features to tell of, those that are worst in the last run first."""
    names = dict.fromkeys(
        name
        for run in shown
        for name, record in run.features.items()
        if named or record.verdict not in _FINE_VERDICTS
    )
    last = shown[-1].features
    return sorted(names, key=lambda name: -(_excess(last.get(name)) or 0.0))


def _excess(record: FeatureRecord | None) -> float | None:
    return None if record is None else record.excess


def _bars(shown: Sequence[Run], names: Sequence[str]) -> Table:
    grid = _columns("feature", "", "last", "verdict")
    for name in names:
        values = [_excess(run.features.get(name)) for run in shown]
        last = shown[-1].features.get(name)
        figures = "-" if last is None or last.excess is None else figure(last.excess, 1.0)
        verdict = last.verdict if last else "-"
        style = _STYLES.get(verdict, "")
        grid.add_row(
            Text(printable(name, 40)), Text(sparkline(values)), Text(figures),
            Text(printable(verdict, 20), style),
        )  # fmt: skip
    return grid


def sparkline(values: Sequence[float | None]) -> str:
    """Return a bar per value, from 0 to the largest, and at least to 1; `·` for none."""
    most = max([1.0, *(value for value in values if value is not None)])
    places = len(_BARS) - 1
    return "".join(
        "·" if value is None else _BARS[min(places, int(value / most * len(_BARS)))]
        for value in values
    )
