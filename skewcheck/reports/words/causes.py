"""A cause in one sentence: how many rows, where, and what was done to them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from string import Formatter

from skewcheck.catalogue.cause_spec import CauseSpec
from skewcheck.catalogue.causes import CAUSES
from skewcheck.reports.words import places, states
from skewcheck.reports.words.scopes import scope_text
from skewcheck.results.causes import OPEN, Cause, Place
from skewcheck.text.numbers import percent, shortened
from skewcheck.text.printable import printable

ALL_ROWS_SHARE = 0.9999
"""Share of the rows above which it is all of them: up to a row in 10,000 may differ."""
_MOST_CODES = 3
"""Strange codes that a sentence lists as examples, to keep it short; of others only how many."""
_MOST_SCALES = 3
"""Columns whose parameters a sentence lists; all stand in reports for programs."""
_METHODS = {"zscore": "z-score", "minmax": "min-max", "robust": "robust", "maxabs": "max-abs"}
_MOMENTS = {"zscore": "mean and std", "minmax": "the ends", "maxabs": "the largest value"}
_SCOPES = {"log": "the serving data", "rows": "those rows themselves"}
_EXCHANGED = {"pair": "are swapped ({swapped})", "cycle": "are swapped in a cycle ({swapped})"}


def sentence(cause: Cause) -> str:
    """Return the sentence of a cause, of one feature or of several.

    What is no surer than drift, or a rival, only "may have been". Without its values (`details`
    is None) the sentence is made of the code and the parameters that may be shown.
    """
    spec = CAUSES[cause.code]
    if cause.details is None:
        return _without_values(cause, spec)
    if cause.variant in _EXCHANGED and cause.features:
        return f"{_and(_exchanged(cause))} {_formatted(_EXCHANGED[cause.variant], cause)}"
    if cause.features:
        return _of_several(cause, spec)
    place = places.sentence(cause.place)
    if not spec.mechanical:
        return f"the distribution{place} {_done(cause, spec)}"
    every, share = cause.share > ALL_ROWS_SHARE, percent(cause.share)
    faint = spec.faint and not every
    rows = "rows" if faint else "all rows" if every else f"{share} of the rows"
    seen = cause.confidence > OPEN or cause.variant in spec.seen
    were = "were" if seen else "may have been"
    text = f"{rows}{place} {were} {_side(cause)} {_done(cause, spec)}"
    if faint:
        text += f", visible in {share} of the rows"
    if cause.negligible:
        text += ": less than matters, or the digits that the file was written with"
    return text


def _exchanged(cause: Cause) -> Sequence[str]:
    """Return what was exchanged: features, or those of their columns that were."""
    members = _detail(cause, "members")
    return [_columns(names) for names in members] if isinstance(members, tuple) else cause.features


def says_where(cause: Cause) -> bool:
    """Tell whether the sentence of a cause names its place: that of exchanged features does not."""
    return cause.details is None or not (cause.features and cause.variant in _EXCHANGED)


def _side(cause: Cause) -> str:
    return "logged" if cause.side == "raw" else "served"


def _done(cause: Cause, spec: CauseSpec) -> str:
    phrase = spec.phrases[cause.variant]
    if cause.side == "raw":
        phrase = spec.logged.get(cause.variant, phrase)
    return _formatted(phrase, cause) + _members(cause)


def _members(cause: Cause) -> str:
    """Return whose fault it is, where that is not the feature itself; else nothing."""
    members = cause.parameters.get("member")
    if not isinstance(members, tuple):
        return ""
    names = [printable(name, 40) for name in members]
    what = "a feature" if len(names) == 1 else "features"
    return f" (of {shortened(names)}, {what} of the same row)"


def _of_several(cause: Cause, spec: CauseSpec) -> str:
    logged = cause.side == "raw" and spec.together_logged
    together = _formatted(logged or spec.together, cause) + _members(cause)
    done = _done(cause, spec) if cause.variant else together
    number = f"{len(cause.features)} of {_detail(cause, 'of')} features"
    shares = _detail(cause, "shares")
    many = _how_many(shares) if isinstance(shares, tuple) else ""
    return f"{number} were {_side(cause)} {done}{many}{places.sentence(cause.place)}"


def _detail(cause: Cause, key: str) -> object:
    return None if cause.details is None else cause.details.get(key)


def _how_many(shares: Sequence[float]) -> str:
    """Return `, in 10 % of the rows`; nothing where it is all of them."""
    if min(shares) > places.ALL_SHARE:
        return ""
    if max(shares) > places.ALL_SHARE:
        return ", in up to all rows"
    alike = len(set(map(percent, shares))) == 1
    return f", in {'' if alike else 'up to '}{percent(max(shares))} of the rows"


def _without_values(cause: Cause, spec: CauseSpec) -> str:
    rows = "all rows" if cause.share > ALL_ROWS_SHARE else f"{percent(cause.share)} of the rows"
    text = rows if cause.place is None else f"{rows}, {places.where(cause.place)}"
    if not spec.mechanical:
        return f"the distribution{'' if cause.place is None else f' ({text})'} moved"
    figures = ", ".join(f"{key} {_plain(value)}" for key, value in cause.parameters.items())
    return f"{text}: {cause.code.replace('_', ' ')}{f' ({figures})' if figures else ''}"


def _plain(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _formatted(phrase: str, cause: Cause) -> str:
    """Return a phrase of the catalogue with the parameters and details of a cause."""
    fields = {"used": cause.parameters, **cause.parameters, **(cause.details or {})}
    return _Phrases(fields).vformat(phrase, (), fields)


class _Phrases(Formatter):
    """Formats the fields of phrases; what is no number has format specifications of its own."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        """Take all fields of the phrase: figures are told from those beside them."""
        self.fields = fields

    def format_field(self, value: object, format_spec: str) -> str:
        """Return one field: figures, steps, places, methods, and whatever Python formats."""
        if format_spec in _WORDS:
            return _WORDS[format_spec](value)
        if isinstance(value, Mapping):
            return self._figures(value, format_spec)
        return format(value, format_spec)

    def _figures(self, figures: Mapping[str, object], format_spec: str) -> str:
        """Return `mean 8.13, std 9.38`: in six digits, or as many as tell used from training's."""
        if format_spec:
            return ", ".join(
                f"{key} {format(value, format_spec)}" for key, value in figures.items()
            )
        used, training = self.fields.get("used"), self.fields.get("training")
        other = training if figures is used else used
        others = other if isinstance(other, Mapping) else {}
        return _figures(figures, others)


