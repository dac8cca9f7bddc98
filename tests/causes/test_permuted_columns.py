"""Columns of a matrix in another order are one cause of all their features.

Servers are written by hand in NumPy. What an order is called follows from how it is made.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import servers
from matrices import NAMES, ORDERS, audited, matrix, raw, reordered
from servers import mechanical, placed

import skewcheck
from skewcheck import Audit
from skewcheck.reports.words.causes import sentence
from skewcheck.results.causes import Cause

ROWS = 4000
HOSTS = np.array(["web-1", "web-2", "web-3"])[np.random.default_rng(8).integers(0, 3, ROWS)]
TIMES = 1_700_000_000 + 60 * np.arange(ROWS)


def told_once(audit: Audit) -> Cause:
    """Return the only root cause, which is the only cause of each feature that alarms."""
    (root,) = audit.causes
    assert root.code == "swapped_features"
    for feature in audit.features:
        assert [cause.code for cause in feature.causes] in ([], ["swapped_features"])
        assert bool(feature.causes) == (feature.name in root.features)
    return root


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("rule", ORDERS)
def test_all_rows(rule: str, paired: bool) -> None:
    log = raw(ROWS, 2)
    served = reordered(matrix(log), ORDERS[rule], np.ones(ROWS, bool))
    root = told_once(audited(served, log if paired else None))
    assert (root.variant, root.parameters["order"], root.place) == (rule, rule, None)
    assert root.confidence >= 0.9
    assert len(root.features) >= 5


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("rule", ORDERS)
def test_one_host(rule: str, paired: bool) -> None:
    log = raw(ROWS, 2)
    served = reordered(matrix(log), ORDERS[rule], HOSTS == "web-2")
    root = told_once(audited(served, log if paired else None, host=HOSTS))
    assert (root.variant, placed(root)) == (rule, "host = web-2")
    assert root.share == pytest.approx((HOSTS == "web-2").mean(), abs=0.01)


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("rule", ORDERS)
def test_since_some_minute(rule: str, paired: bool) -> None:
    log = raw(ROWS, 2)
    served = reordered(matrix(log), ORDERS[rule], np.arange(ROWS) >= 2700)
    root = told_once(audited(served, log if paired else None, ts=TIMES))
    assert root.variant == rule
    assert root.place is not None
    assert root.place.since == pytest.approx(TIMES[2700], abs=15 * 60)
    assert root.place.until is None


def test_which_column_has_which() -> None:
    log = raw(ROWS, 2)
    served = reordered(matrix(log), ORDERS["alphabetical"], np.ones(ROWS, bool))
    taken = dict(zip(NAMES, ORDERS["alphabetical"], strict=True))
    for audit in (audited(served, log), audited(served)):
        causes = {feature.name: feature.causes[0] for feature in audit.features if feature.causes}
        columns = causes["city"].parameters["columns"]
        assert columns == {
            x: taken[f"city_{x}"] for x in ("rome", "oslo", "bern")
            if taken[f"city_{x}"] != f"city_{x}"
        }  # fmt: skip
        assert causes["age"].parameters["feature"] == taken["age"].split("_")[0]


def test_a_label_in_front_is_said() -> None:
    log = raw(ROWS, 2)
    served = reordered(matrix(log), ORDERS["shifted"], np.ones(ROWS, bool))
    root = told_once(audited(served))
    assert root.parameters == {"swapped": "values", "order": "shifted", "shift": 1}
    assert sentence(root) == "6 of 6 features were served with columns shifted by +1"


@pytest.mark.parametrize("rows", [700, 3000])
@pytest.mark.parametrize("side", ["raw", "before", "after"])
def test_numbers_before_and_after_normalization(side: str, rows: int) -> None:
    names = list(servers.STEPS)
    log = servers.world(rows, 5)
    swapped = {n: log[x] for n, x in zip(names, sorted(names), strict=True)}
    right = servers.right(log)
    if side == "raw":
        audit = skewcheck.audit(servers.KNOWN, pa.table(swapped))
    elif side == "before":
        audit = servers.served_only(servers.right(swapped))
    else:
        audit = servers.served_only(
            {n: right[x] for n, x in zip(names, sorted(names), strict=True)}
        )
    root = told_once(audit)
    assert root.variant == "alphabetical"
    assert root.side == ("raw" if side == "raw" else "served")


def test_raw_columns_in_another_order_beside_right_served_ones() -> None:
    log, names = servers.world(3000, 5), list(servers.STEPS)
    swapped = {n: log[x] for n, x in zip(names, sorted(names), strict=True)}
    root = told_once(servers.audited(swapped, servers.right(log)))
    assert (root.side, root.variant) == ("raw", "alphabetical")


def test_two_features_are_a_pair_and_three_a_cycle() -> None:
    log = servers.world(3000, 5)
    right = servers.right(log)
    pair = {**right, "count": right["temp"], "temp": right["count"]}
    (root,) = servers.audited(log, pair).causes
    assert (root.variant, root.features) == ("pair", ("count", "temp"))
    cycle = {**right, "count": right["temp"], "temp": right["dist"], "dist": right["count"]}
    (root,) = servers.audited(log, cycle).causes
    assert (root.variant, set(root.features)) == ("cycle", {"count", "temp", "dist"})


def test_another_fault_beside_it_keeps_its_cause() -> None:
    log = servers.world(3000, 5)
    right = servers.right(log)
    names = ["count", "fare", "quarter", "temp", "dist"]
    served = {**right, **{n: right[x] for n, x in zip(names, names[::-1], strict=True)}}
    served["ratio"] = log["ratio"]
    audit = servers.audited(log, served)
    assert servers.causes(audit, "ratio") == ["not_normalized"]
    assert servers.causes(audit, "dist") == ["swapped_features"]


@pytest.mark.parametrize("seed", range(12))
def test_features_that_drift_together_are_in_no_other_order(seed: int) -> None:
    """Every number moves and widens by itself, levels take other shares."""
    rng = np.random.default_rng(seed)
    log = raw(ROWS, 100 + seed)
    moved = {
        name: values if values.dtype.kind == "U"
        else np.round(values * rng.uniform(0.6, 1.6) + rng.normal(0, 1) * values.std(), 2)
        for name, values in log.items()
    }  # fmt: skip
    moved["city"] = rng.choice(["rome", "oslo", "bern"], ROWS, p=rng.dirichlet([2, 2, 2]))
    moved["visits"] = rng.poisson(rng.uniform(1, 9), ROWS).astype(float)
    for audit in (audited(matrix(moved)), audited(matrix(moved), host=HOSTS, ts=TIMES)):
        assert not [c for f in audit.features for c in f.causes if "order" in c.parameters]
        assert not [c for c in audit.causes if c.code == "swapped_features"]


@pytest.mark.parametrize("seed", range(8))
def test_hosts_and_hours_with_worlds_of_their_own_are_in_no_other_order(seed: int) -> None:
    """Each host has another world, or each quarter of the log, and no server did anything."""
    rng = np.random.default_rng(seed)
    log = raw(ROWS, 200 + seed)
    quarters = np.arange(ROWS) * 4 // ROWS
    for groups, more in ((HOSTS, {"host": HOSTS}), (quarters, {"ts": TIMES})):
        moved = {name: values.copy() for name, values in log.items()}
        for group in np.unique(groups):
            here = groups == group
            for name in ("age", "fare", "visits", "load"):
                factor, shift = rng.uniform(0.5, 1.8), rng.normal() * log[name].std()
                moved[name][here] = np.round(log[name][here] * factor + shift, 2)
            shares = rng.dirichlet([2, 2, 2])
            moved["city"][here] = rng.choice(["rome", "oslo", "bern"], here.sum(), p=shares)
        for audit in (audited(matrix(moved), **more), audited(matrix(moved), moved, **more)):
            assert not [c for f in audit.features for c in f.causes if "order" in c.parameters]


@pytest.mark.parametrize("seed", range(6))
def test_features_that_are_alike_and_drift_are_in_no_other_order(seed: int) -> None:
    """Six counts of one family: each takes a mean that another may have had in training."""
    rng = np.random.default_rng(seed)
    means = {name: 1.0 + i for i, name in enumerate("abcdef")}
    train = {name: rng.poisson(mean, 6000).astype(float) for name, mean in means.items()}
    known = skewcheck.fit(pa.table(train))
    scales = {f.name: (float(train[f.name].mean()), float(train[f.name].std()))
              for f in known.features}  # fmt: skip
    log = {n: rng.poisson(m * rng.uniform(0.5, 2.0), 3000).astype(float) for n, m in means.items()}
    served = {n: (x - scales[n][0]) / scales[n][1] for n, x in log.items()}
    for audit in (
        skewcheck.audit(known, pa.table(served), served="{feature}"),
        skewcheck.audit(known, pa.table(log)),
    ):
        assert not [c for f in audit.features for c in f.causes if "order" in c.parameters]


def test_a_right_matrix_has_no_cause() -> None:
    log = raw(ROWS, 3)
    assert mechanical(audited(matrix(log), log, host=HOSTS)) == {}
    assert mechanical(audited(matrix(log), host=HOSTS)) == {}
