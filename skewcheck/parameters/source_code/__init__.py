"""Read the numbers of a scaler from the source code that serves: C, Java, JavaScript, Python ...

What stands there as a literal becomes the tree that a JSON file would hold, and is read as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from skewcheck.features.notes import free_notes
from skewcheck.features.types import Feature, Parameters
from skewcheck.parameters import handwritten
from skewcheck.parameters.source import FormatReader, ParameterSource
from skewcheck.parameters.source_code.definitions import DIALECTS, Definition, definitions
from skewcheck.parameters.source_code.identifiers import says_scaler
from skewcheck.parameters.source_code.literals import Literals
from skewcheck.parameters.source_code.selection import select
from skewcheck.parameters.source_code.tokens import tokenize
from skewcheck.text.errors import ParameterError

MAX_CODE_BYTES = 32 * 2**20
"""Size of a program: an embedded model of 5 MB in hexadecimal takes this much."""


def _read(source: ParameterSource) -> Parameters:
    if len(source.content) > MAX_CODE_BYTES:
        raise source.error("larger than 32 MiB: no code that holds a scaler")
    try:
        text = _text(source.content)
        dialect = DIALECTS[source.path.suffix.lower()]
        found = list(definitions(text, Literals(tokenize(text, dialect), dialect)))
        chosen = select(found, sure=says_scaler(source.path.stem))
    except ParameterError as error:
        raise source.error(str(error)) from error
    parameters = handwritten.read_tree(source, chosen.tree)
    features = tuple(_placed(f, chosen.places, source.path.name) for f in parameters.features)
    return replace(
        parameters, features=features, notes=(*free_notes(chosen.notes), *parameters.notes)
    )


def _placed(feature: Feature, places: Mapping[str, Definition], file: str) -> Feature:
    """Return a feature whose sources are constants with file and line, no places in a tree."""
    stated = str(feature.extra.get("x-source", ""))
    source = "; ".join(_place(part, places, file) for part in stated.split("; ") if part)
    return replace(feature, extra={**feature.extra, "x-source": source}) if source else feature


def _text(content: bytes) -> str:
    """Return a program's text; comments in an encoding of a country do not matter."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _place(place: str, places: Mapping[str, Definition], file: str) -> str:
    """Return `SCALER_MEAN[0] (scaler.h:3)` for `mean[0]`."""
    head, bracket, index = place.partition("[")
    if head in places:
        return f"{places[head].name}{bracket}{index} ({file}:{places[head].line})"
    whole = places.get("")
    if whole is None:
        return place
    return f"{whole.name}.{place}".lstrip(".") + f" ({file}:{whole.line})"


READER = FormatReader(lambda source: source.is_code, _read)
