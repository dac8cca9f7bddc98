"""Why no loss can be taken of a prediction and a label: the texts, by kind.

They end up in a report, as the reason of an untested test, or in the error of `fit --metric`.
"""

from __future__ import annotations

from collections.abc import Mapping

NO_LOSS: Mapping[str, str] = {
    "not_logged": "no column {column} in the log",
    "no_number": "{metric} needs numbers: {column} is {type}",
    "no_probability": "{metric} needs probabilities: {column} is categorical",
    "several_classes": (
        "{label} has {levels} levels: name that of which {prediction} is the probability as"
        " model.error.positive, or make both categorical"
    ),
    "no_such_class": "{label} has no level {positive!r}, model.error.positive",
    "class_no_number": "{label} is numeric, but model.error.positive is no number",
}
"""Templates; fields are the parameters of a `NoLoss`."""
