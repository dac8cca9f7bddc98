"""What a shell may complete: words of options, codes, and the features of the parameter file.

Nothing is imported for it, and no file is read, unless a shell asks.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

import typer

from skewcheck.config.option import Option

Completer = Callable[[typer.Context, str], list[str]]
_OF_FEATURES = ("features", "exclude", "feature")
"""Keys of options whose values are names of features."""


class _Word(str):
    """A word that was chosen already, whatever its case: typer compares its beginning once more."""

    __slots__ = ()

    def startswith(self, *_: object) -> bool:
        """Return True: it completes what was typed."""
        return True


def completer(option: Option[object]) -> Completer | None:
    """Return what completes an option's value; None where the shell's own files are it."""
    source = _source(option)
    if source is None:
        return None

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        # A list is completed in its last part; the parts before stay as they are.
        before, comma, last = incomplete.rpartition(",") if option.reader.commas else ("", "", "")
        start, part = before + comma, last if option.reader.commas else incomplete
        words: list[str] = []
        with suppress(Exception):  # a file that cannot be read completes nothing
            words = [*source(ctx)]
        begun = part.casefold()
        meant = (word for word in words if word.casefold().startswith(begun))
        return [_Word(f"{start}{word}") for word in meant if word.isprintable()]

    return complete


def _source(option: Option[object]) -> Callable[[typer.Context], Iterable[str]] | None:
    """Return a function to the words that an option's value may be."""
    if option.reader.choices:
        return lambda _: option.reader.choices
    if option.key in _OF_FEATURES:
        return _features
    return {"report": _reports, "code": _codes, "fault": _faults, "gate": _gates}.get(option.key)


def _features(ctx: typer.Context) -> Iterable[str]:
    """Return the features of the parameter file that was given, or of the settings file."""
    from skewcheck.cli.options import with_file
    from skewcheck.config.given import Given
    from skewcheck.parameters import load

    arguments = [p.name for p in ctx.command.params if p.param_type_name == "argument"]
    # Behind a flag without its value, which is what is completed, click leaves arguments unparsed.
    chosen = {**dict(zip(arguments, ctx.args, strict=False)), **_set(ctx.params)}
    known = ("config", "gate", "parameters")
    given = with_file(Given({key: chosen[key] for key in known if key in chosen})).values
    place = given.get("parameters")
    return [feature.name for feature in load(str(place)).features] if place else []


def _set(values: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if value}


def _reports(_: typer.Context) -> Iterable[str]:
    from skewcheck.config.options import REPORTS

    return [f"{name}=" for name in REPORTS]


def _codes(_: typer.Context) -> Iterable[str]:
    from skewcheck.catalogue.codes import codes

    return [code for entries in codes().values() for code in entries]


def _faults(_: typer.Context) -> Iterable[str]:
    from skewcheck.catalogue.causes import CAUSES

    return [*CAUSES]


def _gates(ctx: typer.Context) -> Iterable[str]:
    from pathlib import Path

    from skewcheck.config.discovery import settings_file
    from skewcheck.config.settings_file import gates

    config = ctx.params.get("config")
    path = Path(config) if config else settings_file(Path())
    return () if path is None else gates(path)
