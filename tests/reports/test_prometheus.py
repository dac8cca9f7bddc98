"""Parsed back with the parser of the official client."""

from dataclasses import replace

import golden
import pytest
from prometheus_client.parser import text_string_to_metric_families
from reports.sample import NASTY, clean, many, nasty

from skewcheck.reports import FORMATS
from skewcheck.reports.redact import without_values
from skewcheck.results.audit import Audit

Series = dict[tuple[str, ...], float]


def parsed(audit: Audit, model: str | None = "fares") -> dict[str, Series]:
    """Return figures by metric and by labels but the model, which they all have."""
    found: dict[str, Series] = {}
    for family in text_string_to_metric_families(FORMATS["prometheus"](audit)):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            labels = dict(sample.labels)
            assert labels.pop("model") == model or model is None
            key = tuple(
                labels[name] for name in ("feature", "test", "verdict", "what") if name in labels
            )
            assert key not in found.setdefault(sample.name, {})
            found[sample.name][key] = sample.value
    return found


def test_golden(audit: Audit) -> None:
    golden.assert_same("prometheus.prom", FORMATS["prometheus"](audit))


def test_every_test_of_every_feature(audit: Audit) -> None:
    found = parsed(audit)
    names = {feature.name: feature for feature in audit.features if len(feature.name) < 80}
    for name, feature in names.items():
        for test in feature.tests:
            assert found["skewcheck_statistic"].get((name, test.name)) == test.statistic
            assert found["skewcheck_effect"].get((name, test.name)) == test.effect
            assert found["skewcheck_threshold"].get((name, test.name)) == test.threshold
    verdicts = found["skewcheck_verdict"]
    assert [
        verdicts[key] for key in (("fare", "ks"), ("surge", "ks"), ("payment_type", "linf"))
    ] == [3, 2, 1]
    assert (verdicts["trip_miles", "ks"], verdicts["zone", "chi2"]) == (0, -1)
    assert found["skewcheck_feature_verdict"]["tip",] == 0


def test_the_whole(audit: Audit) -> None:
    found = parsed(audit)
    whole = {name: series[()] for name, series in found.items() if () in series}
    begun = 1793491200  # date -u -d 2026-11-01 +%s
    assert whole == {
        "skewcheck_audit_verdict": 3,
        "skewcheck_exit_code": 1,
        "skewcheck_holds": 0,
        "skewcheck_rows": 200_000,
        "skewcheck_duration_seconds": 1.25,
        "skewcheck_last_success_timestamp_seconds": begun + 1.25,
        "skewcheck_newest_row_timestamp_seconds": 1795132800,
        "skewcheck_newest_row_age_seconds": begun - 1795132800,
        "skewcheck_features_dropped": 0,
    }
    assert found["skewcheck_features"] == {
        ("skew",): 3, ("inconclusive",): 1, ("warn",): 1, ("ok",): 3, ("untested",): 1,
    }  # fmt: skip


def test_what_was_not_tested(audit: Audit) -> None:
    found = parsed(audit)
    assert found["skewcheck_not_tested"] == {("raw_only",): 1, ("dependence",): 1}


def test_what_is_not_known_has_no_series(audit: Audit) -> None:
    found = parsed(replace(audit, run={}, logs=replace(audit.logs, newest=None)))
    assert not {
        "skewcheck_duration_seconds", "skewcheck_last_success_timestamp_seconds",
        "skewcheck_newest_row_timestamp_seconds", "skewcheck_newest_row_age_seconds",
    } & found.keys()  # fmt: skip
    assert found["skewcheck_rows"] == {(): 200_000}


def test_the_second_of_the_newest_row_is_a_value(audit: Audit) -> None:
    logs = replace(audit.logs, newest=1795132859.5)
    found = parsed(without_values(replace(audit, logs=logs)))
    assert found["skewcheck_newest_row_timestamp_seconds"] == {(): 1795132800}


def test_series_are_bounded_and_the_worst_are_kept(audit: Audit) -> None:
    fine = tuple(clean(f"fine_{i}") for i in range(5000))
    found = parsed(replace(audit, features=(*fine, *audit.features)))
    assert len(found["skewcheck_feature_verdict"]) == 200
    assert found["skewcheck_feature_verdict"]["fare",] == 3
    assert found["skewcheck_features_dropped"] == {(): 4809}
    assert found["skewcheck_features"]["ok",] == 5003
    assert sum(map(len, parsed(many(2000)).values())) < 6000


def test_names_stay_apart() -> None:
    audit = nasty()
    twins = ("a\\nb", "a\nb", "x" * 100, "x" * 101)
    features = [*audit.features, *(replace(audit.features[0], name=name) for name in twins)]
    found = parsed(replace(audit, features=tuple(features)), None)
    names = {name for (name,) in found["skewcheck_feature_verdict"]}
    assert len(names) == len(NASTY) + len(twins)
    assert {"q\"uo'te", "back\\slash", "a,b:c=d%", "{0} {curly}"} <= names
    assert max(map(len, names)) < 100


@pytest.mark.parametrize("model", [{}, {"name": ""}])
def test_audits_are_told_apart_by_their_parameters(audit: Audit, model: dict[str, str]) -> None:
    assert parsed(replace(audit, model=model), "params.json")
    assert parsed(replace(audit, model=model, parameters_path=""), "unnamed")
