"""Read each file of a folder as what it is: transformers, names, levels, or nothing of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from skewcheck.features.types import Parameters, ParameterWarning
from skewcheck.parameters import native
from skewcheck.parameters.several.folder import (
    NO_PARAMETERS,
    column_hint,
    says_measures,
    says_parameters,
    says_target,
    words,
)
from skewcheck.parameters.several.inputs import letters
from skewcheck.parameters.several.stages import Levels, NameList, Stage
from skewcheck.parameters.source import ParameterSource, open_source, root_members
from skewcheck.text.errors import ParameterError

ReadForeign = Callable[[ParameterSource], tuple[str, Parameters]]
"""Reads a file of another tool: the name of its format, and what it says."""
_LARGEST = 32 * 2**20
"""Bytes of a file whose name does not say that it holds parameters: models are larger."""
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


def add_file(pieces: Pieces, path: Path, label: str, *, asked: bool, foreign: ReadForeign) -> None:
    """Read one file.

    `asked`: the user has named it, and it must hold parameters or names; else one that does not is
    listed with its reason. ParameterError for a file whose name promises a transformer, and that
    cannot be read.
    """
    try:
        reason = _add(pieces, path, label, asked=asked, foreign=foreign)
    except ParameterError as error:
        if asked or says_parameters(path):
            raise
        reason = str(error).removeprefix(f"{path}: ")
        reason = reason.partition(";")[0].partition(": ")[0]
    if reason and asked:
        raise ParameterError(f"{path}: {reason}, no parameters and no names")
    if reason:
        pieces.unread[label] = reason


def _add(pieces: Pieces, path: Path, label: str, *, asked: bool, foreign: ReadForeign) -> str:
    """Add what a file holds; return why it is not read, or nothing."""
    if reason := "" if asked or path.is_dir() else _by_name(path):
        return reason
    if path.is_dir():
        pieces.models.append(path)
        return "a folder: give it alone" if asked else ""
    source = open_source(path)
    if source.root is not None and native.recognised(source.root):
        pieces.models.append(path)
        return "" if not asked else "skewcheck's own file: give it alone"
    if "skewcheck" in root_members(source.root):
        return "written by skewcheck"
    tree = None if source.root is None else source.root.value
    if _add_names(pieces, path, label, tree):
        return ""
    from skewcheck.parameters.pickles import looks_like_pickle

    if looks_like_pickle(source.content):
        return _add_pickle(pieces, source, label, foreign)
    return _add_foreign(pieces, source, label, foreign, asked=asked)


def _by_name(path: Path) -> str:
    """Return why a file is not read whose name tells it; nothing for others."""
    if kind := NO_PARAMETERS.get(path.suffix.lower()):
        return kind
    if says_target(path):
        return "of the target, as its name says"
    if says_measures(path):
        return "measures or settings, as its name says"
    size = path.stat().st_size if path.exists() else 0
    if size > _LARGEST and not says_parameters(path):
        return f"larger than {_LARGEST // 2**20} MiB, as models are"
    return ""


def _add_names(pieces: Pieces, path: Path, label: str, tree: object) -> bool:
    """Add lists of names; return whether the file holds nothing else."""
    from skewcheck.parameters.handwritten import key_names

    is_single = isinstance(tree, Mapping) and len(tree) == 1
    key, whole = next(iter(tree.items())) if isinstance(tree, Mapping) and is_single else ("", tree)
    names = _texts(whole)
    if names and (not is_single or key_names.name_list_side(str(key)) == "input"):
        if {*words(path)} & _LEVELS:
            return False
        pieces.lists.append(NameList(label, names))
        return True
    members = tree.items() if isinstance(tree, Mapping) else ()
    for key, value in members:
        names = _texts(value)
        is_names = key_names.name_list_side(str(key)) == "input" or str(key) == "feature_order"
        if names and is_names:
            pieces.lists.append(NameList(f"{label}: {key}", names))
    return False


_OF_TARGETS = frozenset(("", "y", "target", "label", "class", "output"))
"""What is left of the name of a file that names no column."""
_LEVELS = frozenset(("classes", "class", "labels", "label", "levels", "categories"))
"""Words in names of files whose lists are of levels, and not of columns."""


def _texts(value: object) -> tuple[str, ...]:
    """Return the members of a list of distinct texts; none for anything else."""
    if not isinstance(value, list) or not all(isinstance(x, str) for x in value):
        return ()
    names = tuple(str(x) for x in value)
    return names if len({*names}) == len(names) else ()


def _add_pickle(pieces: Pieces, source: ParameterSource, label: str, foreign: ReadForeign) -> str:
    """Add the transformers of a pickle, or its names or numbers."""
    from skewcheck.parameters.pickles import PickledObject, unpickle
    from skewcheck.parameters.sklearn.bundles import holds_fitted, stage_of, stages_and_names
    from skewcheck.parameters.sklearn.composition import is_transformer
    from skewcheck.parameters.sklearn.fitted_object import FittedObject, ReadContext
    from skewcheck.parameters.sklearn.pandas_objects import as_list

    value = unpickle(source.content, source.path)
    members = as_list(value)
    if members and all(isinstance(x, str) for x in members):
        names = _texts([str(x) for x in members])
        if not names or {*words(source.path)} & _LEVELS:
            return "a list of texts that are no names"
        pieces.lists.append(NameList(label, names))
        return ""
    context = ReadContext(source)
    if isinstance(value, PickledObject) and is_transformer(value):
        hint = column_hint(source.path)
        if value.name in ("LabelEncoder", "LabelBinarizer") and letters(hint) in _OF_TARGETS:
            return f"a {value.name} that names no column, and is taken to be of the target"
        stages = [stage_of(FittedObject(context, value), hint, label)]
    elif not holds_fitted(value):
        return _add_foreign(pieces, source, label, foreign, asked=False)
    elif isinstance(value, PickledObject) and not _wraps(value):
        return f"a model ({value.name})"
    else:
        stages, lists = stages_and_names(context, value, label)
        pieces.lists += [NameList(f"{label}: {x.label}", x.names) for x in lists]
    pieces.stages += stages
    pieces.formats["scikit-learn"] = None
    pieces.read.append(source.path)
    pieces.late.append((label, context.notes, context.warnings))
    return ""


def _wraps(value: object) -> bool:
    from skewcheck.parameters.pickles import PickledObject, is_own

    return isinstance(value, PickledObject) and is_own(value.module)


def _add_foreign(
    pieces: Pieces, source: ParameterSource, label: str, foreign: ReadForeign, *, asked: bool
) -> str:
    """Add the features of a file in another format as a transformer of these."""
    from skewcheck.parameters.several.features import levels_of, read_features, stage_of_features

    if source.is_code and not asked:
        pieces.models.append(source.path)
        return ""
    name, parameters, named = read_features(source, foreign)
    if name in _MODELS and not asked:
        pieces.models.append(source.path)
        return ""
    listed = levels_of(parameters)
    pieces.levels |= {f: Levels(label, values) for f, values in listed.items()}
    stage = stage_of_features(parameters, label, named=named, hint=column_hint(source.path))
    if stage is None:
        pieces.plain.append(source.path)
        return "" if listed else f"says no normalization ({name})"
    pieces.stages.append(stage)
    pieces.notes += [f"{label}: {_text(note)}" for note in _free(parameters)]
    pieces.warnings += parameters.warnings
    pieces.formats[name] = None
    pieces.read.append(source.path)
    return ""


def _free(parameters: Parameters) -> Sequence[object]:
    return [note.parameters.get("text", "") for note in parameters.notes if note.parameters]


def _text(value: object) -> str:
    return str(value)
