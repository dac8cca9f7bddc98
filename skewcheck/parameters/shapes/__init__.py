"""Numbers that people wrote down themselves: means and deviations in JSON, YAML, TOML, NPZ, CSV."""

from __future__ import annotations

from skewcheck.features import Parameters
from skewcheck.parameters.source import Reader, Source


def understood(source: Source, value: object) -> Parameters:
    """Return what a plain tree says: dicts, lists, numbers, strings, booleans, None.

    `source` gives names and the path of errors; `value` may come from anywhere, such as a pickled
    dict. Raises ParameterError where it has no known shape or could mean two things, UnnamedError
    where names are needed.
    """
    raise source.error(f"no known shape of parameters ({type(value).__name__})")


def _recognised(source: Source) -> bool:
    return source.root is None and False


def _read(source: Source) -> Parameters:
    return understood(source, None if source.root is None else source.root.free())


READER = Reader(_recognised, _read)
