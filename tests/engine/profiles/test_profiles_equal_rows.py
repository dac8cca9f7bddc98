"""An audit of profiles says what an audit of their rows says, however the files were split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hosts import TEMPLATE, days, parameters, said, served

import skewcheck

MODES: dict[str, dict[str, object]] = {
    "paired": {"served": TEMPLATE},
    "auto": {},
    "raw": {"served": "none"},
    "served": {"served": TEMPLATE, "raw": "no_{feature}"},
    "windows": {"served": TEMPLATE, "every": "1d", "time_column": "t"},
    "segments": {"served": TEMPLATE, "by": "host"},
    "both": {"served": TEMPLATE, "by": "host", "every": "1d", "time_column": "t"},
    "clusters": {"served": TEMPLATE, "cluster": "user"},
    "span": {"served": TEMPLATE, "time_column": "t", "since": "2026-11-12"},
    "some": {"served": TEMPLATE, "features": "fare,p*", "exclude": "pay"},
    "table": {"features": {"fare": {"raw": "fare", "served": "fare_norm"}}},
}
"""Which columns are counted, and in which parts."""


def split(seed: int, files: int) -> list[list[int]]:
    """Return files in groups, each in any order, none of them empty."""
    rng = np.random.default_rng(seed)
    of_file = rng.integers(0, rng.integers(1, files + 1), files)
    groups = [np.flatnonzero(of_file == group).tolist() for group in np.unique(of_file)]
    rng.shuffle(groups)
    return groups


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("mode", MODES)
def test_the_same_report(tmp_path: Path, mode: str, seed: int) -> None:
    options = MODES[mode]
    paths = days(tmp_path, parameters(tmp_path), 5)
    file = tmp_path / "p.json"
    whole = said(skewcheck.audit(file, paths, **options))
    names = []
    for number, group in enumerate(split(seed, len(paths))):
        names.append(str(tmp_path / f"{9 - number}.skw"))
        rows = skewcheck.profile(file, [paths[i] for i in group], names[-1], **options)
        assert rows or mode == "span"
    assert said(skewcheck.audit(file, names)) == whole
    # An option that is that of the profiles may be given again.
    assert said(skewcheck.audit(file, names[::-1], **options)) == whole


@pytest.mark.parametrize("seed", [2, 3])
def test_the_digits_of_text_are_kept(tmp_path: Path, seed: int) -> None:
    paths = days(tmp_path, parameters(tmp_path), 4, text=True)
    file = tmp_path / "p.json"
    groups = split(seed, len(paths))
    names = [str(tmp_path / f"{number}.skw") for number in range(len(groups))]
    for name, group in zip(names, groups, strict=True):
        skewcheck.profile(file, [paths[i] for i in group], name, served=TEMPLATE)
    whole = skewcheck.audit(file, paths, served=TEMPLATE)
    assert said(skewcheck.audit(file, names)) == said(whole)
    assert whole.exit_code == 1


def test_parameters_by_a_key_whose_column_the_log_shows(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    train = pd.DataFrame({"shop": np.repeat(["a", "b", "c"], 400)})
    train["x"] = rng.normal(0, 1, len(train)) + train["shop"].map({"a": 0, "b": 50, "c": 100})
    known = skewcheck.fit(train, by="shop")
    skewcheck.save(known, tmp_path / "p.json")
    log = known.transform(train, served=TEMPLATE)
    paths = [str(tmp_path / f"{i}.parquet") for i in range(2)]
    for path, rows in zip(paths, (log[:700], log[700:]), strict=True):
        rows.to_parquet(path)
    for path in paths:
        skewcheck.profile(tmp_path / "p.json", path, f"{path}.skw", served=TEMPLATE)
    merged = skewcheck.audit(tmp_path / "p.json", [f"{path}.skw" for path in paths])
    whole = skewcheck.audit(tmp_path / "p.json", paths, served=TEMPLATE)
    assert said(merged) == said(whole)


def test_columns_of_get_dummies(tmp_path: Path) -> None:
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(5)
    raw = pd.DataFrame(
        {"city": rng.choice(["Oslo", "Rome", "Nice"], 900), "x": rng.normal(size=900)}
    )
    scaler = StandardScaler().set_output(transform="pandas")
    served = scaler.fit_transform(pd.get_dummies(raw)).add_suffix("_norm")
    known = skewcheck.capture(scaler, pd.get_dummies(raw))
    skewcheck.save(known, tmp_path / "p.json")
    log = pd.concat([raw, served], axis=1)
    paths = [str(tmp_path / f"{i}.parquet") for i in range(2)]
    for path, rows in zip(paths, (log[:500], log[500:]), strict=True):
        rows.to_parquet(path)
        skewcheck.profile(tmp_path / "p.json", path, f"{path}.skw", served=TEMPLATE)
    merged = skewcheck.audit(tmp_path / "p.json", [f"{path}.skw" for path in paths])
    whole = skewcheck.audit(tmp_path / "p.json", paths, served=TEMPLATE)
    assert said(merged) == said(whole)


def test_files_beyond_those_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Their sums are added in another order: the figures are the same to nine digits.
    paths = days(tmp_path, parameters(tmp_path), 5)
    file = tmp_path / "p.json"
    monkeypatch.setattr("skewcheck.engine.profiles.parts.MAX_APART", 1)
    for name, group in (("a.skw", paths[:1]), ("b.skw", paths[1:])):
        skewcheck.profile(file, group, tmp_path / name, served=TEMPLATE)
    merged = skewcheck.audit(file, [str(tmp_path / n) for n in ("a.skw", "b.skw")])
    whole = skewcheck.audit(file, paths, served=TEMPLATE)
    assert [f.verdict for f in merged.features] == [f.verdict for f in whole.features]
    for mine, theirs in zip(merged.features, whole.features, strict=True):
        assert [c.code for c in mine.causes] == [c.code for c in theirs.causes]
        for a, b in zip(mine.tests, theirs.tests, strict=True):
            assert a.statistic == pytest.approx(b.statistic, rel=1e-9)


def test_hosts_whose_files_have_one_name(tmp_path: Path) -> None:
    known = parameters(tmp_path)
    file = tmp_path / "p.json"
    for number, host in enumerate(("web-1", "web-2")):
        (tmp_path / host).mkdir()
        path = tmp_path / host / "d0.parquet"
        log = served(known, 10 + number, faulty=False)
        if number:
            log["fare_norm"] = log["fare"]
        log.to_parquet(path)
        skewcheck.profile(file, path, tmp_path / f"{host}.skw", served=TEMPLATE)
    merged = skewcheck.audit(file, [str(tmp_path / f"{h}.skw") for h in ("web-1", "web-2")])
    assert merged.logs.files == ("web-1.skw/d0.parquet", "web-2.skw/d0.parquet")
    assert merged.logs.rows == 800
    cause = next(c for f in merged.features if f.name == "fare" for c in f.causes)
    assert cause.code == "not_normalized"
    assert cause.place is not None
    assert cause.place.values == ("web-2.skw/d0.parquet",)


def test_a_file_without_a_row(tmp_path: Path) -> None:
    known = parameters(tmp_path)
    paths = days(tmp_path, known, 3)
    pd.read_parquet(paths[1])[:0].to_parquet(paths[1])
    file = tmp_path / "p.json"
    for i, path in enumerate(paths):
        skewcheck.profile(file, path, tmp_path / f"{i}.skw", served=TEMPLATE)
    merged = skewcheck.audit(file, [str(tmp_path / f"{i}.skw") for i in range(3)])
    assert said(merged) == said(skewcheck.audit(file, paths, served=TEMPLATE))


def test_a_folder_and_state(tmp_path: Path) -> None:
    paths = days(tmp_path, parameters(tmp_path), 2)
    file, folder, state = tmp_path / "p.json", tmp_path / "profiles", tmp_path / "state"
    folder.mkdir()
    for i, path in enumerate(paths):
        # What it is stands in its bytes, not in its name.
        skewcheck.profile(file, path, folder / f"{i}.data", served=TEMPLATE)
    first = skewcheck.audit(file, folder, state=str(state), only_new_alarms=True)
    again = skewcheck.audit(file, folder, state=str(state), only_new_alarms=True)
    assert (first.exit_code, again.exit_code) == (1, 0)
