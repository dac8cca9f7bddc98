"""The nights of a state folder: a JSON line per audited log, and per accepted change.

A line is appended once its audit is done; an audit that is killed before has left nothing, and the
next audit of the same log adds the night.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from skewcheck.engine.memory import NIGHTS
from skewcheck.engine.memory.lines import append_line, lines_of
from skewcheck.logs.file import File
from skewcheck.logs.storage import is_remote, public
from skewcheck.results.nights import Accepted, Night, PastNights, Shift, Shifts, distinct
from skewcheck.text.atomic import write

FORMAT = 1
"""Of a line; lines of a newer one are left out."""
NIGHTS_BYTES = 64_000_000
"""A longer file loses its older half: it holds years of 500 features, read in two seconds."""
MOST_FILES = 64
"""Digests of files that a night keeps, as `places.MOST_PLACES`."""


@dataclass(frozen=True, slots=True)
class Log:
    """What tells which nights are of the same gate."""

    parameters: str
    fingerprint: str
    places: tuple[str, ...]
    """As `places.places` has them."""


def past_nights(folder: Path, log: Log, files: Sequence[File], learn: int, now: str) -> PastNights:
    """Return the nights of a gate since its last accepted change; `files` are those of now."""
    nights: list[Night] = []
    accepted: Accepted | None = None
    for line in lines_of(folder / NIGHTS):
        record = _record(line)
        if record is None or not _is_of(record, log):
            continue
        match _parsed(record):
            case Night() as night:
                nights.append(night)
            case Accepted() as accepted:
                nights = [night for night in nights if night.at > accepted.until]
    return PastNights(distinct(nights), learn, accepted, digests(files), now)


def accepted_changes(folder: Path) -> list[tuple[Log, Accepted]]:
    """Return all accepted changes of a state folder, with the parameters that they are of."""
    changes = []
    for line in lines_of(folder / NIGHTS):
        record = _record(line)
        parsed = None if record is None else _parsed(record)
        if record is not None and isinstance(parsed, Accepted):
            path, fingerprint = (str(record.get(key, "")) for key in ("parameters", "fingerprint"))
            changes.append((Log(path, fingerprint, ()), parsed))
    return changes


def _is_of(record: Mapping[str, object], log: Log) -> bool:
    """Return whether a line is of the same parameters, and shares a place of logs if it has any."""
    if record.get("fingerprint") != log.fingerprint:
        return False
    places = record.get("places")
    return not isinstance(places, list) or not places or not {*places}.isdisjoint(log.places)


def digests(files: Sequence[File]) -> tuple[str, ...]:
    """Return digests of files as they were opened: of path, size and time of change.

    Of remote ones of what their service tells. None of what has no lasting place.
    """
    return tuple(sorted(_digests(files))[:MOST_FILES])


def _digests(files: Sequence[File]) -> Iterator[str]:
    for file in files:
        if not file.lasting or file.identity is None:
            continue
        remote = is_remote(file.path)
        place = public(file.path) if remote else str(Path(file.path).absolute())
        # Of local files size and time of change: a copy has another inode.
        identity = file.identity if remote else file.identity[1:3]
        text = "\0".join(map(str, (place, *identity)))
        yield sha256(os.fsencode(text)).hexdigest()[:16]


def add_night(folder: Path, log: Log, night: Night) -> None:
    """Append a night; UsageError where it cannot be written."""
    shifts = {
        name: {key: [*shift] for key, shift in of.items()} for name, of in night.shifts.items()
    }
    record = {
        "format": FORMAT, "at": night.at, "fingerprint": log.fingerprint, "places": [*log.places],
        "files": [*night.files], "since": night.since, "newest": night.newest, "shifts": shifts,
    }  # fmt: skip
    if append_line(folder / NIGHTS, record) > NIGHTS_BYTES:
        lines = lines_of(folder / NIGHTS)
        write(folder / NIGHTS, b"".join(line + b"\n" for line in lines[len(lines) // 2 :]))


def add_accepted(folder: Path, log: Log, change: Accepted) -> None:
    """Append an accepted change, of all logs with these parameters."""
    record = {
        "format": FORMAT, "accepted": change.until, "why": change.why,
        "parameters": log.parameters, "fingerprint": log.fingerprint,
    }  # fmt: skip
    append_line(folder / NIGHTS, record)


def _record(line: bytes) -> dict[str, object] | None:
    """Return a line as data; None for a damaged line, and for one of a newer format."""
    with suppress(ValueError, RecursionError):
        record = json.loads(line)
        if isinstance(record, dict) and record.get("format") == FORMAT:
            return record
    return None


def _parsed(record: Mapping[str, object]) -> Night | Accepted | None:
    with suppress(ValueError, TypeError, KeyError, AttributeError, OverflowError):
        if "accepted" in record:
            return Accepted(_text(record["accepted"]), _text(record["why"]))
        files = record["files"]
        if not isinstance(files, list):
            return None
        since, newest = _moment(record["since"]), _moment(record["newest"])
        shifts = _shifts(record["shifts"])
        return Night(_text(record["at"]), shifts, tuple(map(_text, files)), since, newest)
    return None


def _shifts(stored: object) -> Shifts:
    if not isinstance(stored, dict):
        raise TypeError("no table")
    return {
        _text(name): {_text(key): _shift(pair) for key, pair in of_name.items()}
        for name, of_name in stored.items()
    }


def _shift(pair: object) -> Shift:
    if not isinstance(pair, list) or len(pair) != 2:
        raise TypeError("no pair")
    value, variance = map(float, pair)
    if not math.isfinite(value) or not 0 <= variance < math.inf:
        raise ValueError("no shift")
    return Shift(value, variance)


def _moment(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("no time")
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
