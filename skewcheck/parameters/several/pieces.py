"""Read each file of a folder as what it is: transformers, names, levels, or nothing of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from skewcheck.features.types import Parameters, ParameterWarning
from skewcheck.parameters import native
from skewcheck.parameters.several.folder import (
    NO_PARAMETERS,
    TARGETS,
    column_hint,
    promises,
    says_measures,
    says_parameters,
    says_target,
)
from skewcheck.parameters.several.inputs import letters
from skewcheck.parameters.several.lists import lists_in, names_in
from skewcheck.parameters.several.stages import Levels, NameList, Stage
from skewcheck.parameters.source import ParameterSource, UnnamedError, open_source, root_members
from skewcheck.text.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Foreign:
    """How files of other tools are read."""

    matches: Callable[[ParameterSource], bool]
    """Whether a file or folder has a format."""
    read: Callable[[ParameterSource], tuple[str, Parameters]]
    """Returns the name of its format, and what it says."""


_LARGEST, _LARGEST_TEXT, _LARGEST_OF_ALL = 32 * 2**20, 2**20, 256 * 2**20
"""Bytes of a file, of a text, and of all files, whose names do not say that they hold parameters:
models and data are larger."""
_TEXTS = (".csv", ".json", ".txt", ".yaml", ".yml", ".xml")
_MODELS = frozenset(("LightGBM", "XGBoost", "ONNX", "Keras", "PMML", "constants in code"))
"""Formats of models, which are read only where nothing else is."""


@dataclass(slots=True)
class Pieces:
    """What the files of one model hold."""

    stages: list[Stage] = field(default_factory=list)
    lists: list[NameList] = field(default_factory=list)
    levels: dict[str, Levels] = field(default_factory=dict)
    formats: dict[str, None] = field(default_factory=dict)
    read: list[Path] = field(default_factory=list)
    """The files with transformers or levels."""
    bytes: int = 0
    """Those of the files so far."""
    models: list[Path] = field(default_factory=list)
    """Those that are read only where nothing else is: models, code, files of ours."""
    plain: list[Path] = field(default_factory=list)
    """Those that say no normalization, which are read where nothing else is, too."""
    unread: dict[str, str] = field(default_factory=dict)
    """Why the others are not read, by their labels."""
    warnings: list[ParameterWarning] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    late: list[tuple[str, list[str], list[ParameterWarning]]] = field(default_factory=list)
    """For a file of pickled objects its label, and the notes and warnings that applying adds to."""


def add_file(pieces: Pieces, path: Path, label: str, *, asked: bool, foreign: Foreign) -> None:
    """Read one file.

    `asked`: the user has named it, and it must hold parameters or names; else one that does not is
    listed with its reason. ParameterError for a file whose name promises a transformer, and that
    cannot be read.
    """
    reason = "" if asked or path.is_dir() else _by_name(path, pieces)
    names = len(pieces.lists)
    try:
        reason = reason or _add(pieces, path, label, asked=asked, foreign=foreign)
    except ParameterError as error:
        if asked or promises(path):
            raise
        reason = str(error).removeprefix(f"{path}: ")
        reason = reason.partition(";")[0].partition(": ")[0]
    if len(pieces.lists) > names:  # beside them there may be anything
        return
    if reason and asked:
        raise ParameterError(f"{path}: {reason}: no parameters of a pipeline, and no names")
    if reason:
        pieces.unread[label] = reason


def add_arrays(pieces: Pieces, source: ParameterSource, foreign: Foreign) -> None:
    """Add the arrays of a folder that are one set of statistics, as mean.npy and std.npy."""
    from skewcheck.parameters.several.features import read_features, stage_of_features

    name, parameters, named = read_features(replace(source, names=()), foreign.read)
    stage = stage_of_features(parameters, "*.npy", named=named, hint="")
    if stage is not None:
        pieces.stages.append(stage)
        pieces.formats[name] = None


def _add(pieces: Pieces, path: Path, label: str, *, asked: bool, foreign: Foreign) -> str:
    """Add what a file holds; return why it is not read, or nothing."""
    if path.is_dir():
        pieces.models.append(path)
        return "is a folder" if asked else ""
    source = open_source(path)
    pieces.bytes += len(source.content)
    root = root_members(source.root)
    if "skewcheck" in root and not isinstance(root.get("features"), Mapping):
        return "written by skewcheck"
    if source.root is not None and native.recognised(source.root):
        pieces.models.append(path)
        return "is skewcheck's own file" if asked else ""
    from skewcheck.parameters import sklearn

    if sklearn.recognised(source):
        return _add_pickle(pieces, source, label, foreign)
    lists, is_whole = lists_in(source, label)
    pieces.lists += lists
    return "" if is_whole else _add_foreign(pieces, source, label, foreign, asked=asked)


def _by_name(path: Path, pieces: Pieces) -> str:
    """Return why a file is not read whose name or size tells it; nothing for others."""
    if kind := NO_PARAMETERS.get(path.suffix.lower()):
        return kind
    if says_target(path):
        return "of the target, as its name says"
    if says_measures(path):
        return "measures or settings, as its name says"
    try:
        size = path.stat().st_size
    except OSError as error:
        return "" if says_parameters(path) else f"cannot read it ({error.strerror})"
    largest = _LARGEST_TEXT if path.suffix.lower() in _TEXTS else _LARGEST
    if size > largest and not says_parameters(path):
        return f"larger than {largest // 2**20} MiB, as data and models are"
    return "" if pieces.bytes + size <= _LARGEST_OF_ALL else "the files before it are large"


def _is_of_target(stage: Stage) -> bool:
    """Return whether a transformer encodes labels, and its file's name gives no column."""
    return stage.encodes_labels and letters(stage.hint) in {*TARGETS, ""}


