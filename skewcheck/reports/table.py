"""One row per feature and test, to append to a table: CSV, or Parquet where the file ends so.

What no test of the audit looked at, what holds it, where its settings are from and what weakens
its gate are rows of no feature: untested ones with the reason. Columns are those of
`Audit.to_pandas()`, with reasons in words. In CSV, control characters are written as escapes, and
text that a spreadsheet would take for a formula begins with `'`; Parquet has names as they are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from skewcheck.catalogue.tests import COVERAGE
from skewcheck.reports.summary import files_apart
from skewcheck.reports.words.coverage import coverage_text
from skewcheck.reports.words.gate import hold_text, not_tested_text
from skewcheck.reports.words.policy import source_text, weaker_text
from skewcheck.reports.words.reasons import reason
from skewcheck.results.audit import Audit
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import PLAIN, Options, visible

_FORMULA = ("=", "+", "-", "@")


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return CSV with a header; what has no value is empty."""
    columns = _columns(audit)
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([_cell(value) for value in row])
    return page.getvalue()


def parquet(audit: Audit) -> bytes:
    """Return a Parquet file with one row group; types do not depend on what was found."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = _columns(audit)
    kinds = {"rows": pa.int64(), "nulls": pa.int64()}
    kinds |= dict.fromkeys(_NUMBERS, pa.float64())
    arrays = [
        pa.array([_storable(x) for x in values], kinds.get(name, pa.string()))
        for name, values in columns.items()
    ]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_arrays(arrays, list(columns)), sink)
    file: bytes = sink.getvalue().to_pybytes()
    return file


def _columns(audit: Audit) -> dict[str, list[str | float | None]]:
    """Return the columns of an audit, the reasons of its tests in words."""
    tests = [test for feature in audit.features for test in feature.tests]
    columns = audit.columns()
    columns["reason"] = [reason(test) for test in tests]
    rows = list(_of_no_feature(audit))
    return {name: [*values, *(row.get(name) for row in rows)] for name, values in columns.items()}


def _of_no_feature(audit: Audit) -> Iterator[dict[str, str | None]]:
    """Yield what is to be said of the audit as a whole as rows without a feature."""
    texts = [(str(hold.code), hold_text(hold)) for hold in audit.holds]
    lost = coverage_text(audit.coverage)
    if lost and not any(hold.coverage for hold in audit.holds):
        texts.append((COVERAGE.code, lost))
    texts += files_apart(audit)
    texts += [(left_out.code, not_tested_text(left_out)) for left_out in audit.not_tested]
    if audit.in_force is not None:
        texts += [("settings_file", text)] if (text := source_text(audit.in_force)) else []
        texts += [("weaker_gate", text)] if (text := weaker_text(audit.in_force)) else []
    for code, text in texts:
        yield {
            "started": _text(audit.run.get("started")),
            "model": _text(audit.model.get("name")),
            "test": code,
            "verdict": Verdict.UNTESTED.value,
            "reason": text,
        }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


_NUMBERS = (
    "importance", "statistic", "effect", "expected", "p_value", "p_adjusted", "threshold",
)  # fmt: skip


def _storable(value: str | float | None) -> str | float | None:
    """A name may hold bytes that are no text."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value


def _cell(value: str | float | None) -> str | float | None:
    if not isinstance(value, str):
        return value
    text = visible(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