def _apart(value: object, other: object) -> str:
    if not isinstance(value, float):
        return str(value)
    if not isinstance(other, float):
        return f"{value:.6g}"
    # Nearer than this is what the fit of float32 values leaves.
    if math.isclose(value, other, rel_tol=1e-7):
        return f"{value:.6g}"
    return next(
        (text for n in range(6, 17) if (text := f"{value:.{n}g}") != f"{other:.{n}g}"), repr(value)
    )


def _step(settings: object) -> str:
    """Return a step by what tells it from its kind: `log10`, `ln`, `0 to 1`, `power`."""
    if not isinstance(settings, Mapping):
        return str(settings)
    op, base, ends = settings.get("op"), settings.get("base"), settings.get("range")
    if isinstance(ends, Sequence):
        return f"{ends[0]:g} to {ends[1]:g}"
    if isinstance(base, float):
        name = "ln" if base == math.e else f"log{base:g}"
        return name if op == "log" else f"log{base:g}(1 + x)"
    return str(op)


def _bounds(bounds: object) -> str:
    items = bounds.items() if isinstance(bounds, Mapping) else ()
    return " and ".join(f"a {key} of {value:.6g}" for key, value in items)


def _without(keys: object) -> str:
    return "".join(f", without its {key}" for key in keys) if isinstance(keys, tuple) else ""


def _pairs(pairs: object) -> str:
    listed = pairs if isinstance(pairs, tuple) else ()
    return ", ".join(f"{after:g} for {before:g}" for after, before in listed)


def _decimals(number: object) -> str:
    return f"{number} decimal{'' if number == 1 else 's'}"


def _codes(codes: object) -> str:
    listed = codes if isinstance(codes, tuple) else ()
    more = f" and {len(listed) - _MOST_CODES} more" if len(listed) > _MOST_CODES else ""
    return ", ".join(f"{code:.6g}" for code in listed[:_MOST_CODES]) + more


def _rows(place: object) -> str:
    """Return the rows on which parameters were computed."""
    return places.computed_on(place) if isinstance(place, Place) else _SCOPES[str(place)]


def _parts(place: object) -> str:
    return places.parts(place) if isinstance(place, Place) else str(place)


def _columns(value: object) -> str:
    names = [printable(str(name), 40) for name in value] if isinstance(value, tuple) else []
    return shortened(names)


def _scales(value: object) -> str:
    """Return `Rome mean 0.31, std 0.46 where training has mean 0.3, std 0.458`, of few columns."""
    scales = value if isinstance(value, tuple) else ()
    written = [
        f"{printable(str(column), 40)} {_figures(used, training)} where training has"
        f" {_figures(training, used)}"
        for column, used, training in scales[:_MOST_SCALES]
    ]
    more = f" and {len(scales) - _MOST_SCALES} more" if len(scales) > _MOST_SCALES else ""
    return "; ".join(written) + more


def _figures(figures: Mapping[str, object], others: Mapping[str, object]) -> str:
    return ", ".join(f"{key} {_apart(v, others.get(key))}" for key, v in figures.items())


_WORDS = {
    "method": lambda op: _METHODS.get(str(op), str(op)), "moments": lambda op: _MOMENTS[str(op)],
    "step": _step, "bounds": _bounds, "without": _without, "pairs": _pairs,
    "decimals": _decimals, "codes": _codes, "parts": _parts,
    "scales": _scales, "rows": _rows, "columns": _columns, "scope": scope_text,
    "lag": states.lag, "life": states.life, "state": states.scope,
}  # fmt: skip
"""Format specifications of the catalogue's phrases."""
