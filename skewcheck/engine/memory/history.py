"""The history of a state folder: a JSON line per run that was measured, and one per delivery.

A run counts as delivered once a line names its id: until then nobody has seen its report.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from math import isfinite, log10
from pathlib import Path

from skewcheck.catalogue.tests import COVERAGE, NIGHTS
from skewcheck.engine.memory import HISTORY
from skewcheck.engine.memory.lines import append_line, lines_of
from skewcheck.results.audit import Audit, FeatureAudit, JudgedTest
from skewcheck.results.policy import Policy
from skewcheck.results.shown import shown_tests, valueless
from skewcheck.results.verdicts import Verdict
from skewcheck.text.atomic import write

HISTORY_BYTES = 16_000_000
"""A longer history loses its older half: it holds thousands of runs, read in under a second."""
BADNESS = {Verdict.WARN.value: 1, Verdict.INCONCLUSIVE.value: 2, Verdict.SKEW.value: 3}
"""Of the verdicts that alarm."""
MAX_EXCESS = 1000.0
"""Largest effect over threshold that is stored: a chart cannot show more."""

LEAST_P = 1e-300
"""Least p-value whose logarithm is stored: float64 holds hardly smaller ones."""
MAX_COUNT = 10**15
"""Rows of a run at most: more than any log has, and a column of them stays narrow."""
MODEL_KEYS = ("name", "version", "sha256")
"""What is kept of the metadata of a model."""
MAX_MODEL = 200
"""Characters of each: more than any name that people read, and a line stays short."""


@dataclass(frozen=True, slots=True)
class FeatureRecord:
    """The verdict on one feature in one run; it holds no value of the data."""

    verdict: str
    excess: float | None
    """The largest effect over threshold of its tests, as `--no-values` shows effects; None without
    any, as of fewer than 50 rows."""
    causes: tuple[str, ...] = ()
    """Codes."""
    fails: bool = True
    """Whether that verdict alone gave exit code 1 by the policy of the run."""
    test: str = ""
    """The code of the test with that effect; empty without one, and in lines before 1.0."""
    evidence: float | None = None
    """The decimal logarithm of the evidence of a standing shift; None where none was judged."""


@dataclass(frozen=True, slots=True)
class Run:
    """One audit as a line of the history."""

    at: str
    """When it began: ISO time, UTC."""
    verdict: str
    parameters: str
    fingerprint: str
    exit_code: int
    files: int
    rows: int
    features: Mapping[str, FeatureRecord]
    id: str = ""
    """What the line of its delivery names; empty in lines of version 0.1, which had none."""
    coverage: str = ""
    """The verdict on the rows of the log that were lost, if it is `skew` or `warn`."""
    coverage_fails: bool = True
    """As of a feature."""
    logs: tuple[str, ...] = ()
    """Digests of the places of its logs, as `engine.memory.places` has them; empty in
    lines of version 0.1."""
    evidence: float | None = None
    """The decimal logarithm of the evidence of a standing shift over all nights, of the feature
    with most; None where none was judged."""
    delivered: bool = True
    """Whether its report got out; a line says so after its own."""
    parameter_places: tuple[str, ...] = ()
    """Digests of the place of the parameter file; empty without one, and in lines before 1.0."""
    model: Mapping[str, str] = field(default_factory=dict)
    """Name, version and sha256 of the model, as far as the parameter file has them."""

    @property
    def alarms(self) -> dict[tuple[str, str], str]:
        """Return verdicts by feature and code of the cause; by the verdict where it has none.

        Without features that are `ok` or `untested`.
        """
        return {alarm: verdict for alarm, verdict, _ in self._alarms()}

    @property
    def failing(self) -> frozenset[tuple[str, str]]:
        """Return those of its alarms that gave exit code 1 by its policy."""
        return frozenset(alarm for alarm, _, fails in self._alarms() if fails)

    def _alarms(self) -> Iterator[tuple[tuple[str, str], str, bool]]:
        if self.coverage in BADNESS:
            yield ("log", COVERAGE.code), self.coverage, self.coverage_fails
        for name, record in self.features.items():
            if record.verdict in BADNESS:
                for code in record.causes or (record.verdict,):
                    yield (name, code), record.verdict, record.fails


def run_of(audit: Audit) -> Run:
    """Return the line of the history of an audit."""
    coverage = audit.coverage.verdict if audit.coverage else Verdict.OK
    policy = audit.policy
    return Run(
        str(audit.run.get("started", "")),
        audit.verdict.value,
        audit.parameters_path,
        audit.fingerprint,
        audit.exit_code,
        len(audit.logs.files),
        audit.logs.rows,
        {
            feature.name: _record(feature, _shown(feature, audit), policy)
            for feature in audit.features
        },
        coverage=coverage.value if coverage in (Verdict.SKEW, Verdict.WARN) else "",
        coverage_fails=exit_code(policy, "", coverage) == 1,
        evidence=_evidence(test for feature in audit.features for test in feature.tests),
        model={key: str(audit.model[key])[:MAX_MODEL] for key in MODEL_KEYS if key in audit.model},
    )


def _evidence(tests: Iterable[JudgedTest]) -> float | None:
    p_values = [t.p_value for t in tests if t.spec is NIGHTS and t.p_value is not None]
    return round(-log10(max(min(p_values), LEAST_P)), 2) if p_values else None


def exit_code(policy: Policy, feature: str, verdict: Verdict) -> int:
    """Return the exit code that a verdict on a feature gives by itself."""
    failed = verdict is Verdict.INCONCLUSIVE and policy.inconclusive_of(feature) == "fail"
    return policy.exit_code(verdict, failed=failed)


def _shown(feature: FeatureAudit, audit: Audit) -> tuple[JudgedTest, ...]:
    """Return its tests as `--no-values` shows them: an effect of few rows is a value of theirs."""
    if not audit.values:
        return feature.tests
    alpha = audit.policy.alpha
    return shown_tests(feature.tests, feature.rows, valueless(feature), alpha, whole=True)


def _record(feature: FeatureAudit, shown: Sequence[JudgedTest], policy: Policy) -> FeatureRecord:
    ratios = [
        (abs(test.effect) / test.threshold, test.name)
        for test in shown
        if test.threshold and test.effect is not None
    ]
    largest, name = max(ratios, default=(0.0, ""))
    excess = min(float(f"{largest:.4g}"), MAX_EXCESS) if ratios else None
    codes = tuple(dict.fromkeys(cause.code for cause in feature.causes))
    fails = exit_code(policy, feature.name, feature.verdict) == 1
    evidence = _evidence(feature.tests)
    return FeatureRecord(feature.verdict.value, excess, codes, fails, name, evidence)


def runs(folder: Path) -> list[Run]:
    """Return the runs of a state folder, oldest first; lines that are none are left out."""
    return [run for run in records(folder) if run is not None]


def records(folder: Path) -> list[Run | None]:
    """Return the runs of a state folder, oldest first, and None for each damaged line."""
    past: list[Run | None] = []
    places: dict[str, int] = {}
    for line in lines_of(folder / HISTORY):
        match _record_of(line):
            case Run() as run:
                places[run.id] = len(past)
                past.append(run)
            case str() as id_:
                run_then = past[places[id_]] if id_ in places else None
                if run_then is not None:
                    past[places[id_]] = replace(run_then, delivered=True)
            case None:
                past.append(None)
    return past


def damaged(folder: Path) -> int:
    """Return the number of lines of a history that are no run, and so are left out of `runs`."""
    return records(folder).count(None)


def _record_of(line: bytes) -> Run | str | None:
    """Return the run of a line, or the id of one that was delivered.

    None for a damaged line: half of it, as a killed run leaves it, or any other content.
    """
    # The last two: numbers beyond float64, and brackets inside of brackets.
    errors = ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError
    with suppress(*errors):
        record = json.loads(line)
        if "delivered" in record and "verdict" not in record:
            return _text(record["delivered"])
        features = {name: _feature(stored) for name, stored in record["features"].items()}
        at, verdict, parameters, fingerprint = (
            _text(record[key]) for key in ("at", "verdict", "parameters", "fingerprint")
        )
        code, files, rows = (_count(record[key]) for key in ("exit_code", "files", "rows"))
        id_, coverage = (_text(record.get(key, "")) for key in ("id", "coverage"))
        return Run(
            at, verdict, parameters, fingerprint, code, files, rows, features, id_, coverage,
            _flag(record.get("coverage_fails", True)), _texts(record.get("logs", [])),
            _odds(record.get("evidence")), not id_, _texts(record.get("parameter_places", [])),
            {_text(key): _text(value) for key, value in record.get("model", {}).items()},
        )  # fmt: skip
    return None


def _feature(stored: Mapping[str, object]) -> FeatureRecord:
    """Return what a line says of a feature; ValueError, TypeError or KeyError if it is damaged."""
    excess, codes = stored["excess"], stored["causes"]
    if excess is not None:
        if isinstance(excess, bool) or not isinstance(excess, int | float) or not excess >= 0:
            raise ValueError("no ratio")
        excess = min(float(excess), MAX_EXCESS)
    fails = _flag(stored.get("fails", True))
    test, evidence = _text(stored.get("test", "")), _odds(stored.get("evidence"))
    return FeatureRecord(_text(stored["verdict"]), excess, _texts(codes), fails, test, evidence)


def _odds(value: object) -> float | None:
    """Return evidence in the range that is written: others would be odds of 300 digits."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise TypeError("no number")
    return min(max(float(value), 0.0), -log10(LEAST_P))


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return tuple(map(_text, value))


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
        raise ValueError("no count")
    return value


def append(folder: Path, run: Run) -> None:
    """Append a run that was measured; UsageError where it cannot be written."""
    record = {key: value for key, value in asdict(run).items() if key != "delivered"}
    for feature in record["features"].values():
        if feature["evidence"] is None:
            del feature["evidence"]  # few features have any: lines stay short
    size = append_line(folder / HISTORY, record)
    if size > HISTORY_BYTES:
        lines = lines_of(folder / HISTORY)
        write(folder / HISTORY, b"".join(line + b"\n" for line in lines[len(lines) // 2 :]))


def confirm(folder: Path, run: Run) -> None:
    """Append that the report of a run got out; UsageError where it cannot be written."""
    append_line(folder / HISTORY, {"delivered": run.id})
