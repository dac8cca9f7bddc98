"""A policy for people: each option that gates, and what weakens it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from skewcheck.config.types import Settings
from skewcheck.config.weaker import in_force
from skewcheck.reports.words.policy import source_text, weaker_text
from skewcheck.text.printable import visible


def table(settings: Settings) -> str:
    """Return a line for each option of the policy in force, its fingerprint first.

    Values stand as in a lock; options that are not set are left out.
    """
    return "".join(f"{line}\n" for line in _lines(settings))


def _lines(settings: Settings) -> Iterator[str]:
    force = in_force(settings)
    yield f"policy {force.fingerprint}"
    yield from (text for text in (source_text(force), weaker_text(force)) if text)
    yield ""
    for key, value in settings.data().items():
        if not isinstance(value, dict):
            yield f"{key} = {visible(json.dumps(value, ensure_ascii=False))}"
            continue
        yield from (f"{key}.{test} = {json.dumps(item)}" for test, item in value.items())
