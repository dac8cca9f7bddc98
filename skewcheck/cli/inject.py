"""`skewcheck inject`: writes logs as a faulty server would have written them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import typer

from skewcheck.cli import options as o
from skewcheck.cli import output as out
from skewcheck.cli.apply import Output
from skewcheck.config import settings as configuration
from skewcheck.text.errors import UsageError

Fault = Annotated[
    str, typer.Argument(metavar="FAULT", help="A cause code, as unit_change; see `explain`.")
]
Feature = Annotated[
    o.Texts, typer.Option(metavar="a,b*", help="Only these have it.  [default: all that can]")
]
Share = Annotated[float, typer.Option(help="The share of the rows that have it.")]
Where = Annotated[
    o.Texts, typer.Option(metavar="host=web-7", help="Only rows with that value. Repeatable.")
]
Since = Annotated[o.Text, typer.Option(metavar="TIME", help="Only rows from then on (UTC).")]
Seed = Annotated[int, typer.Option(help="Another seed, other rows.")]
Set = Annotated[
    o.Texts,
    typer.Option(
        "--set", metavar="key=value", help="The fault's numbers, as std=12.9. Repeatable."
    ),
]
By = Annotated[
    o.Text, typer.Option(metavar="file", help="recomputed_parameters: of each file by itself.")
]
Served = Annotated[
    o.Text,
    typer.Option(metavar="TEMPLATE", help="Columns of served values.  [default: {feature}_norm]"),
]


def inject(
    fault: Fault,
    parameters: o.Parameters,
    logs: o.Logs,
    output: Output,
    feature: Feature = None,
    share: Share = 1.0,
    where: Where = None,
    since: Since = None,
    time_column: o.TimeColumn = None,
    seed: Seed = 0,
    changes: Set = None,
    history: o.History = None,
    by: By = None,
    raw: o.Raw = None,
    served: Served = None,
    names: o.Names = None,
    null_values: o.NullValues = None,
    config: o.Config = None,
) -> int:
    """Write logs as a faulty server would have.

    Served columns stand beside the raw ones: right, but for the rows that have the fault.
    """
    settings = ("raw", "served", "names", "null_values", "since", "time_column", "history")
    flags = {key: value for key, value in o.given(locals()).items() if key in settings}
    chosen = configuration.settings(flags, configuration.read(config or "."))
    if by not in (None, "file"):
        raise UsageError(f"--by: must be file, got {by[:60]!r}")
    from skewcheck import api

    done = api.inject(
        fault, parameters, logs, output, chosen, share=share, seed=seed, by_file=by is not None,
        feature=[name.strip() for text in feature or () for name in text.split(",")],
        where=_pairs("--where", where or ()),
        numbers={key: _value(text) for key, text in _pairs("--set", changes or ()).items()},
    )  # fmt: skip
    for note in done.notes:
        out.tell(f"note: {note}")
    out.tell(
        f"{done.rows:,} rows written to {output}, {done.affected:,} of them with {fault}"
        f" in {', '.join(done.features)}"
    )
    return 0


def _pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    """Split texts key=value."""
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"{option}: must be key=value, got {text[:60]!r}")
        found[key] = value
    return found


def _value(text: str) -> float | str | bool:
    """Return a finite number as one, true and false as booleans, all else as text."""
    if text in ("true", "false"):
        return text == "true"
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text
