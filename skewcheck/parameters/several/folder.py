"""The files of a folder that may hold parameters, and what names of files say."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from skewcheck.parameters.handwritten.key_names import OUTPUT_WORDS
from skewcheck.text.errors import ParameterError

MAX_FILES = 1000
"""Files of a folder: one of a model's parameters has some ten, a data set or a repository more."""
MAX_DEPTH = 3
"""Folders in folders that are looked into, as `artifacts/encoders/city/`."""
_SKIPPED_FOLDERS = frozenset(("__pycache__", "node_modules", "venv", "site-packages"))
NO_PARAMETERS = {
    suffix: kind
    for kind, suffixes in {
        "a text": ".md .rst .html .htm .pdf .ipynb .log .lock .cfg .ini .tex .docx",
        "a picture": ".png .jpg .jpeg .svg .gif .webp .bmp .ico",
        "a table of data": ".parquet .pq .feather .arrow .orc .avro .tsv .xlsx .xls .db .sqlite"
        " .duckdb .jsonl .ndjson .tfrecord",
        "a program": ".sh .sql .r .rb .css .so .dll .exe .jar .whl .bat .dockerfile",
        "an archive": ".tar .tgz .7z .rar .bz2",
        "a sum or a pointer": ".dvc .sha256 .md5 .sig .asc .crc .lfs",
    }.items()
    for suffix in suffixes.split()
}
"""Endings of files that hold no parameters, and what they are."""
_WORDS = re.compile(r"[a-z]+|\d+")
_PARAMETERS = re.compile(
    r"(?i)scal|encod|imput|preproc|transform|normali[sz]|pipeline|standardi[sz]|minmax|ohe|onehot"
    r"|(?:^|[_-])(?:norm|stats)(?:[_-]|$)"
)
_MEASURES = re.compile(
    r"metrics?|results?|report|evaluation|eval|scores?|performance|history|importances?"
    r"|predictions?|logs?|requirements|manifest|hyperparameters|hyperparams|drift|sample"
    r"|examples?|accuracy|confusion|curves"
)
"""Words in names of files of measures and settings, whose numbers normalize nothing."""
TARGETS = OUTPUT_WORDS | {"class", "classes"}
_KINDS = frozenset(
    ("encoder", "encoders", "encoding", "enc", "le", "lbl", "ohe", "onehot", "ordinal", "scaler",
     "scalers", "scale", "scaling", "ss", "mm", "mms", "minmax", "standard", "robust", "imputer",
     "imputers", "imputation", "impute", "transformer", "transformers", "preprocessor",
     "preprocessing", "normalizer", "normaliser", "binarizer", "lb", "mapping", "map", "model",
     "models", "fitted", "trained", "final", "new", "old", "last", "latest", "params", "parameters",
     "state", "artifact", "artifacts", "training", "train", "feature", "features", "values", "json",
     "hot", "one", "min", "max", "power", "quantile", "stats", "x", "inputs", "input", "category",
     "categorical", "cat", "num", "numeric", "numerical", "v", "version", "backup", "copy", "best",
     "pipeline", "my", "the", "data", "sk", "sklearn", "simple", "mean", "median", "std", "object",
     "column", "columns", "transform", "name", "names", "standardscaler",
     "minmaxscaler", "labelencoder", "vocab", "vocabulary", "levels")
)  # fmt: skip
"""Words in names of files that say what they are and not of which column."""


def files_of(folder: Path, is_whole: Callable[[Path], bool]) -> list[Path]:
    """Return the files of a folder and of those in it, sorted; links to folders are not followed.

    A folder in it that is one thing, as `is_whole` tells, counts as a file. Hidden ones and caches
    are passed over. ParameterError for more than `MAX_FILES`, and for a
    folder that cannot be read.
    """
    try:
        paths = sorted(_walk(folder, is_whole, 0, [0]))
    except OSError as error:
        raise ParameterError(f"{folder}: cannot read it ({error.strerror})") from error
    return paths