_TARGET = "encodes labels and names no column, and is taken to be of the target"
"""What is left of the name of a file that names no column."""


def _add_pickle(pieces: Pieces, source: ParameterSource, label: str, foreign: Foreign) -> str:
    """Add the transformers of a file of objects, or its names or numbers."""
    from skewcheck.parameters import sklearn
    from skewcheck.parameters.pickles import PickledObject, is_own
    from skewcheck.parameters.sklearn import bundles
    from skewcheck.parameters.sklearn.composition import is_transformer
    from skewcheck.parameters.sklearn.fitted_object import FittedObject, ReadContext
    from skewcheck.parameters.sklearn.pandas_objects import as_list

    value = sklearn.content(source)
    members = as_list(value)
    if members and all(isinstance(x, str) for x in members):
        names = names_in(source.path, [str(x) for x in members])
        pieces.lists += [NameList(label, names)] if names else []
        return "" if names else "a list of texts that are no names"
    context = ReadContext(source)
    if isinstance(value, PickledObject) and is_transformer(value):
        hint = column_hint(source.path)
        stages = [bundles.stage_of(FittedObject(context, value), hint, label)]
        if _is_of_target(stages[0]):
            return _TARGET
    elif not bundles.holds_fitted(value) or _is_observed(source, value):
        return _add_foreign(pieces, source, label, foreign, asked=False)
    elif isinstance(value, PickledObject) and not is_own(value.module):
        return f"a model ({value.name})"
    else:
        stages, lists = bundles.stages_and_names(context, value, label)
        pieces.lists += [NameList(f"{label}: {x.label}", x.names) for x in lists]
    pieces.stages += stages
    pieces.formats["scikit-learn"] = None
    pieces.read.append(source.path)
    pieces.late.append((label, context.notes, context.warnings))
    return ""


def _is_observed(source: ParameterSource, value: object) -> bool:
    """Return whether an object holds running moments of observations, as VecNormalize does."""
    from skewcheck.parameters.sklearn import observations_in

    try:
        return observations_in(source, value) is not None
    except UnnamedError:
        return True


def _add_foreign(
    pieces: Pieces, source: ParameterSource, label: str, foreign: Foreign, *, asked: bool
) -> str:
    """Add the features of a file in another format as a transformer of these."""
    from skewcheck.parameters.several.features import levels_of, read_features, stage_of_features

    if source.is_code and not asked:
        pieces.models.append(source.path)
        return ""
    if not asked and not foreign.matches(source):
        return "of no format of parameters"
    name, parameters, named = read_features(source, foreign.read)
    if name in _MODELS and not asked:
        pieces.models.append(source.path)
        return ""
    listed = levels_of(parameters)
    pieces.levels |= {f: Levels(label, values) for f, values in listed.items()}
    stage = stage_of_features(parameters, label, named=named, hint=column_hint(source.path))
    if stage is None:
        pieces.plain.append(source.path)
        return "" if listed else f"says no normalization ({name})"
    if _is_of_target(stage) and not asked:
        return _TARGET
    pieces.stages.append(stage)
    pieces.notes += [f"{label}: {n.parameters['text']}" for n in parameters.notes if n.parameters]
    pieces.warnings += parameters.warnings
    pieces.formats[name] = None
    pieces.read.append(source.path)
    return ""
