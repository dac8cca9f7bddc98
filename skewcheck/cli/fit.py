"""`skewcheck fit`: writes what training knew."""

from __future__ import annotations

from typing import Annotated

import typer

from skewcheck import config as configuration
from skewcheck.cli import options as o
from skewcheck.cli import output as out
from skewcheck.options import Given

Train = Annotated[
    list[str], typer.Argument(metavar="TRAIN", help="Training data: files, folders, globs.")
]
Normalize = Annotated[
    o.Texts,
    typer.Option(
        metavar="METHOD[:a,b]",
        help="zscore, minmax, robust, maxabs or none; with names for these features only. "
        "Repeatable.  [default: zscore]",
    ),
]
Categorical = Annotated[o.Texts, typer.Option(metavar="a,b", help="Numbers that are categories.")]
Steps = Annotated[
    o.Text, typer.Option("--parameters", metavar="FILE", help="Take the steps from there.")
]
Model = Annotated[o.Text, typer.Option(metavar="FILE", help="The model, to store its hash.")]


def fit(
    train: Train,
    output: o.Output = None,
    normalize: Normalize = None,
    categorical: Categorical = None,
    features: o.Features = None,
    exclude: o.Exclude = None,
    names: o.Names = None,
    parameters: Steps = None,
    model: Model = None,
    null_values: o.NullValues = None,
    config: o.Config = None,
) -> int:
    """Write a parameter file from training data.

    It holds the normalization of each feature and its distribution in training.
    """
    flags = o.given(locals(), but=("train", "output", "parameters", "model", "config"))
    file = configuration.read(config or ".")
    settings = configuration.settings(flags, file)
    given = Given({**file, **flags})
    from skewcheck import api

    found = api.fit(
        train,
        normalize=given.texts("normalize") or "zscore",
        categorical=given.texts("categorical"),
        features=settings.features,
        exclude=settings.exclude,
        parameters=None if parameters is None else api.load(parameters, settings.names),
        model=model,
        null_values=settings.null_values,
    )
    for note in found.notes:
        out.tell(f"note: {note}")
    if output is None:
        out.say(api.dumps(found))
    else:
        api.save(found, output)
    return 0
