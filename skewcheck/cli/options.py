"""The options that commands share, and those of `audit`: their names and their help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

Parameters = Annotated[
    str,
    typer.Argument(metavar="PARAMETERS", help="Parameter file: skewcheck's own or a foreign one."),
]
Logs = Annotated[
    list[str], typer.Argument(metavar="LOGS", help="Files, folders, globs, or - for stdin.")
]
Text = str | None
Texts = list[str] | None
Flag = bool | None

Reference = Annotated[
    Text, typer.Option(metavar="FILE", help="Training data; replaces the stored reference.")
]
Raw = Annotated[
    Text, typer.Option(metavar="TEMPLATE", help="Columns of raw values.  [default: {feature}]")
]
Served = Annotated[
    Text, typer.Option(metavar="TEMPLATE", help="Columns of served values, as {feature}_norm.")
]
Features = Annotated[Texts, typer.Option(metavar="a,b*", help="Only these features.")]
Exclude = Annotated[Texts, typer.Option(metavar="id,label", help="All features but these.")]
Names = Annotated[
    Texts, typer.Option(metavar="a,b|FILE", help="Names for a foreign file's unnamed values.")
]
NullValues = Annotated[
    Texts, typer.Option(metavar="?,NA", help="Texts that stand for no value, beside the empty one.")
]
Alpha = Annotated[
    float | None, typer.Option(help="Chance of a false alarm in a whole audit.  [default: 0.01]")
]
Correction = Annotated[
    Text, typer.Option(metavar="holm|bh", help="For many tests at once.  [default: holm]")
]
Threshold = Annotated[
    Texts, typer.Option("--threshold", metavar="TEST=NUMBER", help="Repeatable; see `explain`.")
]
FailOn = Annotated[
    Text, typer.Option(metavar="skew|warn|never", help="What exits 1.  [default: skew]")
]
Inconclusive = Annotated[
    Text, typer.Option(metavar="pass|fail", help="Too little data: exit 0 or 1, not 3.")
]
AllowMissing = Annotated[Flag, typer.Option("--allow-missing", help="A missing column is no skew.")]
MinRows = Annotated[int | None, typer.Option(help="Fewer rows exit 2.  [default: 1]")]
Since = Annotated[Text, typer.Option(metavar="TIME", help="Only rows from then on (UTC).")]
Until = Annotated[Text, typer.Option(metavar="TIME", help="Only rows before then (UTC).")]
Last = Annotated[Text, typer.Option(metavar="24h", help="Only the last 24h, 7d or 90m.")]
TimeColumn = Annotated[Text, typer.Option(metavar="NAME", help="The column with a row's time.")]
History = Annotated[
    Texts, typer.Option(metavar="FILE", help="An older parameter file. Repeatable.")
]
Every = Annotated[
    Text, typer.Option(metavar="1h|1d|N", help="Audit windows of time, or of N rows, as well.")
]
Baseline = Annotated[
    Text,
    typer.Option(
        metavar="NAME|FILE", help="Compare windows with previous, same-hour, or that log."
    ),
]
By = Annotated[
    Texts,
    typer.Option(metavar="a,b|auto|none", help="Audit segments, and tell where a cause sits."),
]
Importance = Annotated[
    Text, typer.Option(metavar="FILE", help="Features' importances (JSON, CSV): they order it.")
]
Cluster = Annotated[
    Text, typer.Option(metavar="COLUMN", help="Rows with the same value depend on each other.")
]
Ignore = Annotated[
    Texts,
    typer.Option(
        metavar="CODE:feature@DAY", help="A waiver up to that day, 2026-12-31. Repeatable."
    ),
]
NoValues = Annotated[
    Flag,
    typer.Option("--no-values", help="No value from the data in any report; times to the minute."),
]
Config = Annotated[
    Text,
    typer.Option(metavar="FILE", help="Instead of ./skewcheck.toml or ./pyproject.toml."),
]
Format = Annotated[
    Text,
    typer.Option(
        metavar="NAME",
        help="terminal, json, markdown, github, junit, gitlab, sarif, prometheus, line or table."
        "  [default: terminal]",
    ),
]
Output = Annotated[
    Text, typer.Option("--output", "-o", metavar="FILE", help="Write there instead of to stdout.")
]
Report = Annotated[
    Texts, typer.Option(metavar="NAME=FILE", help="Another report, as json=out.json. Repeatable.")
]
State = Annotated[
    Text, typer.Option(metavar="FOLDER", help="Remember files and verdicts for the next run.")
]
Settle = Annotated[
    Text, typer.Option(metavar="60s", help="Leave files modified so lately for the next run.")
]
OnlyNewAlarms = Annotated[
    Flag, typer.Option("--only-new-alarms", help="Exit 1 for what the last run did not find.")
]
Quiet = Annotated[Flag, typer.Option("--quiet", "-q", help="One line.")]
Verbose = Annotated[Flag, typer.Option("--verbose", "-v", help="Every test of every feature.")]
NoProgress = Annotated[Flag, typer.Option("--no-progress", help="No progress bar.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
"""Taken by `main` wherever it stands; declared where it is to be found in the help."""

_LISTS = ("features", "exclude", "names", "null_values", "categorical", "by")


def given(values: Mapping[str, object], *, but: Sequence[str] = ()) -> dict[str, object]:
    """Return the options that were given, without those in `but`; lists of names as one text."""
    found: dict[str, object] = {}
    for key, value in values.items():
        if value is None or value == [] or key in but:
            continue
        found[key] = ",".join(value) if isinstance(value, list) and key in _LISTS else value
    return found
