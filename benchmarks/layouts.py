"""How many layouts of logs are audited rightly as they lie: `python layouts.py`.

Writes LAYOUTS.md: each layout is written with a right server and with three wrong ones, and audited
without an option. Right is: the right server exits 0, and of each wrong one exactly the affected
features are skew.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from layouts_of_servers import SERVERS, Writer
from layouts_of_values import VALUES
from logged import AFFECTED, Log, World

import skewcheck
from skewcheck.text.errors import SkewcheckError

GROUPS: dict[str, dict[str, Writer]] = {"servers": SERVERS, "values": VALUES}


@dataclass(frozen=True)
class Outcome:
    """What an audit says, and whether that is right."""

    verdict: str
    """`right`, `refused`, `held` or `wrong`."""
    detail: str


def audited(parameters: Path, log: Path, affected: set[str]) -> Outcome:
    """Audit a log of which so many features are served wrong."""
    try:
        audit = skewcheck.audit(parameters, log)
    except SkewcheckError as error:
        return Outcome("refused", str(error).replace(str(log.parent), ""))
    skewed = {f.name for f in audit.features if f.verdict.value == "skew"}
    if skewed == affected and audit.exit_code == int(bool(affected)):
        return Outcome("right", audit.logs.mode)
    detail = f"exit {audit.exit_code}, skew: {', '.join(sorted(skewed)) or 'none'}"
    return Outcome("held" if audit.exit_code == 3 else "wrong", detail)


def tried(world: World, write: Writer, folder: Path) -> dict[str, Outcome]:
    """Return the outcome for each server."""
    servers: dict[str, tuple[Log, set[str]]] = {"right": (world.right, set())}
    servers |= {name: (log, AFFECTED[name]) for name, log in world.wrong.items()}
    outcomes = {}
    for name, (log, affected) in servers.items():
        place = folder / name.replace(" ", "-")
        place.mkdir()
        outcomes[name] = audited(world.parameters, write(log, place), affected)
    return outcomes


def main() -> None:
    """Try all layouts, or those of a name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="layouts with this in their name")
    parser.add_argument("--group", default="", help="that group alone")
    only, of_group = parser.parse_args().only, parser.parse_args().group
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        world = World.made(root)
        table: dict[str, dict[str, Outcome]] = {}
        for group, layouts in GROUPS.items():
            for layout, write in layouts.items():
                if only in layout and of_group in group:
                    folder = root / group / layout.replace(" ", "-")
                    folder.mkdir(parents=True)
                    table[layout] = tried(world, write, folder)
    for layout, outcomes in table.items():
        words = Counter(o.verdict for o in outcomes.values())
        print(layout, dict(words), next((o.detail for o in outcomes.values() if o.detail), ""))
    whole = sum(all(o.verdict == "right" for o in outcomes.values()) for outcomes in table.values())
    print(f"{whole} of {len(table)} in {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
