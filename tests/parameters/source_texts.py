"""The numbers of a scaler as programs of each language hold them, written by the tests alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

Lists = Mapping[str, Sequence[float]]
"""Numbers by the kind that their name says: mean, std, data_min ..."""


def _joined(values: Sequence[float], suffix: str = "") -> str:
    return ", ".join(f"{float(x)!r}{suffix}" for x in values)


def _texts(names: Sequence[str]) -> str:
    return ", ".join(json.dumps(name) for name in names)


def _header(lists: Lists, names: Sequence[str]) -> str:
    """Return C with a name beside each number, in comments."""
    lines = ["#ifndef SCALER_H", "#define SCALER_H", "#include <stdint.h>", "/* it's a scaler */"]
    for kind, values in lists.items():
        lines.append(f"static const double SCALER_{kind.upper()}[{len(values)}] PROGMEM = {{")
        lines += [f"    {float(x)!r},  // {name}" for x, name in zip(values, names, strict=True)]
        lines.append("};")
    return "\n".join([*lines, "#endif", ""])


def _cpp(lists: Lists, names: Sequence[str]) -> str:
    count = len(names)
    lines = [f"constexpr std::array<const char*, {count}> kFeatureNames = {{{_texts(names)}}};"]
    for kind, values in lists.items():
        name = "k" + "".join(word.title() for word in kind.split("_"))
        lines.append(
            f"inline constexpr std::array<double, {count}> {name}{{{{{_joined(values)}}}}};"
        )
    return "\n".join(lines)


def _javascript(lists: Lists, names: Sequence[str]) -> str:
    members = "".join(f"  {kind}: [{_joined(values)}],\n" for kind, values in lists.items())
    return (
        "const quotes = /[\"'`]/g;  // a pattern\n"
        f"export const SCALER = {{\n{members}  features: [{_texts(names)}],\n}};\n"
    )


def _typescript(lists: Lists, names: Sequence[str]) -> str:
    lines = [f"export const FEATURE_ORDER: string[] = [{_texts(names)}] as const;"]
    lines += [
        f"export const {kind}: readonly number[] = [{_joined(values)}]"
        for kind, values in lists.items()
    ]
    return "\n".join(lines)


def _python(lists: Lists, names: Sequence[str]) -> str:
    lines = ['"""MEAN = [1.0]"""', "import numpy as np", f"FEATURES = [{_texts(names)}]"]
    lines += [
        f"{kind.upper()} = np.array([{_joined(values)}], dtype=np.float64)"
        for kind, values in lists.items()
    ]
    return "\n".join(lines)


def _java(lists: Lists, names: Sequence[str]) -> str:
    arrays = "".join(
        f"    private static final double[] {kind.upper()} = {{{_joined(values, 'd')}}};\n"
        for kind, values in lists.items()
    )
    features = f"    static final String[] FEATURES = new String[] {{{_texts(names)}}};\n"
    return f"class Scaler {{\n{features}{arrays}}}\n"


def _go(lists: Lists, names: Sequence[str]) -> str:
    lines = ["package scaler", f"var featureNames = []string{{{_texts(names)}}}"]
    lines += [
        f"var {kind.title().replace('_', '')} = [...]float64{{{_joined(values)}}}"
        for kind, values in lists.items()
    ]
    return "\n".join(lines)


def _rust(lists: Lists, names: Sequence[str]) -> str:
    count = len(names)
    lines = [
        "/* one /* inside */ another */ fn longest<'a>(x: &'a str) -> &'a str { x }",
        f"pub const FEATURE_NAMES: [&str; {count}] = [{_texts(names)}];",
    ]
    lines += [
        f"pub const {kind.upper()}: [f64; {count}] = [{_joined(values, '_f64')}];"
        for kind, values in lists.items()
    ]
    return "\n".join(lines)


LANGUAGES: Mapping[str, Callable[[Lists, Sequence[str]], str]] = {
    "h": _header, "c": _header, "ino": _header, "hpp": _cpp, "cpp": _cpp, "js": _javascript,
    "ts": _typescript, "py": _python, "java": _java, "go": _go, "rs": _rust,
}  # fmt: skip
"""By the ending of the file's name."""
