"""Profiles of logs, written beside the server, which an audit elsewhere reads instead of rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, Unpack

from skewcheck.config.given import Origin
from skewcheck.config.keywords import settings_for
from skewcheck.config.types import Settings
from skewcheck.engine.fold import Progress
from skewcheck.engine.profiles.levels import levels_of
from skewcheck.engine.profiles.writing import Counting, counted, write
from skewcheck.features.types import Parameters
from skewcheck.parameters import Place
from skewcheck.text.errors import naming
from skewcheck.training.inputs import open_inputs

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from skewcheck.config.typed import ProfileOptions

    Source: TypeAlias = str | Path | pd.DataFrame | pa.Table


@naming(Origin("function", "profile"))
def profile(
    parameters: Place | Parameters,
    logs: Source | list[Source],
    output: str | Path,
    *,
    reference: Source | list[Source] | None = None,
    sample: bool = True,
    settings: Settings | None = None,
    progress: Progress | None = None,
    **options: Unpack[ProfileOptions],
) -> int:
    """Count logs by the plan of an audit, and write their profile; return the number of rows.

    An audit of the profile, or of several, gives the report that it would give of the rows. The
    file holds counts, and a bounded sample of whole rows, in which causes are searched; without
    `sample` it holds no row. `reference` is training data that replaces the stored reference.

    `options` are those of the command, with underscores: `served="{feature}_norm"`. Raises a
    SkewcheckError where a log cannot be read, or has no column of a feature.
    """
    chosen = settings_for("profile", settings, options)
    training = chosen.reference if reference is None else reference
    inputs = open_inputs(parameters, logs, training, chosen, progress=progress, counted=False)
    inputs, plan, unasked = inputs.planned()
    levels = levels_of(inputs.stated.features, inputs.all_features, inputs.logs, inputs.settings)
    counting = Counting(
        plan, inputs.stated.fingerprint, inputs.asked, inputs.settings, inputs.all_features,
        inputs.connecting, unasked, levels, sample,
    )  # fmt: skip
    log = counted(inputs.logs, plan, sampled=sample, progress=progress)
    write(inputs.logs, counting, log, output)
    return log.total.rows
