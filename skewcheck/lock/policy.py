"""The policy lock: a file that says how strict an audit must be at least."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from skewcheck.config.discovery import repository
from skewcheck.config.given import Origin
from skewcheck.config.options import BASELINES
from skewcheck.config.readers import threshold
from skewcheck.config.settings import settings as settings_of
from skewcheck.config.types import Columns, Settings, SettingsFile, fingerprint
from skewcheck.results.policy import FeatureGate
from skewcheck.text.errors import OptionName, UsageError

VERSION = 1
"""Of the lock file's format; a newer one may hold what this one does not compare."""
MOST_BYTES = 2**24
"""Bytes of a lock that are read: ten tables of options for each of a hundred thousand features."""


def content(settings: Settings) -> str:
    """Return the file that locks these settings, a policy in JSON: the same give the same bytes."""
    data = settings.data()
    whole = {
        "skewcheck": {"kind": "policy", "version": VERSION},
        "fingerprint": fingerprint(data),
        "policy": data,
    }
    return json.dumps(whole, indent=2, allow_nan=False) + "\n"


def read(path: str | Path) -> Settings:
    """Return the settings that a lock holds; other settings than those that gate are the defaults.

    Raises UsageError, naming the file, for one that is not there, that is no policy or a newer one,
    or that was changed since it was written: what cannot be read holds nothing back.
    """
    whole = _json(path)
    head = whole.get("skewcheck")
    if not isinstance(head, Mapping) or head.get("kind") != "policy":
        raise _error(path, "is no policy; `skewcheck policy -o FILE` writes one")
    version = head.get("version")
    if isinstance(version, int) and version > VERSION:
        raise _error(path, f"is of version {version}, newer than {VERSION}: update skewcheck")
    data = whole.get("policy")
    if version != VERSION or not isinstance(data, Mapping):
        raise _damaged_error(path, "is damaged")
    if whole.get("fingerprint") != fingerprint(data):
        raise _damaged_error(path, "is not what was written: its fingerprint is of another policy")
    try:
        settings = _settings(data, Origin("file", str(path)))
        same = settings.data() == data
    except (LookupError, TypeError, ValueError) as error:
        raise _damaged_error(path, f"is damaged ({error})") from error
    if not same:
        raise _damaged_error(path, "is damaged")
    return settings


def _error(path: str | Path, problem: str) -> UsageError:
    return UsageError(OptionName("policy_lock", str(path)), f": {problem}")


def _damaged_error(path: str | Path, problem: str) -> UsageError:
    return _error(path, f"{problem}; write it again with `skewcheck policy -o FILE`")


def _json(path: str | Path) -> Mapping[str, object]:
    try:
        with Path(path).open("rb") as file:
            text = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise _error(path, f"cannot be read ({why}); an audit without its lock is none") from error
    try:
        whole = json.loads(text) if len(text) <= MOST_BYTES else None
    except (ValueError, RecursionError) as error:
        raise _damaged_error(path, "is no JSON") from error
    if not isinstance(whole, dict):
        raise _damaged_error(path, "is no policy")
    return whole


_APART = (
    "chosen", "column_names", "columns", "feature_gates", "feature_thresholds", "names",
    "thresholds",
)  # fmt: skip
"""Keys of a policy that stand otherwise in a settings file."""
_PATHS = ("baseline", "history", "logs", "parameters", "reference", "state")


def _settings(data: Mapping[str, object], origin: Origin) -> Settings:
    """Return the settings of a policy; WrongValueError, or another ValueError, for other data."""
    options = {key: value for key, value in data.items() if key not in _APART}
    options |= {key: _placed(options[key]) for key in _PATHS if key in options}
    chosen = settings_of(options, origin=origin)
    policy = replace(
        chosen.policy,
        thresholds=_thresholds(data["thresholds"]),
        chosen=frozenset(_texts(data.get("chosen", []))),
        feature_thresholds={p: _thresholds(t) for p, t in _tables(data, "feature_thresholds")},
        feature_gates={p: FeatureGate(**_words(t)) for p, t in _tables(data, "feature_gates")},
    )
    columns = {p: _columns(table) for p, table in _tables(data, "columns")}
    names = _texts(data.get("names", []))
    headers = _texts(data.get("column_names", []))
    file = SettingsFile(origin.name, tuple(data))
    return replace(
        chosen, policy=policy, columns=columns, names=names, column_names=headers, file=file
    )


def _placed(value: object) -> object:
    """Return a path, or several, of the repository as seen from the working folder."""
    start = Path.cwd()
    root = repository(start) or start
    if isinstance(value, list):
        return [str(root / text) for text in _texts(value)]
    return str(root / str(value)) if value not in BASELINES else value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("no list of texts")
    return tuple(value)


def _words(table: Mapping[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in table.items()}


def _columns(table: Mapping[str, object]) -> Columns:
    """Return where values stand; the served columns of one-hot levels are a list."""
    served = table.get("served")
    if not isinstance(served, list):
        return Columns(**_words(table))
    others = _words({key: value for key, value in table.items() if key != "served"})
    return Columns(**others, served=_texts(served))


def _thresholds(table: object) -> dict[str, float]:
    if not isinstance(table, Mapping):
        raise TypeError("no table of thresholds")
    return {str(test): threshold(str(test), value) for test, value in table.items()}


def _tables(data: Mapping[str, object], key: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield tables by pattern, in their order."""
    tables = data.get(key, [])
    if not isinstance(tables, list):
        raise TypeError(f"{key} is no list")
    for pattern, table in tables:
        if not isinstance(table, Mapping):
            raise TypeError(f"{key} has what is no table")
        yield str(pattern), table
