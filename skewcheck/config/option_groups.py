"""Under which title `--help` lists an option: by its key, whatever the command."""

from __future__ import annotations

from collections.abc import Mapping

OTHERS = "Options"
"""The title of options that are in no group, and of all of a command with few."""
FEW = 8
"""Options of a command up to which titles would be longer than what they part."""
GROUPS: Mapping[str, tuple[str, ...]] = {
    "The code": ("to", "table", "dialect", "dtype"),
    "The fault": ("feature", "share", "seed", "numbers", "by_file"),
    "Training": (
        "normalize", "categorical", "parameters", "model", "prediction", "label", "metric",
        "positive", "strata", "no_rows",
    ),
    "Features and their columns": (
        "features", "exclude", "raw", "served", "names", "group", "columns",
    ),
    "Which rows": (
        "where", "since", "until", "last", "time_column", "min_rows", "settle", "rows", "audits",
    ),
    "How logs are read": (
        "layout", "join", "within", "max_bad", "null_values", "version", "as_of", "sql",
        "no_sample", "engine", "workers",
    ),
    "What is compared": (
        "reference", "history", "by", "cluster", "every", "baseline", "importance",
    ),
    "What fails": (
        "alpha", "correction", "thresholds", "fail_on", "inconclusive", "allow_missing", "ignore",
    ),
    "From run to run": ("state", "state_hash", "learn", "only_new_alarms"),
    "Settings": ("config", "gate", "policy_lock", "repo"),
    "Report": (
        "format", "output", "report", "webhook", "webhook_header", "webhook_on", "mlflow",
        "opentelemetry", "quiet", "verbose", "every_test", "no_values", "no_progress",
    ),
}  # fmt: skip
"""By title, in the order of `--help`."""


def titles() -> dict[str, str]:
    """Return the title of each key that has one."""
    return {key: title for title, keys in GROUPS.items() for key in keys}
