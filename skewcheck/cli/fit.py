"""`skewcheck fit`: writes what training knew."""

from __future__ import annotations

from typing import Annotated

import typer

from skewcheck.cli import options as o
from skewcheck.cli import output as out
from skewcheck.config import settings as configuration
from skewcheck.config.given import Given

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

Prediction = Annotated[o.Text, typer.Option(metavar="NAME", help="The model's predictions.")]
Label = Annotated[o.Text, typer.Option(metavar="NAME", help="What was to be predicted.")]
Metric = Annotated[
    o.Text,
    typer.Option(
        metavar="NAME",
        help="Store the model's error, of these two: error_rate, log_loss, brier, rmse or mae.",
    ),
]
Positive = Annotated[
    o.Text, typer.Option(metavar="LEVEL", help="The label that a score is the probability of.")
]

_OWN = (
    *("train", "output", "parameters", "model", "config"),
    *("prediction", "label", "metric", "positive"),
)
"""What no configuration file says: it is of one training run."""


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
    prediction: Prediction = None,
    label: Label = None,
    metric: Metric = None,
    positive: Positive = None,
    null_values: o.NullValues = None,
    config: o.Config = None,
) -> int:
    """Write a parameter file from training data.

    It holds the normalization of each feature and its distribution in training.
    """
    flags = o.given(locals(), but=_OWN)
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
        parameters=parameters,
        names=settings.names,
        model=model,
        prediction=prediction,
        label=label,
        metric=metric,
        positive=positive,
        null_values=settings.null_values,
    )
    out.remark(found.notes, found.warnings)
    if output is None:
        out.say(api.dumps(found))
    else:
        api.save(found, output)
    return 0
