"""Several causes in one log, and where each sits: segments, files, since when."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from servers import KNOWN, audited, causes, first, of, paired, placed, right, world

import skewcheck
from skewcheck.causes.evidence import SampledRows, SegmentCodes
from skewcheck.causes.places import AffectedRows, located, of_mask
from skewcheck.counts.rows import FILE, segment_column
from skewcheck.reports import FORMATS
from skewcheck.reports.words.causes import sentence
from skewcheck.reports.words.features import message
from skewcheck.reports.words.places import where as words
from skewcheck.text.errors import UsageError

ROWS = 4000
LOG = world(ROWS, 3)
RIGHT = right(LOG)
HOST = np.array([f"web-{i}" for i in range(8)])[np.random.default_rng(0).integers(0, 8, ROWS)]
START = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
TIMES = START + 10.0 * np.arange(ROWS)
AT_2000 = "2026-11-01 05:33"  # 20,000 seconds later


def faulty(bad: np.ndarray) -> dict[str, np.ndarray]:
    return {**RIGHT, "fare": np.where(bad, LOG["fare"], RIGHT["fare"])}


@pytest.mark.parametrize("by", [None, "auto", "host", ["host"]])
def test_one_host_of_eight(by: str | list[str] | None) -> None:
    bad = HOST == "web-7"
    cause = first(audited(LOG, faulty(bad), host=HOST, by=by), "fare")
    assert (cause.code, placed(cause)) == ("not_normalized", "host = web-7")
    assert cause.share == pytest.approx(bad.mean(), abs=1e-3)
    assert sentence(cause).count("web-7") == 1


def test_by_none_locates_nothing_but_files() -> None:
    assert (
        placed(first(audited(LOG, faulty(HOST == "web-7"), host=HOST, by="none"), "fare")) is None
    )


def test_a_column_that_is_not_there() -> None:
    with pytest.raises(UsageError, match=r"^audit\(by=...\): no column 'hots'"):
        audited(LOG, RIGHT, host=HOST, by="hots")


def test_versions_that_are_numbers() -> None:
    version = np.where(np.random.default_rng(1).random(ROWS) < 0.2, 12, 11)
    cause = first(audited(LOG, faulty(version == 12), version=version), "fare")
    assert placed(cause) == "version = 12"


def test_since_when() -> None:
    late = np.arange(ROWS) >= 2000
    for bad, where in (
        (late, f"since {AT_2000}"),
        (late & (HOST == "web-7"), f"host = web-7 since {AT_2000}"),
    ):
        audit = audited(LOG, faulty(bad), host=HOST, ts=TIMES, time_column="ts")
        place = placed(first(audit, "fare")) or ""
        assert place[:-3] == where[:-3]  # the first row of web-7 may come a minute later
        assert abs(int(place[-2:]) - 33) <= 2


def test_until_when() -> None:
    middle = (np.arange(ROWS) >= 1000) & (np.arange(ROWS) < 2000)
    cause = first(audited(LOG, faulty(middle), host=HOST, ts=TIMES, time_column="ts"), "fare")
    assert placed(cause) == f"since 2026-11-01 02:46 until {AT_2000}"
    early = np.arange(ROWS) < 2000
    cause = first(audited(LOG, faulty(early), host=HOST, ts=TIMES, time_column="ts"), "fare")
    assert placed(cause) == f"until {AT_2000}"


def test_a_fault_at_all_times_has_no_time() -> None:
    for seed in range(20):
        bad = np.random.default_rng(seed).random(ROWS) < 0.005
        cause = first(audited(LOG, faulty(bad), host=HOST, ts=TIMES, time_column="ts"), "fare")
        assert placed(cause) is None


def test_an_identifier_is_no_place() -> None:
    ids = np.array([f"request {i}" for i in range(ROWS)])
    audit = audited(LOG, faulty(HOST == "web-7"), host=ids, version=HOST, by="host,version")
    assert placed(first(audit, "fare")) == "version = web-7"
    assert placed(first(audited(LOG, faulty(HOST == "web-7"), host=ids, by="host"), "fare")) is None


def test_hosts_that_are_folders(tmp_path: Path) -> None:
    for i in range(3):
        part = {name: values[1000 * i : 1000 * (i + 1)] for name, values in LOG.items()}
        served = right(part)
        if i == 2:
            served["fare"] = part["fare"]
        folder = tmp_path / f"host=web-{i}"
        folder.mkdir()
        pq.write_table(paired(part, served), folder / "a.parquet")
    audit = skewcheck.audit(KNOWN, str(tmp_path), served="{feature}_norm")
    assert placed(first(audit, "fare")) == "host = web-2"
    audit = skewcheck.audit(KNOWN, str(tmp_path), served="{feature}_norm", by="none")
    assert (placed(first(audit, "fare")) or "").startswith("file = host=web-2")


def test_two_faults_on_two_hosts() -> None:
    seven, three = HOST == "web-7", HOST == "web-3"
    served = faulty(seven)
    served["fare"] = np.where(three, (LOG["fare"] - 20) / 30, served["fare"])
    by_code = {c.code: c for c in of(audited(LOG, served, host=HOST), "fare").causes}
    assert by_code.keys() == {"not_normalized", "wrong_parameters"}
    assert placed(by_code["not_normalized"]) == "host = web-7"
    assert by_code["not_normalized"].share == pytest.approx(seven.mean(), abs=0.005)
    assert placed(by_code["wrong_parameters"]) == "host = web-3"
    assert by_code["wrong_parameters"].share == pytest.approx(three.mean(), abs=0.005)
    assert by_code["wrong_parameters"].parameters == pytest.approx(
        {"mean": 20, "std": 30}, rel=1e-9
    )


def test_rows_that_nothing_explains_are_counted() -> None:
    noise = np.random.default_rng(5).normal(0, 1, ROWS)
    served = faulty(HOST == "web-7")
    served["fare"] = np.where(HOST == "web-3", noise, served["fare"])
    audit = audited(LOG, served, host=HOST)
    assert causes(audit, "fare") == ["not_normalized"]
    share = 100 * (HOST == "web-3").mean()
    assert f"{share:.3g} % of the rows differ without a known mechanism" in message(
        of(audit, "fare")
    )


def test_no_values_hides_segments_and_numbers() -> None:
    served = faulty(HOST == "web-7")
    served["fare"] = np.where(HOST == "web-7", (LOG["fare"] - 123) / 456, served["fare"])
    served["temp"] = np.where(HOST == "web-7", 0.777, served["temp"])
    audit = audited(LOG, served, host=HOST, no_values=True)
    for name in ("json", "terminal"):
        text = FORMATS[name](audit)
        assert not [word for word in ("web-7", "0.777", "raw ") if word in text]
    assert causes(audit, "fare") == ["wrong_parameters"]
    assert placed(first(audit, "fare")) == "host = (hidden)"
    share = 100 * (HOST == "web-7").mean()
    phrase = f"{share:.3g} % of the rows, host = (hidden): wrong parameters (mean 123, std 456)"
    assert message(of(audit, "fare")).startswith(phrase)


def test_no_values_hides_the_moments_of_a_few_rows() -> None:
    served = {"fare": (LOG["fare"] - 123) / 456}
    for rows, shown in ((40, ()), (400, ("mean", "std"))):
        log = {"fare": LOG["fare"][:rows]}
        audit = audited(log, {"fare": served["fare"][:rows]}, no_values=True)
        assert tuple(first(audit, "fare").parameters) == shown


def rows(bad: np.ndarray, **segments: np.ndarray) -> AffectedRows:
    """Return the whole log as the sample, its bad rows all explained by one cause."""
    columns = {}
    for name, values in segments.items():
        distinct, codes = np.unique(values, return_inverse=True)
        key = FILE if name == "files" else segment_column(name)
        columns[key] = SegmentCodes(tuple(str(value) for value in distinct), codes)
    log = SampledRows(np.zeros(len(bad)), segments=columns)
    return of_mask(log, bad)


def where(bad: np.ndarray, **segments: np.ndarray) -> str | None:
    place = located(rows(bad, **segments))
    return None if place is None else words(place)


def test_purity_and_coverage() -> None:
    host = np.repeat(["a", "b", "c", "d"], 100)
    for bad, expected in (
        (host == "b", ("host = b", 1.0, 1.0)),
        ((host == "b") & (np.arange(400) % 2 == 0), ("host = b", 1.0, 0.5)),
        (np.arange(400) % 4 == 0, None),
        ((host == "b") | (host == "c"), ("host = b, c", 1.0, 1.0)),
        ((host == "b") | (np.arange(400) < 4), ("host = b", 100 / 104, 1.0)),
        ((host == "b") | (np.arange(400) < 10), None),
    ):
        place = located(rows(bad, host=host))
        located_place = None if place is None else (words(place), place.coverage, place.purity)
        assert located_place == expected


def test_many_values_are_counted() -> None:
    host = np.array([f"web-{i:02}" for i in range(20)])[np.arange(4000) % 20]
    bad = np.isin(np.arange(4000) % 20, [1, 4, 7, 11, 13, 17])
    assert where(bad, host=host) == "6 of 20 values of host: web-01, web-04, web-07 and 3 more"
    assert where(np.arange(4000) % 20 < 4, host=host) == "host = web-00, web-01, web-02, web-03"


def test_the_column_of_fewest_values_is_told() -> None:
    host = np.arange(4000) % 20
    version = np.where(host < 3, "new", "old")
    pod = np.random.default_rng(0).integers(0, 500, 4000)
    assert where(host < 3, host=host, version=version, files=version) == "version = new"
    assert where(host < 3, host=host, pod=pod) == "host = 0, 1, 2"
    assert where(host < 3, pod=pod) is None


@pytest.mark.parametrize("values", [2, 8, 50, 400])
def test_no_set_is_named_by_chance(values: int) -> None:
    rng = np.random.default_rng(values)
    named = 0
    for _ in range(200):
        host = rng.integers(0, values, 1000)
        bad = rng.random(1000) < rng.choice([0.004, 0.02, 0.1, 0.5])
        named += where(bad, host=host) is not None
    assert named <= 2


def test_one_or_two_rows_have_no_place() -> None:
    bad = np.arange(400) < 2
    assert where(bad, host=np.where(bad, "a", "b")) is None
    assert where(bad[:0], host=np.array([], str)) is None


def test_two_hosts_of_eight() -> None:
    cause = first(audited(LOG, faulty(np.isin(HOST, ["web-3", "web-7"])), host=HOST), "fare")
    assert placed(cause) == "host = web-3, web-7"
    assert (cause.place.purity, cause.place.coverage) == (1.0, 1.0)
    assert "(all rows of host = web-3, web-7, and no others) were served" in sentence(cause)


def test_how_much_of_a_place() -> None:
    half = np.arange(ROWS) % 2 == 0
    seven, few = HOST == "web-7", np.arange(ROWS) % 200 == 0
    for bad, phrase in (
        (seven & half, r"\((half|[45]\d(\.\d)? %) of the rows of host = web-7, and no others\)"),
        (seven | few, r"\(all rows of host = web-7, and 3.\d* % of them elsewhere\)"),
    ):
        cause = first(audited(LOG, faulty(bad), host=HOST), "fare")
        assert placed(cause) == "host = web-7"
        assert re.search(phrase, sentence(cause)), sentence(cause)
        assert cause.place.purity == pytest.approx((bad & seven).sum() / seven.sum())
        assert cause.place.coverage == pytest.approx((bad & seven).sum() / bad.sum())


def test_times_are_those_of_all_rows() -> None:
    rng = np.random.default_rng(7)
    many, begin = 60_000, 30_000
    log = world(many, 4)
    served = right(log)
    late = (np.arange(many) >= begin) & (rng.random(many) < 0.9)
    late[[begin, many - 1]] = True
    served["fare"] = np.where(late, log["fare"], served["fare"])
    minutes = START + 60.0 * np.arange(many)  # a sample would miss the first by some minutes
    cause = first(audited(log, served, ts=minutes, time_column="ts"), "fare")
    since = datetime.fromtimestamp(minutes[begin], UTC)
    assert placed(cause) == f"since {since:%Y-%m-%d %H:%M}"
    assert f"rows since {since:%Y-%m-%d %H:%M}, and no others" in sentence(cause)
