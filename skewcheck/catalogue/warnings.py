"""Warnings of parameter files in words: a template per code, or the text of the file's reader.

They stand here and not in `reports/words` since a parameter file keeps them under `x-warnings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from skewcheck.text.numbers import figure
from skewcheck.text.templates import HIDDEN, Template, filled

if TYPE_CHECKING:
    from skewcheck.features.types import ParameterWarning

FREE_TEXT = "text"
"""The parameter of a warning whose reader wrote its message itself."""
_MOST_CONTRADICTIONS = 3
"""Features of which a warning says how the data contradicts them, to keep it short."""

_MOST_EXAMPLES = 3
"""Texts that a warning shows of those that are no numbers."""


def message(warning: ParameterWarning) -> str:
    """Return the message of a warning, without its code."""
    template = "{text}" if FREE_TEXT in warning.parameters else WARNINGS[warning.code]
    return filled(template, {"features": warning.features, **warning.parameters})


def _items(value: object) -> list[Mapping[str, object]]:
    """Return a parameter that is a tuple of parameters."""
    items = value if isinstance(value, tuple) else ()
    return [item for item in items if isinstance(item, Mapping)]


def _more(number: int, before: str) -> str:
    left = number - _MOST_CONTRADICTIONS
    return f"{before}{left:,} more" if left > 0 else ""


def _listed(parameters: Mapping[str, object]) -> str:
    """Write how each feature contradicts the data."""
    every = _items(parameters.get("contradictions"))
    texts = [filled("{feature}: {text}", {**item, "text": _contradiction(item)}) for item in every]
    return "; ".join(texts[:_MOST_CONTRADICTIONS]) + _more(len(texts), "; ")


def _contradiction(item: Mapping[str, object]) -> str:
    return filled(CONTRADICTIONS[str(item["kind"])], item)


def _moment(parameters: Mapping[str, object]) -> str:
    """Write a stored mean or deviation and that of the data, so that they are told apart."""
    stored, actual = parameters.get("stored"), parameters.get("actual")
    if not isinstance(stored, float) or not isinstance(actual, float):
        raise ValueError(f"stored and actual: must be numbers, got {stored!r} and {actual!r}")
    figures = {"stored": figure(stored), "actual": figure(actual, stored)}
    return filled("{moment} {stored}, in the training data {actual}", {**parameters, **figures})


def _order(parameters: Mapping[str, object]) -> str:
    pairs = [
        filled("{feature} has the numbers of {other}", item)
        for item in _items(parameters.get("swaps"))
    ]
    return filled("{pairs:few 3}: do the names stand in the order of training?", {"pairs": pairs})


def _not_numbers(parameters: Mapping[str, object]) -> str:
    """Write what is no number in a column of numbers, and how it is read."""
    examples = parameters.get("examples")
    shown = HIDDEN
    if isinstance(examples, tuple):
        shown = ", ".join(map(repr, examples[:_MOST_EXAMPLES]))
    are = "is" if parameters.get("rows") == 1 else "are"
    sentence = filled(
        f"{{feature}}: {{share:percent}} of the texts are numbers; {{rows:,}} {are} not: ",
        parameters,
    )
    if parameters.get("type") == "categorical":
        read = "all are taken for levels; --null-values names words for no value"
    elif parameters.get("words"):
        read = "read as values of another type; --null-values names words for no value"
    else:
        read = "read as no value"
    return f"{sentence}{shown} ({read})"


def _unnamed(parameters: Mapping[str, object]) -> str:
    pairs = [filled("{source} is {feature}", item) for item in _items(parameters.get("columns"))]
    return filled(
        "the file names none of its {values:,} values: taken in the order of the training data's"
        " columns: {pairs:few 3}; --names says otherwise",
        {**parameters, "pairs": pairs},
    )


CONTRADICTIONS: Mapping[str, Template] = {
    "outside": "{share:percent} of the training values lie outside its range",
    "below": "{share:percent} of the training values lie below its {mark}",
    "above": "{share:percent} of the training values lie above its {mark}",
    "moment": _moment,
    "levels": "no level of the training data is among its own",
}
"""How training data contradicts what a file says of a feature, by its kind."""
WARNINGS: Mapping[str, Template] = {
    "other_training_file": _listed,
    "quantiles": _listed,
    "order": _order,
    "ddof": "{features:few 3}: std is that of the training data with ddof 1, as pandas takes it;"
            " NumPy and scikit-learn take ddof 0",
    "unnamed": _unnamed,
    "constant": "{features:few 3}: training had a single value",
    "refitted": "{features:few 3}: mean 0, deviation 1: fitted on data already standardized",
    "not_numbers": _not_numbers,
    "nearly_null": "{feature}: {share:percent} of the training rows have no value",
    "identifier":
        "{feature}: looks like an identifier, whose values are others in every log;"
        " --exclude leaves it out",
    "opposite_codes": "{feature} and {other}: the same labels, other codes",
}  # fmt: skip
"""Templates by the code of the warning, as `skewcheck explain` knows it."""