def files_read(place: str) -> list[str]:
    """Return the files that parameters are read from: those of a folder, or the file itself.

    In a folder none that skewcheck has written, which are not read there. A folder that cannot be
    listed has none: reading it says why.
    """
    path = Path(place)
    if not path.is_dir():
        return [place]
    try:
        return [str(file) for file in files_of(path, lambda _: False) if not is_ours(file)]
    except (OSError, ParameterError):
        return []


def is_ours(path: Path) -> bool:
    """Return whether a file begins as those that skewcheck writes; OSError if unreadable."""
    if path.suffix.lower() not in (".json", ".toml") or not path.is_file():
        return False
    with path.open("rb") as file:
        return b"skewcheck" in file.read(_HEAD)


_HEAD = 200
"""Bytes in which a file that skewcheck has written says so."""


def _walk(
    folder: Path, is_whole: Callable[[Path], bool], depth: int, count: list[int]
) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            count[0] += 1
            if count[0] > MAX_FILES:
                raise ParameterError(
                    f"{folder}: more than {MAX_FILES:,} files, and so no folder of parameters: give"
                    " the one that holds the model's parameters alone"
                )
            if entry.name.startswith("."):
                continue
            if _is_file(entry):
                yield Path(entry.path)
            elif (
                depth < MAX_DEPTH
                and entry.is_dir(follow_symlinks=False)
                and entry.name.lower() not in _SKIPPED_FOLDERS
            ):
                path = Path(entry.path)
                yield from [path] if is_whole(path) else _walk(path, is_whole, depth + 1, count)


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a file, or a link to one that is gone or goes in a circle."""
    try:
        return entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists())
    except OSError:
        return True


def words(path: Path) -> list[str]:
    """Return the words of a file's name in lower case: `leGender_v2.pkl` gives le, gender, v, 2."""
    stem = path.name.partition(".")[0]
    return _WORDS.findall(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", stem).lower())


def says_parameters(path: Path) -> bool:
    """Return whether a file's name says that it holds a fitted transformer."""
    return bool(_PARAMETERS.search(path.name.partition(".")[0]) or {"le", "ss"} & {*words(path)})


def promises(path: Path) -> bool:
    """Return whether a file must hold a transformer by its name, and can be damaged if not."""
    return says_parameters(path) and path.suffix.lower() in _FITTED


_FITTED = (".pkl", ".pickle", ".joblib", ".sav", ".dill", ".skops", ".json", ".npz", ".pt", ".pth")
"""Endings of files of transformers and their numbers."""


def says_measures(path: Path) -> bool:
    """Return whether a file's name says that its numbers are measures, or a model's settings."""
    return any(map(_MEASURES.fullmatch, words(path))) and not says_parameters(path)


def says_target(path: Path) -> bool:
    """Return whether a file's name says that it is of the model's target: `y_scaler.pkl`.

    `label_encoder.pkl` is the name of its class, and `target_encoder.pkl` may be.
    """
    name = words(path)
    classes = ({"label", "encoder"}, {"label", "encoders"}, {"target", "encoder"})
    if not TARGETS & {*name} or {*name[:2]} in classes:
        return False
    rest = [word for word in name if word not in _KINDS]
    return bool(rest) and all(word in TARGETS or word.isdigit() for word in rest)


def column_hint(path: Path) -> str:
    """Return the column that a file's name gives, as it spells it; empty where it gives none."""
    stem = path.name.partition(".")[0]
    parts = [part for part in re.split(r"[\s_.-]+|(?<=[a-z0-9])(?=[A-Z])", stem) if part]
    kept = [part for part in parts if part.lower() not in _KINDS and not part.isdigit()]
    kept = [part for part in kept if part.lower() != "label" and not re.fullmatch(r"v\d+", part)]
    return "_".join(kept)
