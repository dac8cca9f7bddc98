"""Table of a parameter file: features, their steps and places, training's figures."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from skewcheck.features.types import CategoricalReference, Feature, NumericReference, Parameters
from skewcheck.reports.words.diff import described_feature
from skewcheck.text.numbers import figure, percent, shortened
from skewcheck.text.printable import PLAIN, Options, count, printable, value_text


def table(parameters: Parameters, options: Options = PLAIN) -> str:
    """Return a table with a row per feature, under a line on the whole file."""
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
    heads = [("feature", 2), ("type", 1), ("steps", 3)]
    # Places in foreign files are long: what else there is stands below them.
    beside = not any("x-source" in feature.extra for feature in parameters.features)
    heads += [("training", 3)] if beside else []
    weighed = any(feature.importance is not None for feature in parameters.features)
    heads += [("importance", 1)] if weighed else []
    for title, ratio in heads:
        shown.add_column(title, ratio=ratio, overflow="fold")
    for feature in parameters.features:
        cells = (
            printable(feature.name),
            _type(feature),
            _steps(feature, beside=beside),
            *([_training(feature)] if beside else []),
            *([_importance(feature)] if weighed else []),
        )
        shown.add_row(*(Text(cell) for cell in cells))
    with console.capture() as captured:
        console.print(Text(head(parameters)))
        console.print()
        console.print(shown)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def cells_of(feature: Feature) -> tuple[str, str, str, str]:
    """Return the name, the type, the steps and what is known of training; all safe."""
    steps = _steps(feature, beside=True)
    return printable(feature.name), _type(feature), steps, _training(feature)


def _served(feature: Feature) -> Sequence[str]:
    """Return the served columns that an audit looks for first: those that the file names, else
    one for each level; nothing where these have the feature's own name."""
    usual = feature.served_names
    return feature.stated_names or (usual if len(usual) > 1 else ())


def _type(feature: Feature) -> str:
    type_name = "not known" if feature.guessed else feature.type
    return type_name if feature.role == "feature" else f"{type_name} ({feature.role})"


def _steps(feature: Feature, *, beside: bool) -> str:
    """Return the steps or why there are none, what the pipeline calls them, where they stand."""
    lost = feature.untested
    lines = [described_feature(feature) if lost is None else f"untested: {printable(lost, 200)}"]
    stated = feature.extra.get("x-source")
    sources = stated if isinstance(stated, list) else [] if stated is None else [stated]
    for word, names in (("served as", _served(feature)), ("from", sources)):
        if names:
            lines.append(f"{word} {shortened([printable(str(name), 100) for name in names])}")
    if not beside and feature.reference is not None:
        lines.append(f"training: {_training(feature)}")
    return "\n".join(lines)


def head(parameters: Parameters) -> str:
    """Return what a file is, in a line."""
    model = parameters.model.get("name")
    named = f", model {printable(str(model), 40)}" if model else ""
    path = printable(parameters.path or "parameters", 100)
    form = parameters.model.get("format")
    features = count(len(parameters.features), "feature")
    features += f", {printable(str(form), 40)}" if form else ""
    error = parameters.error
    wrong = f", {error.metric} {figure(error.value)}" if error is not None else ""
    return f"{path}: {features}{named}{wrong}, {parameters.fingerprint[:19]}…"


def _importance(feature: Feature) -> str:
    return "-" if feature.importance is None else figure(feature.importance)


def _training(feature: Feature) -> str:
    reference = feature.reference
    if reference is None:
        return "not known"
    parts = [count(reference.rows, "row") if reference.rows else "rows not known"]
    if reference.nulls:
        parts.append(
            f"{count(reference.nulls, 'null')} ({percent(reference.nulls / reference.rows)})"
        )
    if isinstance(reference, CategoricalReference):
        return ", ".join([*parts, *_levels(reference)])
    return ", ".join([*parts, *_numbers(reference)])


def _numbers(reference: NumericReference) -> list[str]:
    parts = [f"{count(reference.nonfinite)} infinite"] if reference.nonfinite else []
    if reference.mean is not None:
        parts.append(f"mean {figure(reference.mean)}")
    if reference.std is not None:
        parts.append(f"sd {figure(reference.std)}")
    if reference.min is not None and reference.max is not None:
        parts.append(f"{value_text(reference.min)} to {value_text(reference.max)}")
    if reference.step is not None:
        parts.append(f"grid {value_text(reference.step)}")
    return parts


def _levels(reference: CategoricalReference) -> list[str]:
    parts = [count(len(reference.counts), "level")]
    filled = reference.rows - reference.nulls
    if reference.counts and filled:
        level, rows = next(iter(reference.counts.items()))
        parts.append(f"mostly {value_text(level)} ({percent(rows / filled)})")
    if reference.other:
        parts.append(f"{count(reference.other, 'row')} of others")
    return parts
