"""The commit whose numbers production uses, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from skewcheck.lock.diff import changes
from skewcheck.repair.bisect.repository import Commit
from skewcheck.repair.bisect.search import Bisected, Fit
from skewcheck.repair.bisect.versions import MAX_BYTES, Unreadable
from skewcheck.reports.words import phrases
from skewcheck.reports.words.diff import lines as difference_lines
from skewcheck.reports.words.places import where
from skewcheck.results.causes import Place
from skewcheck.text.numbers import percent
from skewcheck.text.printable import count, printable

MOST_DIFFERENCES = 12
"""Differences from today's numbers that are listed: the others are counted."""
_MOST_UNREADABLE = 3
_WHY = {
    "missing": "its content is not here: the clone is partial",
    "lfs": "its content is in Git LFS, which is not fetched",
    "large": f"larger than {MAX_BYTES // 1_000_000} MB",
}


def text(result: Bisected) -> str:
    """Return the hash alone in the first line, where a version fits; then what it means."""
    return "".join(f"{line}\n" for line in _lines(result))


def dumps(result: Bisected) -> str:
    """Return the result as JSON; `commit` is null where no version fits."""
    fit = result.fit
    version = None if fit is None else fit.version
    document = {
        "skewcheck": {"kind": "bisect", "version": 1},
        "commit": None if version is None else _commit(version.introduced),
        "replaced": None if version is None or version.replaced is None
        else _commit(version.replaced),
        "today": None if result.today is None else _commit(result.today.introduced),
        "uses_today": result.uses_today,
        "confidence": None if fit is None else fit.confidence,
        "features": {} if fit is None else {
            name: {"share": cause.share, "confidence": cause.confidence,
                   "since": None if cause.place is None else cause.place.since}
            for name, cause in fit.causes.items()
        },
        "differences": [] if fit is None else _differences(result, fit),
        "others": [*result.others],
        "commits": result.versions.commits,
        "versions": len(result.versions.versions),
        "unreadable": [
            {"commit": u.commit.hash, "why": u.why, "problem": u.problem}
            for u in result.versions.unreadable
        ],
        "shallow": result.shallow,
    }  # fmt: skip
    return json.dumps(document, indent=2) + "\n"


def _lines(result: Bisected) -> Iterator[str]:
    fit = result.fit
    if fit is not None:
        yield fit.version.introduced.hash
        yield f"  {_about(fit.version.introduced)}"
    if fit is not None and fit.causes:
        yield from _of_older(result, fit)
    elif result.uses_today:
        yield (
            "production uses today's numbers"
            if fit is not None
            else "production uses today's numbers, which no commit has: the file was changed since"
        )
    else:
        yield "no version of the file has the numbers that production uses"
    if result.others:
        names = phrases.names(result.others, 10)
        yield f"not explained by this: {names}; see `skewcheck audit`"
    yield from _remarks(result)


def _of_older(result: Bisected, fit: Fit) -> Iterator[str]:
    version = fit.version
    share = max(cause.share for cause in fit.causes.values())
    names = phrases.names(list(fit.causes), 10)
    sure = "" if fit.confidence is None else f", {percent(fit.confidence)} sure"
    yield f"production uses the numbers of this commit in {percent(share)} of the rows{sure}"
    yield f"  features: {names}"
    place = _place(fit)
    if place is not None:
        yield f"  where: {printable(where(place), 300)}"
    if version.replaced is not None:
        yield f"replaced by {version.replaced.hash[:12]}, {_about(version.replaced)}"
    differences = _differences(result, fit)
    yield "from that version to today's file:"
    yield from (f"  {printable(line, 300)}" for line in differences[:MOST_DIFFERENCES])
    left = len(differences) - MOST_DIFFERENCES
    if left > 0:
        yield f"  and {count(left, 'more difference')}; --format json has all"


def _place(fit: Fit) -> Place | None:
    """Return the place of all features; None where it is not the same of each."""
    places = [cause.place for cause in fit.causes.values()]
    return places[0] if all(place == places[0] for place in places) else None


def _remarks(result: Bisected) -> Iterator[str]:
    versions = result.versions
    yield (
        f"read: {count(len(versions.versions), 'version')} of the numbers, in"
        f" {count(versions.commits, 'commit')} that changed the file"
    )
    for unreadable in versions.unreadable[:_MOST_UNREADABLE]:
        yield (f"not read: {unreadable.commit.hash[:12]}: {_problem(unreadable)}")
    left = len(versions.unreadable) - _MOST_UNREADABLE
    if left > 0:
        yield f"and {count(left, 'more content')} that cannot be read"
    if result.shallow:
        yield "the clone is shallow: older commits are not here (git fetch --unshallow)"


def _problem(unreadable: Unreadable) -> str:
    return _WHY.get(unreadable.why) or printable(unreadable.problem, 200)


def _differences(result: Bisected, fit: Fit) -> list[str]:
    return list(difference_lines(changes(fit.version.parameters, result.current)))


def _about(commit: Commit) -> str:
    date, author = printable(commit.date[:16].replace("T", " "), 20), printable(commit.author, 60)
    return f"{date} by {author}: {printable(commit.subject, 100)}"


def _commit(commit: Commit) -> dict[str, str]:
    return {
        "hash": commit.hash, "author": commit.author, "date": commit.date,
        "subject": commit.subject,
    }  # fmt: skip
