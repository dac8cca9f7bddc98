"""Read the parameters of one model from a folder, or from several files that the user names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from skewcheck.features.types import Parameters
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.several.chain import Beside, chained
from skewcheck.parameters.several.folder import files_of, says_parameters
from skewcheck.parameters.several.inputs import ENCODED, letters, unscaled
from skewcheck.parameters.several.pieces import Foreign, Pieces, add_arrays, add_file
from skewcheck.parameters.several.stages import Stage
from skewcheck.parameters.source import ParameterSource
from skewcheck.text.numbers import shortened

Load = Callable[[Path, tuple[str, ...]], Parameters]
"""Reads a single file."""
_MAX_LISTED = 20
"""Files that are not read and have a note of their own; a note counts the others."""


def load_folder(source: ParameterSource, load: Load, foreign: Foreign) -> Parameters | None:
    """Return what the files of a folder say together; None if none of them holds parameters.

    ParameterError for files that compete, or that cannot be read although their names promise
    parameters; UnnamedError for columns that no file names.
    """
    pieces = Pieces()
    is_of_arrays = foreign.matches(source)
    if is_of_arrays:
        add_arrays(pieces, source, foreign)

    def is_whole(folder: Path) -> bool:
        """Return whether a folder has a format, as that of a Spark pipeline."""
        return foreign.matches(ParameterSource(folder))

    for path in files_of(source.path, is_whole):
        label = path.relative_to(source.path).as_posix()
        if not (is_of_arrays and path.suffix == ".npy"):
            add_file(pieces, path, label, asked=False, foreign=foreign)
    if is_of_arrays and len(pieces.stages) == 1 and not pieces.lists:
        return None
    if not pieces.stages:
        parameters = _alone(source, pieces, load)
        if parameters is None and pieces.unread:
            raise source.error(
                f"is a folder: it has no features with steps ({_reasons(pieces)}); give the file"
                " that training saved, or let skewcheck fit write one from training data"
            )
        return parameters
    models = {path.relative_to(source.path).as_posix(): _KIND_OF_MODEL for path in pieces.models}
    pieces.unread |= models
    return _composed(source, pieces, ordered=False)


_KIND_OF_MODEL = "a model, code or a file of skewcheck itself: give it alone to read it"


def load_files(paths: Sequence[Path], names: tuple[str, ...], foreign: Foreign) -> Parameters:
    """Return what several files say together, which follow each other where names do not tell.

    Errors are those of a folder; each file must hold parameters, names or levels.
    """
    pieces = Pieces()
    source = ParameterSource(Path(", ".join(map(str, paths))), names=names)
    short = {path: path.name for path in paths}
    labels = short if len({*short.values()}) == len(paths) else {p: p.as_posix() for p in paths}
    for path in paths:
        add_file(pieces, path, labels[path], asked=True, foreign=foreign)
    if not pieces.stages:
        raise source.error("no file of them holds a normalization")
    return _composed(source, pieces, ordered=True)


def _alone(source: ParameterSource, pieces: Pieces, load: Load) -> Parameters | None:
    """Return what the only file says that can be read and has no steps, or is a model's.

    None without one; ParameterError for several.
    """
    alone = [*pieces.models, *pieces.plain]
    if len(alone) > 1:
        labels = shortened([path.relative_to(source.path).as_posix() for path in alone], 3)
        raise source.error(f"no file is of a normalization alone; give one of {labels}")
    return load(alone[0], source.names) if alone else None


def _reasons(pieces: Pieces) -> str:
    """Return why the first files are not read, and the number of the others."""
    first = [f"{label}: {reason}" for label, reason in pieces.unread.items()]
    return shortened(first, 3)


def _composed(source: ParameterSource, pieces: Pieces, *, ordered: bool) -> Parameters:
    _set_aside(pieces, ordered=ordered)
    canonical = sorted(pieces.stages, key=_content)
    stages = pieces.stages if ordered else canonical
    chain = chained(source, stages, Beside(pieces.lists, pieces.levels, ordered), canonical)
    columns = [*chain.columns.values()]
    columns += [PipelineColumn(name) for name in unscaled(pieces.lists, columns)]
    notes = [*pieces.notes, *chain.notes]
    for label, of_file, warnings in pieces.late:
        notes += [f"{label}: {note}" for note in of_file]
        pieces.warnings += warnings
    parameters = build_parameters(
        source, columns, notes=[*notes, *_unread(pieces)], warnings=pieces.warnings,
        model={"format": ", ".join(pieces.formats)},
    )  # fmt: skip
    listed = {name for names in pieces.lists for name in names.names}
    lone = _lone(pieces)
    # Whether the data has such a column, no file tells.
    features = tuple(
        replace(f, derived=True)
        if (f.guessed and not f.steps and f.name in listed) or f.name in lone
        else f
        for f in parameters.features
    )
    return replace(parameters, features=features)


def _lone(pieces: Pieces) -> set[str]:
    """Return the columns that only the names of label encoders' files give, beside other names.

    They may be inputs that are not scaled, or the target.
    """
    known = {name for stage in pieces.stages for name in stage.names}
    known |= {name for names in pieces.lists for name in names.names}
    spellings = {letters(x) for name in known for x in (name, ENCODED.sub("", name))}
    return {
        stage.hint
        for stage in pieces.stages
        if known and stage.encodes_labels and stage.hint and letters(stage.hint) not in spellings
    }


def _set_aside(pieces: Pieces, *, ordered: bool) -> None:
    """Leave out what is of no input of the model: encoders of the target, numbers of others.

    That is a transformer of one column whose file's name gives none of the inputs, where a list
    has them all; and numbers in a file that is not called after parameters, if all their names
    are unknown to the other files. What the user has named is read.
    """
    named = [stage for stage in pieces.stages if stage.names]
    known = {letters(x) for stage in named for x in stage.names if stage.fitted}
    known |= {letters(name) for names in pieces.lists for name in names.names}
    inputs = {name for stage in named for name in stage.names}
    is_whole = any(inputs <= {*names.names} for names in pieces.lists)
    for stage in [] if ordered or not known else [*pieces.stages]:
        reason = ""
        if not stage.fitted and not says_parameters(Path(stage.file)):
            theirs = {letters(name) for name in stage.names}
            reason = "" if theirs & known or not theirs else "names no column of the other files"
        elif is_whole and not stage.names and stage.count == 1 and stage.hint:
            spellings = {letters(ENCODED.sub("", name)) for x in pieces.lists for name in x.names}
            if letters(stage.hint) not in spellings | known:
                reason = f"{stage.hint} is none of the inputs, and is taken to be the target"
        if reason:
            pieces.stages.remove(stage)
            pieces.unread[stage.file] = reason


def _content(stage: Stage) -> tuple[object, ...]:
    """Return what sorts transformers by what they hold, whatever their files are called."""
    return (not stage.fitted, -stage.count, stage.names, stage.hint)


def _unread(pieces: Pieces) -> list[str]:
    items = list(pieces.unread.items())
    lines = [f"{label}: not read: {reason}" for label, reason in items[:_MAX_LISTED]]
    if len(items) > _MAX_LISTED:
        others = shortened([label for label, _ in items[_MAX_LISTED:]], 5)
        lines.append(f"{others}: not read, too")
    return lines
