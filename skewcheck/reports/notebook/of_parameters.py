"""What a notebook shows of parameters: features, their steps, what is known of training."""

from __future__ import annotations

from skewcheck.features.types import Parameters
from skewcheck.reports.notebook.fragment import cell, fragment, paragraph, row
from skewcheck.reports.parameter_table import cells_of, head

_HEADS = ("feature", "type", "steps", "training")


def html_of_parameters(parameters: Parameters) -> str:
    """Return the fragment, under 60 kB; names of the file are text in it."""
    features = parameters.features
    rows = (row(map(cell, cells_of(feature))) for feature in features)
    return fragment([paragraph(head(parameters))], _HEADS, rows, len(features))
