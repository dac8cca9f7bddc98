"""`skewcheck apply`: writes the logs as training would have normalized them."""

from __future__ import annotations

from typing import Annotated

import typer

from skewcheck.cli import options as o
from skewcheck.cli import output as out
from skewcheck.config import settings as configuration

Output = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE", help="Where to write, as out.parquet.")
]


def apply(
    parameters: o.Parameters,
    logs: o.Logs,
    output: Output,
    raw: o.Raw = None,
    served: o.Served = None,
    features: o.Features = None,
    exclude: o.Exclude = None,
    names: o.Names = None,
    null_values: o.NullValues = None,
    config: o.Config = None,
) -> int:
    """Write logs as training normalizes them."""
    flags = o.given(locals(), but=("parameters", "logs", "output", "config"))
    settings = configuration.settings(flags, configuration.read(config or "."))
    from skewcheck import api

    rows = api.apply(parameters, logs, output, settings)
    out.tell(f"{rows:,} rows written to {output}")
    return 0
