"""Which columns an audit takes without an option: `python connected.py --data FOLDER`.

Writes CONNECTED.md: each set with both sides in several ways, by a right server, and by one that
divides one feature by another number. A clean log must pass without a hold, a wrong one must not.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from public_sets import SETS, columns, normalization, right, table
from worlds import Columns, Steps, world

import skewcheck
from skewcheck.text.errors import SkewcheckError

MAX_ROWS = 6_000
"""Rows of a set that are used, to keep the measurement short."""
FACTOR, SHIFT = 1.3, 0.2
"""By what the wrong server's deviation and mean differ."""
Written = pd.DataFrame | list[dict[str, object]]


def _beside(name: Callable[[str, int], str]) -> Callable[[pd.DataFrame, pd.DataFrame], Written]:
    def write(raw: pd.DataFrame, fed: pd.DataFrame) -> Written:
        return raw.join(fed.set_axis([name(c, i) for i, c in enumerate(fed)], axis=1))

    return write


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    values = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in values]


def _nested(one: str, other: str) -> Callable[[pd.DataFrame, pd.DataFrame], Written]:
    def write(raw: pd.DataFrame, fed: pd.DataFrame) -> Written:
        pairs = zip(_records(raw), _records(fed), strict=True)
        return [{one: dict(r), other: dict(s)} for r, s in pairs]

    return write


def _vector(raw: pd.DataFrame, fed: pd.DataFrame) -> Written:
    pairs = zip(_records(raw), _records(fed), strict=True)
    return [{"features": dict(r), "x": [*s.values()]} for r, s in pairs]


WAYS: Mapping[str, Callable[[pd.DataFrame, pd.DataFrame], Written]] = {
    "raw alone": lambda raw, _: raw,
    "{feature}_norm": _beside(lambda name, _: f"{name}_norm"),
    "NUM__{FEATURE}": _beside(lambda name, _: f"NUM__{name}".upper()),
    "{feature}_z": _beside(lambda name, _: f"{name}_z"),
    "f0, f1 ...": _beside(lambda _, place: f"f{place}"),
    "records: features, x": _nested("features", "x"),
    "records: raw, model_input": _nested("raw", "model_input"),
    "records: instance, shadow": _nested("instance", "shadow"),
    "a record and a vector": _vector,
}


def outcomes(folder: Path) -> Iterator[tuple[str, bool, str]]:
    """Yield the way, whether the server is wrong, and what the audit said."""
    for path in SETS:
        rows = table(folder / path)
        rows = rows.sample(min(len(rows), MAX_ROWS), random_state=1)
        steps = normalization(rows)
        raw = columns(rows, steps)
        known = world("connected", raw, steps, lambda *_: {}).parameters
        numeric = [name for name in steps if steps[name][0]["op"] == "zscore"]
        target = max(numeric, key=lambda name: len(np.unique(raw[name])))
        for wrong in (False, True):
            fed = _served(steps, raw, target if wrong else None)
            for way, write in WAYS.items():
                if way != "raw alone" or not wrong:
                    log = write(pd.DataFrame(raw), pd.DataFrame(fed))
                    yield way, wrong, _said(known, log, target if wrong else None)


def _served(steps: dict[str, Steps], raw: Columns, target: str | None) -> Columns:
    fed = right(steps, raw)
    return fed if target is None else {**fed, target: fed[target] / FACTOR + SHIFT}


def _said(known: skewcheck.Parameters, log: Written, target: str | None) -> str:
    """Return the outcome in a word or two, with `wrong` where it is."""
    with tempfile.TemporaryDirectory() as folder:
        given: pd.DataFrame | Path = Path(folder) / "log.jsonl"
        if isinstance(log, pd.DataFrame):
            given = log
        else:
            Path(folder, "log.jsonl").write_text("".join(f"{json.dumps(r)}\n" for r in log))
        try:
            audit = skewcheck.audit(known, given, by=["none"])
        except SkewcheckError:
            return "refused"
    skewed = {f.name for f in audit.features if f.verdict.value in ("skew", "warn")}
    if audit.exit_code == 3 and not skewed:
        return "held"
    expected = set() if target is None else {target}
    return "right" if skewed == expected and audit.exit_code == int(bool(expected)) else "wrong"


def report(found: list[tuple[str, bool, str]], seconds: float) -> str:
    """Return the page."""
    kinds = ("right", "held", "refused", "wrong")
    made = (
        f"Made by `make connected DATA=folder` in {seconds:.0f} s on {platform.machine()}: the"
        f" {len(SETS)} sets of `public_sets.py`, at most {MAX_ROWS:,} rows. The wrong server"
        f" divides one feature by {FACTOR} and adds {SHIFT}. Right: exit 0 without a hold, or"
        " exactly that feature is skew; held: exit 3; refused: exit 2."
    )
    lines = [
        "# Columns that are found without an option, on public sets", "", made, "",
        f"| both sides as | server | {' | '.join(kinds)} |", f"|---|---|{'--:|' * len(kinds)}",
    ]  # fmt: skip
    for way in WAYS:
        for wrong in (False, True):
            counts = Counter(said for w, is_wrong, said in found if (w, is_wrong) == (way, wrong))
            if counts:
                cells = " | ".join(str(counts[kind]) for kind in kinds)
                lines.append(f"| {way} | {'wrong' if wrong else 'right'} | {cells} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and write CONNECTED.md beside this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    begun = time.perf_counter()
    found = list(outcomes(parser.parse_args().data))
    text = report(found, time.perf_counter() - begun)
    Path(__file__).with_name("CONNECTED.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
