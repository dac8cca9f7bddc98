"""The options that skewcheck.toml, or `[tool.skewcheck]` in pyproject.toml, has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from skewcheck.config.given import Given, Origin
from skewcheck.config.options import TOML, Option, of
from skewcheck.config.readers import PATHS
from skewcheck.config.settings import checked_settings, merged, split
from skewcheck.logs.storage import is_url
from skewcheck.text import toml
from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.similar import nearest

_GATES = "audit"
"""The key of the tables `[audit.NAME]`."""


def file_at(place: str | Path) -> Path | None:
    """Return the file of options at a place: itself, or that in a folder; None without any."""
    path = Path(place)
    if not path.is_dir():
        return path
    files = (path / name for name in ("skewcheck.toml", "pyproject.toml"))
    return next((file for file in files if file.is_file()), None)


def written(path: Path, gate: str | None = None) -> dict[str, object]:
    """Return the options of a file as they stand there, those of a gate before the others.

    UsageError for what is no table of TOML, and for a gate that the file has not.
    """
    options = _options(path)
    gates = _gates(options.pop(_GATES, {}), path)
    if gate is None:
        return options
    if gate not in gates:
        known = f"; it has {', '.join(gates)}" if gates else ""
        hint = nearest(gate, tuple(gates)) or known
        raise UsageError(OptionName("gate", gate), f": no [{_GATES}.{gate[:60]}] in {path}{hint}")
    return merged(gates[gate], options, Origin("file", str(path)))


def gates(path: Path) -> tuple[str, ...]:
    """Return the names of a file's gates, in their order."""
    return tuple(_gates(_options(path).get(_GATES, {}), path))


def _gates(tables: object, path: Path) -> dict[str, Mapping[str, object]]:
    """Return the tables `[audit.NAME]` by name; UsageError for what is none."""
    if not isinstance(tables, Mapping):
        raise UsageError(f"{path}: {_GATES}: must be tables, as [{_GATES}.nightly]")
    for name, table in tables.items():
        if not isinstance(table, Mapping):
            raise UsageError(
                f"{path}: {_GATES}.{name}: options stand above all tables, those of a gate under"
                f" [{_GATES}.NAME]"
            )
        given = Given(split(table), Origin("file", f"{path} [{_GATES}.{name}]"))
        checked_settings(given, path.parent)
        taken = of("audit")
        for key in (key for key in given.values if key in TOML and key not in taken):
            raise given.error(key, f"is no option of an audit: it stands above [{_GATES}.{name}]")
    return {str(name): table for name, table in tables.items()}


def _options(path: Path) -> dict[str, object]:
    table = _table(path)
    if path.name == "pyproject.toml":
        tool = table.get("tool")
        table = tool.get("skewcheck", {}) if isinstance(tool, dict) else {}
        if not isinstance(table, dict):
            raise UsageError(f"{path}: tool.skewcheck: must be a table")
    return table


def has_settings(path: Path) -> bool:
    """Return whether a pyproject.toml says something of skewcheck; UsageError if it is no TOML."""
    tool = _table(path).get("tool")
    return isinstance(tool, dict) and "skewcheck" in tool


def read(place: str | Path = ".", gate: str | None = None) -> dict[str, object]:
    """Return the options of a file, or of skewcheck.toml or else pyproject.toml in a folder.

    Those under `[audit.NAME]` of the `gate` go before the others. A folder without either file
    gives none. Paths in the file are made relative to where it stands. Raises UsageError, naming
    file and key, for what is no TOML, unknown keys and wrong values, and for an unknown gate.
    """
    path = file_at(place)
    if path is None:
        return {}
    table = written(path, gate)
    checked = checked_settings(Given(split(table), Origin("file", str(path))), path.parent)
    options: dict[str, object] = dict(table)
    if checked.names:
        options["names"] = checked.names
    if checked.column_names:
        options["columns"] = checked.column_names
    paths = (option for key, option in TOML.items() if option.path and key in table)
    for option in paths:
        options[option.key] = _relative(option, table[option.key], path.parent)
    return options


def _relative(option: Option[object], value: object, folder: Path) -> object:
    """Return a path, or a list of paths, that a file in a folder names."""
    if option.reader is PATHS:
        return [_from(folder, path) for path in PATHS.read(value)]
    if value in ("", *option.reader.choices):
        return value
    return _from(folder, str(value))


def _from(folder: Path, path: str) -> str:
    """Return a path as seen from the working folder; a URL, and `-` for stdin, as it is."""
    return path if is_url(path) or path == "-" else str(folder / path)


def _table(path: Path) -> dict[str, object]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return toml.loads(file.read(toml.MAX_BYTES + 1))  # a longer one is refused
    except OSError as error:
        raise UsageError(f"{path}: cannot read it ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: must be UTF-8 text") from error
    except ValueError as error:  # of the library, or an integer of more than 4,300 digits
        raise UsageError(f"{path}: no valid TOML: {error}") from error
    except RecursionError as error:
        raise UsageError(f"{path}: nested too deep") from error
