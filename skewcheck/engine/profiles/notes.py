"""What an audit of profiles must say of them."""

from __future__ import annotations

from skewcheck.engine.profiles.source import ProfileSource
from skewcheck.features.notes import Note


def notes_of(profiles: ProfileSource) -> tuple[Note, ...]:
    """Return the notes on lists that were not read, and on profiles without sampled rows."""
    bare = profiles.without_rows
    missing = (Note("profiles_without_rows", {"files": bare}),) if bare else ()
    return (*profiles.elements, *missing)
