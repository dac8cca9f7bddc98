"""How many layouts of logs are audited rightly as they lie: `python layouts.py`.

Writes LAYOUTS.md: each layout is written with a right server and with three wrong ones, and audited
without an option, with `--layout` where a preset is of it, and with a template where its records
have names. Right is: the right server exits 0, and of each wrong one exactly the affected features
are skew.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from layouts_of_files import FILES
from layouts_of_servers import SERVERS, Writer
from layouts_of_values import VALUES
from logged import AFFECTED, Log, World

import skewcheck
from skewcheck.text.errors import SkewcheckError

GROUPS: dict[str, dict[str, Writer]] = {"files": FILES, "servers": SERVERS, "values": VALUES}
PRESETS = {
    "SageMaker": "sagemaker", "Vertex": "vertex", "Azure": "azureml", "Databricks": "databricks",
    "MLflow": "mlflow", "KServe V1": "kserve-v1", "KServe V2": "kserve-v2", "Triton": "triton",
    "Seldon": "seldon", "TorchServe": "torchserve", "BentoML": "bentoml", "Ray": "ray-serve",
    "TensorFlow": "tensorflow-serving", "Feast": "feast", "Hopsworks": "hopsworks",
    "CloudEvents": "cloudevents", "Debezium": "debezium", "Kafka": "kafka-connect",
    "fluentd": "fluentd", "docker": "docker", "CRI": "cri", "CloudWatch": "cloudwatch",
    "Stackdriver": "stackdriver", "journald": "journald",
}  # fmt: skip
"""The preset of a layout, by the beginning of its name."""
TEMPLATES: dict[str, dict[str, str]] = {
    "Databricks, dataframe_records": {"raw": "request.dataframe_records[].{feature}"},
    "Databricks, instances": {"raw": "request.instances.{feature}"},
    "TorchServe": {"raw": "line.body.data.{feature}"},
    "Ray Serve": {"raw": "line.features.{feature}"},
    "Feast": {"raw": "rides__{feature}"},
    "Hopsworks": {"raw": "untransformed_features.{feature}"},
    "CloudEvents": {"raw": "data.raw.{feature}"},
    "Debezium": {"raw": "payload.after.{feature}"},
    "fluentd": {"raw": "line.features.{feature}"},
    "docker": {"raw": "log.features.{feature}"},
    "CRI": {"raw": "line.features.{feature}"},
    "CloudWatch": {"raw": "logEvents[].message.features.{feature}"},
    "Stackdriver": {"raw": "jsonPayload.features.{feature}"},
    "journald": {"raw": "MESSAGE.features.{feature}"},
    "JSON in Parquet": {"raw": "features.{feature}"},
    "structs": {"raw": "raw.{feature}"},
    "prefixes on both sides": {"raw": "in_{feature}"},
}
"""Where the raw side is, of layouts in which it has names; the served side is looked for."""
NOT_TRIED = (
    "Logs at gs://, abfss:// and hdfs:// (the same code as s3://, without a service to try it on);"
    " Hudi (refused); PostgreSQL, TFRecord and PredictionLog (tests/logs); CSV without a header,"
    " which needs --columns; logs of two files that need --join."
)

ABOUT = (
    "Made by `make layouts`. Each layout is written by the format's own library with a right server"
    " and three wrong ones (another standard deviation of `fare`, `fare` not normalized, `dist` and"
    " `hours` swapped): 1,000 rows of four numbers and a one-hot of three levels, parameters of a"
    " scikit-learn ColumnTransformer. Right: exit 0 for the right server, and exactly the affected"
    " features are skew for each wrong one; in parentheses what there was to compare."
)


@dataclass(frozen=True)
class Outcome:
    """What an audit says, and whether that is right."""

    verdict: str
    """`right`, `refused`, `held` or `wrong`."""
    mode: str = ""
    detail: str = ""


@dataclass
class Tried:
    """The outcomes of one layout, by the server, of each way to audit it."""

    group: str
    layout: str
    ways: dict[str, dict[str, Outcome]] = field(default_factory=dict)

    def cell(self, way: str) -> str:
        """Return what the page says of a way: right, or how often it was what else."""
        outcomes = self.ways.get(way)
        if outcomes is None:
            return ""
        counts = Counter(outcome.verdict for outcome in outcomes.values())
        if counts == {"right": len(outcomes)}:
            return f"right ({outcomes['right'].mode})"
        return ", ".join(f"{n} {verdict}" for verdict, n in counts.items())

    def is_right(self, way: str) -> bool:
        """Return whether all servers were judged rightly."""
        return all(outcome.verdict == "right" for outcome in self.ways[way].values())


def audited(parameters: Path, log: Path, affected: set[str], options: Mapping[str, str]) -> Outcome:
    """Audit a log of which so many features are served wrong."""
    try:
        audit = skewcheck.audit(parameters, log, **options)
    except SkewcheckError as error:
        return Outcome("refused", detail=str(error).replace(str(log.parent), ""))
    skewed = {f.name for f in audit.features if f.verdict.value == "skew"}
    if skewed == affected and audit.exit_code == int(bool(affected)):
        return Outcome("right", audit.logs.mode)
    detail = f"exit {audit.exit_code}, skew: {', '.join(sorted(skewed)) or 'none'}"
    return Outcome("held" if audit.exit_code == 3 else "wrong", audit.logs.mode, detail)


def tried(world: World, write: Writer, folder: Path, group: str, layout: str) -> Tried:
    """Return the outcome for each server and way."""
    result = Tried(group, layout)
    preset = next((name for start, name in PRESETS.items() if layout.startswith(start)), None)
    ways: dict[str, Mapping[str, str]] = {"no option": {}}
    if group == "servers" and preset is not None:
        ways["--layout"] = {"layout": preset}
    if layout in TEMPLATES:
        ways["template"] = TEMPLATES[layout]
    servers: dict[str, tuple[Log, set[str]]] = {"right": (world.right, set())}
    servers |= {name: (log, AFFECTED[name]) for name, log in world.wrong.items()}
    for name, (log, affected) in servers.items():
        place = folder / name.replace(" ", "-")
        place.mkdir()
        path = write(log, place)
        for way, options in ways.items():
            outcome = audited(world.parameters, path, affected, options)
            result.ways.setdefault(way, {})[name] = outcome
    return result


def report(table: list[Tried], seconds: float) -> str:
    """Return the page."""
    lines = [
        "# Layouts of logs that are audited as they lie", "",
        ABOUT, "",
        "| audited | layouts | all four right | any wrong verdict | asked |",
        "|---|--:|--:|--:|--:|",
    ]  # fmt: skip
    for way, asked in (("no option", 0.70), ("--layout", 0.95), ("template", 0.95)):
        having = [t for t in table if way in t.ways]
        right = sum(t.is_right(way) for t in having)
        wrong = sum(any(o.verdict == "wrong" for o in t.ways[way].values()) for t in having)
        share = right / max(len(having), 1)
        lines.append(f"| {way} | {len(having)} | {right} ({share:.0%}) | {wrong} | {asked:.0%} |")
    lines += ["", "| layout | no option | --layout | template |", "|---|---|---|---|"]
    lines += [
        f"| {t.layout} | {t.cell('no option')} | {t.cell('--layout')} | {t.cell('template')} |"
        for t in table
    ]
    lines += ["", f"Not tried: {NOT_TRIED}", "", f"{seconds:.0f} s, {platform.processor()}", ""]
    return "\n".join(lines)


def main() -> None:
    """Try all layouts, or those of a name or group; write LAYOUTS.md if all were tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="layouts with this in their name")
    parser.add_argument("--group", default="", help="that group alone")
    given = parser.parse_args()
    begun = time.perf_counter()
    table: list[Tried] = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        world = World.made(root)
        for group, layouts in GROUPS.items():
            for layout, write in layouts.items():
                if given.only in layout and given.group in group:
                    folder = root / group / layout.replace(" ", "-")
                    folder.mkdir(parents=True)
                    table.append(tried(world, write, folder, group, layout))
    for t in table:
        for way, outcomes in t.ways.items():
            if not t.is_right(way):
                details = next((o.detail for o in outcomes.values() if o.detail), "")
                print(f"{t.layout}, {way}: {t.cell(way)}: {details}")
    text = report(table, time.perf_counter() - begun)
    if not (given.only or given.group):
        Path(__file__).with_name("LAYOUTS.md").write_text(text)
    print("\n".join(text.splitlines()[4:10]))


if __name__ == "__main__":
    main()
