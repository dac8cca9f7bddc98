"""What weakens a gate: every option has an order or a reason, and by hand what each says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from skewcheck.config import options as o
from skewcheck.config.settings import settings
from skewcheck.config.types import Settings, SettingsFile
from skewcheck.config.weaker import NOT_GATING, RULES, weakenings
from skewcheck.lock.policy import content, read
from skewcheck.results.policy import Weakening

NAMES = ("fare", "fare_tax", "tip", "zone")


def of(**options: object) -> Settings:
    """Return settings, with a column of times where options need one."""
    timed = {"since", "until", "last", "every", "within"} & {*options}
    return settings({**({"time_column": "ts"} if timed else {}), **options})


def keys(chosen: Settings, base: Settings | None = None) -> list[str]:
    return [weakening.key for weakening in weakenings(chosen, base, NAMES)]


def test_every_option_of_an_audit_has_an_order_or_none_on_purpose() -> None:
    options = {*o.of("audit")}
    assert options == {*RULES} | NOT_GATING
    assert not {*RULES} & NOT_GATING
    own = {"config", "gate", "format", "output"}
    of_files = {"parameters", "logs"}  # held where a settings file names them
    assert {*o.of("policy")} - own == {*RULES} - of_files


WEAKER: list[tuple[dict[str, object], dict[str, object], str]] = [
    ({"fail_on": "never"}, {}, "fail_on"),
    ({"fail_on": "skew"}, {"fail_on": "warn"}, "fail_on"),
    ({"inconclusive": "pass"}, {}, "inconclusive"),
    ({}, {"inconclusive": "fail"}, "inconclusive"),
    ({"exclude": "fare"}, {}, "exclude"),
    ({"exclude": "fare*"}, {"exclude": "fare"}, "exclude"),
    ({"features": "tip"}, {}, "features"),
    ({"allow_missing": True}, {}, "allow_missing"),
    ({"only_new_alarms": True, "state": "s"}, {"state": "s"}, "only_new_alarms"),
    ({"state": "s"}, {"state": "s", "state_hash": "full"}, "state_hash"),
    ({"ignore": "psi:fare@2026-12-31"}, {}, "ignore"),
    ({"ignore": "psi:*@2026-12-31"}, {"ignore": "psi:fare@2027-12-31"}, "ignore"),
    ({"ignore": "psi:fare@2027-12-31"}, {"ignore": "psi:fare@2026-12-31"}, "ignore"),
    ({"thresholds": "psi=99"}, {}, "thresholds.psi"),
    ({}, {"thresholds": "mean=0.5"}, "thresholds.mean"),
    # A chosen threshold of a share judges values beyond an assumed range; the usual one does not.
    ({}, {"thresholds": "range=0.05"}, "thresholds.range"),
    ({"alpha": 0.001}, {}, "alpha"),
    ({"alpha": 0.9}, {}, "alpha"),
    ({}, {"correction": "bh"}, "correction"),
    ({"served": "none"}, {}, "served"),
    ({}, {"served": "{feature}_n"}, "served"),
    ({"served": "{feature}_copy"}, {"served": "{feature}_n"}, "served"),
    ({"raw": "{feature}_copy"}, {}, "raw"),
    ({"names": "b,a"}, {"names": "a,b"}, "names"),
    ({"group": "b"}, {"group": "a"}, "group"),
    ({"columns": "b,a"}, {"columns": "a,b"}, "columns"),
    ({"parameters": "a.json"}, {}, "parameters"),
    ({"parameters": "a.json"}, {"parameters": "b.json"}, "parameters"),
    ({"logs": ["a", "b"]}, {}, "logs"),
    ({"logs": ["a", "b"]}, {"logs": ["a"]}, "logs"),
    ({"reference": "log.csv"}, {}, "reference"),
    ({"reference": "log.csv"}, {"reference": "train.csv"}, "reference"),
    ({"null_values": ["-1"]}, {}, "null_values"),
    ({"version": 0}, {}, "version"),
    ({"version": 3}, {"version": 4}, "version"),
    ({"as_of": "2026-11-02"}, {}, "as_of"),
    ({"join": "id"}, {}, "join"),
    ({"join": "id"}, {"join": "id=request_id"}, "join"),
    ({"join": "id", "within": "1h"}, {"join": "id", "within": "2h"}, "within"),
    ({"join": "id", "time_column": "ts"}, {"join": "id", "within": "2h"}, "within"),
    ({"sql": "select * from log where ok"}, {"sql": "select * from log"}, "sql"),
    ({"layout": "docker"}, {}, "layout"),
    ({"layout": "docker"}, {"layout": "cri"}, "layout"),
    ({"where": "kind=predict"}, {}, "where"),
    ({"where": ["kind!=a", "b in 1,2"]}, {"where": "kind!=a"}, "where"),
    ({"max_bad": 0.5}, {}, "max_bad"),
    ({"cluster": "user"}, {}, "cluster"),
    ({}, {"min_rows": 100}, "min_rows"),
    ({"since": "2026-11-02"}, {}, "since"),
    ({"since": "2026-11-02"}, {"since": "2026-11-01"}, "since"),
    ({"until": "2026-11-02"}, {}, "until"),
    ({"until": "2026-11-02"}, {"until": "2026-11-03"}, "until"),
    ({"last": "24h"}, {}, "last"),
    ({"last": "24h"}, {"last": "2d"}, "last"),
    ({"settle": "60s"}, {}, "settle"),
    ({"thresholds": "nights=0.5"}, {}, "thresholds.nights"),
    ({"features": {"fare": {"nights": 0.5}}}, {}, 'features."fare".nights'),
    ({"learn": 30, "state": "s"}, {"state": "s"}, "learn"),
    ({"time_column": "other"}, {"time_column": "ts"}, "time_column"),
    ({"every": "1d"}, {"every": "1h"}, "every"),
    ({}, {"every": 5000, "time_column": None}, "every"),
    ({"by": "none"}, {}, "by"),
    # More windows and segments share one alpha: an alarm near it would pass.
    ({"by": "b,a"}, {"by": "a"}, "by"),
    ({"by": "a"}, {}, "by"),
    ({"every": "1h"}, {}, "every"),
    ({"by": "a"}, {"by": "a,b"}, "by"),
    ({"by": "a", "baseline": "log.csv"}, {"by": "a"}, "baseline"),
    ({"history": ["old.json"]}, {}, "history"),
    (
        {"only_new_alarms": True, "state": "mine"}, {"only_new_alarms": True, "state": "s"},
        "state",
    ),
    ({"features": {"fare": {"psi": 0.5}}}, {}, 'features."fare".psi'),
    ({"features": {"fare": {"psi": 0.5}}}, {"thresholds": "psi=0.3"}, 'features."fare".psi'),
    ({}, {"features": {"fare*": {"psi": 0.1}}}, "thresholds.psi"),
    (
        {"features": {"f*": {"psi": 0.2}}}, {"features": {"fare*": {"psi": 0.1}}},
        'features."f*".psi',
    ),
    # The log as a whole has no name, which this pattern fits.
    ({"features": {"*": {"coverage": 1}}}, {}, 'features."*".coverage'),
    ({"features": {"fare": {"untested": "pass"}}}, {}, 'features."fare".untested'),
    ({"features": {"fare": {"inconclusive": "pass"}}}, {}, 'features."fare".inconclusive'),
    ({}, {"features": {"fare": {"inconclusive": "fail"}}}, "inconclusive"),
    ({"features": {"fare": {"served": "none"}}}, {}, 'features."fare".served'),
    (
        {"served": "{feature}_n", "features": {"fare": {"served": "copy"}}},
        {"served": "{feature}_n"}, 'features."fare".served',
    ),
    ({"features": {"fare": {"raw": "copy"}}}, {}, 'features."fare".raw'),
    ({}, {"features": {"fare": {"raw": "usd"}}}, "raw"),
]  # fmt: skip
"""Options, those of a base, and the key by which they are weaker."""


@pytest.mark.parametrize(("options", "base", "key"), WEAKER)
def test_what_is_weaker_than_a_lock(
    options: dict[str, object], base: dict[str, object], key: str
) -> None:
    assert keys(of(**options), of(**base)) == [key]
    assert keys(of(**options), of(**options)) == []


def test_every_rule_is_tried() -> None:
    assert {key.split(".")[0] for _, _, key in WEAKER} == {*RULES}


STRICTER: list[tuple[dict[str, object], dict[str, object]]] = [
    ({"fail_on": "warn"}, {}),
    ({"inconclusive": "fail"}, {}),
    ({"features": "*"}, {}),
    ({"features": "fare,fare_tax,tip,zone"}, {}),
    ({"exclude": "absent"}, {}),
    ({"exclude": "fare,fare_tax"}, {"exclude": "fare*"}),
    ({"ignore": "psi:absent@2026-12-31"}, {}),
    ({"ignore": "psi:fare@2020-01-01"}, {}),  # it has ended
    ({"ignore": "psi:fare@2026-12-30"}, {"ignore": "psi:fare*@2026-12-31"}),
    ({"thresholds": "psi=0.1,mean=0.5"}, {}),
    ({}, {"thresholds": "psi=0.3"}),
    ({"alpha": 0.05, "correction": "bh"}, {}),
    ({"served": "{feature}_n"}, {}),
    ({"served": "{feature}_n"}, {"served": "none"}),
    ({}, {"served": "none"}),
    ({"names": "a,b", "columns": "a,b", "time_column": "ts", "state": "s"}, {}),
    ({"time_column": "ts"}, {"last": "24h"}),
    ({"settle": "0s"}, {}),
    ({"features": {"fare": {"psi": 0.1, "mean": 1, "inconclusive": "fail"}}}, {}),
    ({"features": {"absent*": {"psi": 9, "untested": "pass", "raw": "x"}}}, {}),
    ({"features": {"fare": {"raw": "fare_usd"}}, "raw": "{feature}_usd"}, {"raw": "{feature}_usd"}),
]
"""Options by which nothing passes that the base stops."""


@pytest.mark.parametrize(("options", "base"), STRICTER)
def test_what_is_not_weaker_than_a_lock(
    options: dict[str, object], base: dict[str, object]
) -> None:
    assert keys(of(**options), of(**base)) == []


@pytest.mark.parametrize(
    "options",
    [
        {}, {"raw": "{feature}_raw"}, {"reference": "train.csv"}, {"history": ["old.json"]},
        {"served": "{feature}_n"}, {"by": "a", "baseline": "other.csv"}, {"state": "s"},
        {"features": {"fare": {"served": "fare_scaled"}}},
    ],
)  # fmt: skip
def test_the_defaults_leave_open_what_has_no_default(options: dict[str, object]) -> None:
    assert keys(of(**options)) == []


def test_values_and_features_are_told() -> None:
    chosen = of(exclude="fare*", thresholds="psi=99", last="48h", inconclusive="pass")
    assert weakenings(chosen, None, NAMES) == (
        Weakening("inconclusive", "pass", None),
        Weakening("exclude", ("fare*",), None, ("fare", "fare_tax")),
        Weakening("thresholds.psi", 99.0, 0.2),
        Weakening("last", "2d", None),
    )
    many = of(fail_on="never", cluster="c", ignore="ks:tip@2026-12-31", features={"tip": {"ks": 9}})
    assert keys(many) == ["fail_on", "cluster", 'features."tip".ks', "ignore"]
    tables = of(features={"fare*": {"psi": 99}})
    (psi,) = weakenings(tables, None, NAMES)
    assert psi == Weakening('features."fare*".psi', 99.0, 0.2, ("fare", "fare_tax"))


def test_without_a_parameter_file_patterns_stand_for_features() -> None:
    chosen = of(exclude="fare*", features={"tip": {"psi": 99}}, ignore="ks:zone@2026-12-31")
    found = {w.key: w.features for w in weakenings(chosen)}
    assert found == {"exclude": (), 'features."tip".psi': (), "ignore": ()}
    assert weakenings(of(features="*")) == ()
    assert [w.key for w in weakenings(of(features="fare"))] == ["features"]


def test_the_same_policy_is_the_same_data_whatever_the_order() -> None:
    first = of(exclude="b,a", thresholds={"psi": 0.1, "ks": 0.3},
               features={"fare*": {"psi": 0.1}, "tip": {"raw": "t", "ks": 1}})  # fmt: skip
    second = of(features={"tip": {"ks": 1.0, "raw": "t"}, "fare*": {"psi": "0.1"}},
                thresholds="ks=0.3,psi=0.1", exclude=["a", "b", "a"])  # fmt: skip
    assert first.data() == second.data()
    assert [*first.data()] == sorted(first.data())


def test_the_order_of_tables_counts_where_both_fit_a_name() -> None:
    tables: list[tuple[str, dict[str, float]]] = [("fare*", {"psi": 0.1}), ("f*", {"psi": 0.3})]
    one, other = (of(features=dict(order)) for order in (tables, tables[::-1]))
    assert one.data() != other.data()
    assert keys(other, one) == ['features."f*".psi']


def test_moments_and_lengths_are_the_same_however_they_are_written() -> None:
    texts = of(since="2026-11-01T01:00:00+01:00", every="24h").data()
    objects = of(since=datetime(2026, 11, 1, tzinfo=UTC), every=timedelta(days=1)).data()
    assert texts == objects
    assert (texts["since"], texts["every"]) == ("2026-11-01T00:00:00+00:00", "1d")


def test_a_reference_or_a_state_of_a_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who brings the file may bring the data and the folder that it names."""
    monkeypatch.chdir(tmp_path)
    named = {"reference": "train.csv", "state": "st"}
    by_flags = replace(of(**named), file=SettingsFile("skewcheck.toml", ("alpha",)))
    by_file = replace(of(**named), file=SettingsFile("skewcheck.toml", ("reference", "state")))
    assert (keys(by_flags), keys(by_file)) == ([], ["reference"])
    assert keys(by_flags, of()) == ["reference"]
    assert keys(by_file, of()) == ["reference", "state"]
    Path("lock.json").write_text(content(by_file))
    assert keys(replace(by_file, min_rows=0), read("lock.json")) == ["min_rows"]
