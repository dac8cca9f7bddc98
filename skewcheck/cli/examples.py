"""Two examples for the help of each command; they run in a folder of `skewcheck demo`."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, str]] = {
    "audit": (
        "audit demo/params.json demo/clean.csv --served '{feature}_norm'",
        "audit demo/params.json demo/clean --by host --report html=out.html",
    ),
    "profile": (
        "profile demo/params.json demo/clean.csv -o part.skw",
        "profile demo/params.json demo/clean --no-sample -o part.skw",
    ),
    "bisect": (
        "bisect demo/clean.csv --parameters demo/params.json",
        "bisect demo/clean --parameters demo/params.json --format json",
    ),
    "fit": (
        "fit demo/train.parquet -o params.json",
        "fit demo/train.parquet --normalize minmax:fare --exclude 'request_*'",
    ),
    "init": (
        "init demo/params.json demo/clean.csv",
        "init demo/params.json demo/clean.csv -o -",
    ),
    "show": ("show demo/params.json", "show demo/params.json --features 'trip_*'"),
    "diff": (
        "diff demo/params.json demo/params.json",
        "diff old.json new.json --format json",
    ),
    "verify": (
        "verify demo/params.json",
        "verify demo/params.json --model model.pkl",
    ),
    "policy": ("policy", "policy --threshold psi=0.1 --fail-on warn -o policy.json"),
    "apply": (
        "apply demo/params.json demo/clean.csv -o out.parquet",
        "apply demo/params.json demo/clean.csv --features fare -o out.csv",
    ),
    "export": (
        "export demo/params.json --to python -o transform.py",
        "export demo/params.json --to sql --table rides --features fare",
    ),
    "inject": (
        "inject unit_change demo/params.json demo/clean.csv -o bad.csv",
        "inject drift demo/params.json demo/clean.csv --share 0.2 -o bad.csv",
    ),
    "power": (
        "power demo/params.json",
        "power demo/params.json --rows 500 --audits 20 --features 'trip_*'",
    ),
    "rows": ("rows demo/params.json", "rows demo/params.json -o golden.jsonl"),
    "check-rows": (
        "check-rows demo/params.json answers.jsonl",
        "check-rows demo/params.json - --format junit -o rows.xml",
    ),
    "history": (
        "history --state runs --features 'trip_*' --verbose",
        "history --state runs --format html -o history.html",
    ),
    "accept": (
        "accept demo/params.json --state runs --until now --why zones",
        "accept demo/params.json --state runs --until 2026-11-01 --why winter",
    ),
    "explain": ("explain", "explain normalized_twice"),
    "demo": ("demo", "demo /tmp/rides"),
}
"""By command: what stands behind `skewcheck`."""
