"""Capture what a fitted object does to its inputs, in the code that fitted it.

The object is read as its file would be, and run: what it gives is compared with the steps that were
read. Outputs of code that is not read have reference distributions and golden rows of their own.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from skewcheck.config.given import Origin
from skewcheck.engine.source import open_source
from skewcheck.features.notes import Note
from skewcheck.features.types import Feature, Parameters
from skewcheck.parameters import UnnamedError, load_foreign
from skewcheck.parameters.columns import MADE_BY, REFUTED
from skewcheck.parameters.fingerprint import fingerprint
from skewcheck.parameters.source import ParameterSource
from skewcheck.text.errors import ParameterError, UsageError, naming
from skewcheck.training.captured_rows import captured_rows, typed
from skewcheck.training.claims import claims
from skewcheck.training.fit import with_reference
from skewcheck.training.live import Column, LiveObject, alike, live

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    Data: TypeAlias = pd.DataFrame | pa.Table | NDArray[np.generic]

FEW_ROWS = 5
"""Rows by which the object tells whether it takes columns that it does not use."""


@naming(Origin("function", "capture"))
def capture(
    fitted: object,
    X: Data,  # noqa: N803  # as everywhere in scikit-learn
    names: Sequence[str] | None = None,
    *,
    rows: bool = True,
) -> Parameters:
    """Return what a fitted object does to its inputs: its steps, with references.

    `X` is the raw training data (rows x columns), whose distributions are the references; `names`
    are its columns, where neither the object nor `X` names them. Steps are those that loading the
    pickled object gives. An object with `transform` (a pipeline that ends in a model without it) is
    also run on a copy of `X`, here and never again: features whose steps do not give its outputs
    are `untested`, and outputs that no steps give are features of their own, with their
    distribution as reference. With `rows`, the result then has golden rows: at most 100 inputs,
    most of them rows of `X`, with their outputs.

    Raises UsageError where the object can neither be pickled nor run, or `X` does not fit the
    names; ParameterError where it is no transformer.
    """
    given = tuple(names or ())
    columns = given or _columns(X)
    running = live(fitted, as_array=isinstance(X, np.ndarray))
    stored = _read(fitted, given, columns, opaque=running is not None)
    if not len(X):
        raise UsageError("X: has no rows")
    frame = _frame(X, columns or tuple(map(str, getattr(fitted, "feature_names_in_", ()))))
    if stored is None:
        stored = _opaque(fitted, tuple(map(str, frame.columns)))
    known = with_reference(replace(stored, path=None), open_source(frame))
    if running is None:
        return known
    return _run(known, running, frame, rows=rows)


def _run(
    parameters: Parameters, running: LiveObject, frame: pd.DataFrame, *, rows: bool
) -> Parameters:
    """Return the parameters with what the object gives for the data."""
    try:
        frame = _needed(parameters, running, frame)
        running, outputs = _outputs(running, frame)
    except UsageError as error:
        if all(f.untested is not None for f in parameters.features):
            raise
        note = Note("object_not_run", {"reason": str(error)})
        return replace(parameters, notes=(*parameters.notes, note))
    claimed = claims(parameters.features, frame, outputs)
    parameters = _refuted(parameters, claimed.refuted, running.name)
    free = {name: column for name, column in outputs.items() if name not in claimed.outputs}
    made = captured_rows(parameters, running, frame, outputs, claimed)
    if made.refuted:
        parameters = _refuted(parameters, made.refuted, running.name)
        lost = {name for f in made.refuted for name in claimed.columns.get(f, ())}
        free |= {name: outputs[name] for name in outputs if name in lost}
    notes = [Note("other_rows_matter", {"columns": made.unstable})] if made.unstable else []
    kept = [f for f in parameters.features if not _is_of(f, free)]
    made_features = _output_features(free, running.name, [f.name for f in kept])
    features = (*kept, *made_features)
    return replace(
        parameters, features=features, fingerprint=fingerprint(features),
        notes=(*parameters.notes, *notes), rows=made.rows if rows else None,
    )  # fmt: skip


def _is_of(feature: Feature, outputs: Mapping[str, Column]) -> bool:
    """Return whether a feature that was read is an output, made of others in an unknown way."""
    unread = feature.untested is not None and feature.derived
    return unread and not outputs.keys().isdisjoint((feature.name, *feature.stated_names))


def _needed(parameters: Parameters, running: LiveObject, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that the object takes: golden rows are to have no others."""
    read = [name for name in frame.columns if any(f.name == name for f in parameters.features)]
    if running.as_array or not read or len(read) == len(frame.columns):
        return frame
    few = frame.iloc[:FEW_ROWS]
    whole = running.outputs(few)
    try:
        part = running.outputs(few[read])
    except UsageError:
        return frame
    same = part.keys() == whole.keys() and all(alike(part[name], whole[name]) for name in whole)
    return frame[read] if same else frame


