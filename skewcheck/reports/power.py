"""Detectable effects of an audit (`skewcheck power`), as a table and as JSON."""

from __future__ import annotations

import io
import json
import math
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from skewcheck.results.verdicts import Verdict
from skewcheck.simulate.power import AuditPower, FeaturePower
from skewcheck.simulate.power.search import Detectable
from skewcheck.simulate.power.standing import Ahead
from skewcheck.text.numbers import figure, percent
from skewcheck.text.printable import PLAIN, Options, count, printable

COLUMNS = (
    "mean, sd", "spread, x", "level, pp", "nulls, pp", "paired, %", "served, %", "stands, sd",
    "stands, pp",
)  # fmt: skip


def table(power: AuditPower, options: Options = PLAIN) -> str:
    """Return a table with a row per feature, between a line on the audit and what it means."""
    console = Console(
        file=io.StringIO(),
        width=max(options.width, 40),
        force_terminal=options.color,
        color_system="standard" if options.color else None,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    shown = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    width = max((len(printable(f.name)) for f in power.features), default=0)
    shown.add_column("feature", overflow="fold", min_width=min(width, 30))
    kept = kept_columns(power)
    for i in kept:
        shown.add_column(COLUMNS[i], overflow="fold")
    for feature in power.features:
        shown_cells = cells(feature)
        shown.add_row(Text(printable(feature.name)), *(Text(shown_cells[i] or "-") for i in kept))
    with console.capture() as captured:
        console.print(Text(head(power)))
        console.print()
        console.print(shown)
        for feature in power.features:
            if feature.without_reference:
                console.print(Text(f"{printable(feature.name)}: {_NO_REFERENCE}"))
        console.print()
        console.print(Text(_LEGEND))
        console.print(Text(_NOT_FORETOLD))
        if power.ahead is not None:
            console.print(Text(_stands(power, power.ahead)))
        console.print(Text(alarms(power)))
        if power.by_threshold_alone:
            codes = ", ".join(power.by_threshold_alone)
            console.print(Text(
                f"The thresholds of {codes} are part of the simulated audits,"
                " but not of the table: an audit may catch smaller changes by them."
            ))  # fmt: skip
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def head(power: AuditPower) -> str:
    """Return what the table is of."""
    tests = count(power.alarms.tests, "test")
    return (
        f"An audit of {count(power.rows, 'row')} fails with a probability of 80 / 99 % if one"
        f" feature has changed so much (alpha {power.alpha:g} over {tests}):"
    )


_NO_REFERENCE = "no reference distribution: give one with fit"
_LEGEND = (
    "mean: training standard deviations, after normalization; spread: times training's; both of the"
    " world nearest to training that has them: a few far values may carry them, and the same shift"
    " of all values is caught from less on; level,"
    " nulls: percentage points; paired, served: error of the scale that serving divides by, where"
    " raw and served values are logged, or served ones alone of a feature on a grid. One number"
    " stands for two alike; -: not tested, or not caught whatever its size. Simulated through the"
    " code of an audit, with logs drawn from the distributions of the file."
)
_NOT_FORETOLD = (
    "Not foretold: faults that leave each distribution as it is, as values of other rows, a cache,"
    " or statistics of a server's own rows. Where raw and served values are logged, parity catches"
    " their rows, however few; served or raw values alone hardly show them."
)
"""What the table cannot say: `inject` writes such faults, so that they can be tried."""


def kept_columns(power: AuditPower) -> list[int]:
    """Return the indices of the columns in which any feature has a change."""
    return [i for i in range(len(COLUMNS)) if any(cells(f)[i] for f in power.features)]


def cells(feature: FeaturePower) -> tuple[str, ...]:
    """Return the changes of a feature, one for each of `COLUMNS`; empty for none."""
    return (
        _pair(feature.shift), _pair(feature.scale), _pair(feature.level, 100),
        _pair(feature.nulls, 100), _pair(feature.paired, 100), _pair(feature.served, 100),
        _pair(feature.standing), _pair(feature.standing_level, 100),
    )  # fmt: skip


def _pair(caught: Detectable | None, times: float = 1) -> str:
    if caught is None or caught.likely is None:
        return ""
    likely, sure = (_rounded_up(value, times) for value in (caught.likely, caught.sure))
    return likely if likely == sure else f"{likely} / {sure}"


def _rounded_up(value: float | None, times: float) -> str:
    """Round up, to two digits: what is told is caught."""
    if value is None:
        return "-"
    digit = 10.0 ** (math.floor(math.log10(value * times)) - 1)
    return f"{math.ceil(value * times / digit - 1e-9) * digit:.2g}"


def _stands(power: AuditPower, ahead: Ahead) -> str:
    return (
        f"stands: a change that begins after {count(ahead.learn, 'night')} of audits with --state"
        f" and stays, so that `nights` alarms within {count(ahead.nights, 'night')} of"
        f" {count(power.rows, 'row')} each: standard deviations by ranks, percentage points of the"
        " commonest level. Where nights vary by themselves it must be larger."
    )


def alarms(power: AuditPower) -> str:
    """Return how many audits of clean logs end in each verdict."""
    simulated = power.alarms
    shares = [
        f"{figure(100 * simulated.share(v))} % end in {v.value}"
        for v in (Verdict.SKEW, Verdict.INCONCLUSIVE, Verdict.WARN)
    ]
    return (
        f"Of {count(simulated.audits, 'simulated audit')} of clean logs {', '.join(shares)}"
        f" (skew: at most {percent(simulated.at_most(Verdict.SKEW))}, with 95 % confidence)."
    )


def dumps(power: AuditPower) -> str:
    """Return the same as JSON; what is never caught is left out."""
    report = {
        "skewcheck": {"kind": "power", "version": 1},
        "rows": power.rows,
        "alpha": power.alpha,
        "false_alarms": {
            "audits": power.alarms.audits,
            "tests": power.alarms.tests,
            **{
                v.value: power.alarms.share(v)
                for v in (Verdict.SKEW, Verdict.INCONCLUSIVE, Verdict.WARN)
            },
            "skew_at_most": power.alarms.at_most(Verdict.SKEW),
        },
        **({} if power.ahead is None else {"nights": asdict(power.ahead)}),
        "features": [_feature(f) for f in power.features],
        **({"unforeseen": list(power.by_threshold_alone)} if power.by_threshold_alone else {}),
    }
    return json.dumps(report, indent=2, allow_nan=False) + "\n"


def _feature(feature: FeaturePower) -> dict[str, object]:
    members: dict[str, object] = {"name": feature.name}
    for key in ("shift", "scale", "level", "nulls", "paired", "served", "standing",
                "standing_level"):  # fmt: skip
        caught = getattr(feature, key)
        if isinstance(caught, Detectable):
            both = {"likely": caught.likely, "sure": caught.sure}
            members[key] = {name: value for name, value in both.items() if value is not None}
    if feature.without_reference:
        members["reason"] = _NO_REFERENCE
    return members