def _outputs(running: LiveObject, frame: pd.DataFrame) -> tuple[LiveObject, dict[str, Column]]:
    """Return the outputs for all rows, and the object as it takes them: code may need an array."""
    try:
        return running, running.outputs(frame)
    except UsageError:
        if running.as_array:
            raise
        with_arrays = replace(running, as_array=True)
        try:
            return with_arrays, with_arrays.outputs(frame)
        except UsageError:
            pass
        raise


def _refuted(parameters: Parameters, names: Sequence[str], maker: str) -> Parameters:
    """Return the parameters without the steps that do not give what the object does."""
    reason = REFUTED.format(maker)
    features = tuple(
        replace(f, steps=(), untested=reason) if f.name in names else f for f in parameters.features
    )
    return replace(parameters, features=features, fingerprint=fingerprint(features))


def _output_features(
    outputs: Mapping[str, Column], maker: str, inputs: Sequence[str]
) -> tuple[Feature, ...]:
    """Return outputs as features with a reference; those named as an input get a prefix."""
    if not outputs:
        return ()
    import pandas as pd

    taken = {*inputs}
    columns = {_free_name(name, maker, taken): name for name in outputs}
    table = pd.DataFrame({new: outputs[name] for new, name in columns.items()})
    features = tuple(
        Feature(new, typed(outputs[name]), derived=True) for new, name in columns.items()
    )
    referenced = with_reference(Parameters(features, fingerprint(features)), open_source(table))
    source: dict[str, object] = {"x-source": f"{MADE_BY}{maker}"}
    return tuple(
        replace(
            f, derived=True,
            extra=source | ({} if columns[f.name] == f.name else {"x-served": columns[f.name]}),
        )
        for f in referenced.features
    )  # fmt: skip


def _free_name(name: str, maker: str, taken: set[str]) -> str:
    """Return a name that no feature has: with the maker before it, as scikit-learn prefixes."""
    while name in taken:
        name = f"{maker.lower()}__{name}"
    taken.add(name)
    return name


def _columns(data: Data) -> tuple[str, ...]:
    """Return the names of the columns; none for an array."""
    if isinstance(data, np.ndarray):
        return ()
    names = getattr(data, "column_names", None)  # of an Arrow table
    return tuple(str(name) for name in (data.columns if names is None else names))


def _frame(data: Data, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the data as a DataFrame; UsageError for an array whose shape the names do not fit."""
    import pandas as pd

    if isinstance(data, np.ndarray):
        if data.ndim != 2 or data.shape[1] != len(names):
            raise UsageError(f"X: has the shape {data.shape}, but {len(names):,} columns are named")
        return pd.DataFrame(data, columns=list(names))
    frame = data if isinstance(data, pd.DataFrame) else data.to_pandas()
    return frame.set_axis([str(name) for name in frame.columns], axis=1)


def _opaque(fitted: object, names: tuple[str, ...]) -> Parameters:
    """Return features without steps, as nothing of the object is read."""
    kind = type(fitted)
    reason = f"{MADE_BY}{kind.__module__}.{kind.__qualname__}"
    features = tuple(Feature(name, "numeric", untested=reason, guessed=True) for name in names)
    return Parameters(features, fingerprint(features), {"format": "captured"})


def _read(
    fitted: object, names: tuple[str, ...], columns: tuple[str, ...], *, opaque: bool
) -> Parameters | None:
    """Return the parameters in a pickled object; one without names gets those of the columns.

    With `opaque`, None where it cannot be pickled or nothing of it is read.
    """
    try:
        content = pickle.dumps(fitted)
    except Exception as error:  # whatever the object's own code raises
        if opaque:
            return None
        raise UsageError(f"{type(fitted).__name__}: cannot be pickled ({error})") from error
    source = ParameterSource(Path(type(fitted).__name__), content, names=names)
    try:
        return _named(source, columns)
    except UsageError:
        raise
    except ParameterError:
        if opaque:
            return None
        raise


def _named(source: ParameterSource, columns: tuple[str, ...]) -> Parameters:
    try:
        return load_foreign(source)
    except UnnamedError as error:
        if error.count != len(columns):
            raise UsageError(
                f"{source.path}: does not name its {error.count:,} columns: give names=[...]"
            ) from error
        parameters = load_foreign(replace(source, names=columns))
        return replace(parameters, notes=(*parameters.notes, Note("names_of_data")))
