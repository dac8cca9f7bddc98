"""An attacker who knows training, and every row but one, must not get that one from a report.

He has all numbers of a report in any format, and tries each as the value, as the value in
deviations of training, as its rank in training, and as the mean of rows of which he knows all
others. A world is attacked with three secrets: he has a way in if it works for each of them, so
that numbers which happen to be near one are no leak. The control is the report with values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.reports import FORMATS
from skewcheck.reports.redact import without_values
from skewcheck.results.audit import Audit
from skewcheck.text.printable import Options

SECRETS = (63.71829, 41.33771, 57.91637)
"""Within 1.4 deviations of the mean: no outliers, which a report may well tell of."""
EXTREMES = (7.371829e6, 4.133771e6, 9.791637e6)
NEAR = 1e-3
"""Relative distance from which a guess is the secret."""
MEAN, STD = 50.0, 10.0
NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?", re.IGNORECASE)


@dataclass
class World:
    """A log with a secret in it, and what the attacker knows of it."""

    log: pd.DataFrame
    options: Mapping[str, object] = field(default_factory=dict)
    others: list[tuple[int, float]] = field(default_factory=list)
    """Rows and sum of all of them but the secret, of the log and of each part that holds it."""


def rows(n: int, seed: int = 5) -> pd.DataFrame:
    return pd.DataFrame({"x": np.random.default_rng(seed).normal(MEAN, STD, n)})


def of_few(n: int) -> Callable[[float], World]:
    def world(secret: float) -> World:
        log = rows(n)
        others = [(n, float(log.x[1:].sum()))]
        log.loc[0, "x"] = secret
        return World(log, {}, others)

    return world


def in_windows(secret: float, every: str = "7") -> World:
    world, n = of_few(400)(secret), int(every)
    return World(
        world.log, {"every": every, "served": "none"}, [(n, float(world.log.x[1:n].sum()))]
    )


def in_a_segment(secret: float, size: int) -> World:
    log = rows(600)
    log["host"] = np.where(np.arange(600) < size, "a", "b")
    others = [(size, float(log.x[1:size].sum())), (600, float(log.x[1:].sum()))]
    log.loc[0, "x"] = secret
    return World(log, {"by": ["host"], "served": "none"}, others)


def served_wrong(secret: float) -> World:
    log = rows(10_000)
    log["x_norm"] = (log.x - TRAIN.x.mean()) / TRAIN.x.std(ddof=0)
    log.loc[17, "x_norm"] = secret
    return World(log, {"served": "{feature}_norm"})


def ends_of_the_log(secret: float) -> World:
    """Min-max scaling by the log: its largest value is one row's."""
    log = rows(3000)
    log["x"] = log.x.clip(upper=secret - 0.01)
    log.loc[0, "x"] = secret
    log["x_norm"] = (log.x - log.x.min()) / (log.x.max() - log.x.min())
    return World(log, {"served": "{feature}_norm"})


def stuck(secret: float) -> World:
    log = rows(3000)
    log["x_norm"] = (log.x - TRAIN.x.mean()) / TRAIN.x.std(ddof=0)
    log.loc[:1500, "x_norm"] = secret
    return World(log, {"served": "{feature}_norm"})


def an_extreme(secret: float) -> World:
    return of_few(2000)(secret)


def recomputed(secret: float) -> World:
    """Parameters of the log of 80 rows, of which he knows all but one."""
    world = of_few(80)(secret)
    world.log["x_norm"] = (world.log.x - world.log.x.mean()) / world.log.x.std(ddof=0)
    return World(world.log, {"served": "{feature}_norm"}, world.others)


def of_few_in_time(secret: float) -> World:
    log = rows(500)
    log["ts"] = pd.date_range("2026-11-18 01:00", periods=500, freq="30min")
    others = [(2, float(log.x[1]))]
    log.loc[0, "x"] = secret
    return World(log, {"time_column": "ts", "every": "1h", "served": "none"}, others)


TRAIN = rows(4000, seed=1)
WORLDS: dict[str, tuple[Callable[[float], World], tuple[float, ...]]] = {
    **{f"{n} rows": (of_few(n), SECRETS) for n in (1, 2, 49, 51, 5000)},
    "windows of 7": (in_windows, SECRETS),
    "windows of 60": (lambda secret: in_windows(secret, "60"), SECRETS),
    "windows of an hour": (of_few_in_time, SECRETS),
    "a segment of 1": (lambda secret: in_a_segment(secret, 1), SECRETS),
    "a segment of 60": (lambda secret: in_a_segment(secret, 60), SECRETS),
    "all but one": (lambda secret: in_a_segment(secret, 599), SECRETS),
    "1 of 10,000 served wrong": (served_wrong, SECRETS),
    "ends of the log": (ends_of_the_log, (78.71829, 77.33771, 79.91637)),
    "stuck": (stuck, SECRETS),
    "recomputed": (recomputed, SECRETS),
    "an extreme": (an_extreme, EXTREMES),
}


DRAWN = ("51 rows", "windows of 60", "ends of the log")
"""Worlds of which the report with drawings is attacked as well: it takes as long as all others."""


def numbers(text: str) -> set[float]:
    """Return all numbers of a text, per cents as shares too."""
    bare = {float(match.replace(",", "")) for match in NUMBER.findall(text)}
    return bare | {number / 100 for number in bare}


def guesses(found: set[float], others: list[tuple[int, float]]) -> Iterator[np.ndarray]:
    x = np.array(sorted(found))
    mean, std = TRAIN.x.mean(), TRAIN.x.std(ddof=0)
    yield x
    yield x * std + mean
    for n, known in others:
        yield n * (x * std + mean) - known  # the mean in deviations
        yield n * x - known  # the mean itself
        yield np.sqrt(n) * x * std + mean  # the deviation that one row makes
        yield n * x * std + mean  # the shift that one row makes
    shares = x[(x > 0) & (x < 1)]
    if others and others[0][0] == 1 and len(shares):
        yield np.quantile(TRAIN.x, shares)
        yield np.quantile(TRAIN.x, 1 - shares)


def differences(text: str) -> list[float]:
    """Return what the log's mean less those of its parts gives, of a report in JSON."""
    results = []
    for feature in json.loads(text)["features"]:
        whole = _mean(feature["tests"])
        segments = [(s["rows"], _mean(s["tests"])) for s in feature.get("segments", [])]
        windows = [(w["rows"], w.get("mean")) for w in feature.get("windows", [])]
        for parts in (segments, windows):
            known = [(n, mean) for n, mean in parts if mean is not None]
            rest = feature["rows"] - sum(n for n, _ in known)
            if whole is not None and rest > 0:
                shift = (feature["rows"] * whole - sum(n * mean for n, mean in known)) / rest
                results.append(shift * TRAIN.x.std(ddof=0) + TRAIN.x.mean())
    return results


def _mean(tests: list[dict[str, object]]) -> float | None:
    return next((t.get("statistic") for t in tests if t["name"] == "mean"), None)


def better_than_guessing(text: str, world: World, secret: float, *, report: bool) -> bool:
    """Return whether the secret is among the guesses, and nearer to one than others like it are.

    A report with a drawing has thousands of numbers, one of which is near to any number.
    """
    with np.errstate(over="ignore"):  # digits of a digest, such as 51e306, read as a number
        every = np.concatenate([np.ravel(g) for g in guesses(numbers(text), world.others)])
    if report:
        every = np.append(every, differences(text))
    every = np.sort(every[np.isfinite(every)])
    others = secret * np.random.default_rng(3).uniform(0.8, 1.25, 300)
    distance = _nearest(every, np.array([secret]))[0]
    return bool(distance < NEAR and distance < np.quantile(_nearest(every, others), 0.1))


def _nearest(every: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the relative distance of each value from the nearest of sorted numbers."""
    places = np.searchsorted(every, values)
    sides = [every[np.clip(places + side, 0, len(every) - 1)] for side in (-1, 0)]
    return np.min([np.abs(side / values - 1) for side in sides], axis=0)


def found_out(texts: Mapping[float, str], worlds: Mapping[float, World], *, report: bool) -> bool:
    return all(
        better_than_guessing(text, worlds[secret], secret, report=report)
        for secret, text in texts.items()
    )


@pytest.fixture(scope="module")
def parameters() -> skewcheck.Parameters:
    return skewcheck.fit(TRAIN)


@pytest.mark.parametrize("name", WORLDS)
def test_no_row_can_be_reconstructed(
    name: str, parameters: skewcheck.Parameters, tmp_path: Path
) -> None:
    make, secrets = WORLDS[name]
    worlds = {secret: make(secret) for secret in secrets}
    audits: dict[float, Audit] = {}
    histories: dict[float, str] = {}
    for secret, world in worlds.items():
        state = tmp_path / str(secret)
        audits[secret] = skewcheck.audit(
            parameters, world.log, state=str(state), fail_on="never", **world.options
        )
        histories[secret] = (state / "history.jsonl").read_text("utf-8")
    full = {secret: FORMATS["json"](audit) for secret, audit in audits.items()}
    assert found_out(full, worlds, report=True), "the control: with values he has it"
    assert not found_out(histories, worlds, report=False), "history"
    hidden = {secret: without_values(audit) for secret, audit in audits.items()}
    drawn = name in DRAWN
    for format_name, render in FORMATS.items():
        if format_name == "html" and not drawn:
            continue
        texts = {s: render(audit, Options(300, every_test=True)) for s, audit in hidden.items()}
        assert not found_out(texts, worlds, report=format_name == "json"), format_name


@pytest.mark.parametrize("name", ["51 rows", "5000 rows", "a segment of 60", "an extreme"])
def test_figures_that_are_not_rounded_give_the_row(
    name: str, parameters: skewcheck.Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack finds what rounding is there for: with 50 rows and more, all figures are shown."""
    monkeypatch.setattr("skewcheck.results.shown.rounded", lambda value, *_: value)
    make, secrets = WORLDS[name]
    worlds = {secret: make(secret) for secret in secrets}
    texts = {
        secret: FORMATS["json"](
            skewcheck.audit(parameters, world.log, no_values=True, fail_on="never", **world.options)
        )
        for secret, world in worlds.items()
    }
    assert found_out(texts, worlds, report=True)


def test_digits_of_a_digest_are_no_fault() -> None:
    world = of_few(60)(SECRETS[0])
    assert not better_than_guessing('{"digest": "51e306a"}', world, SECRETS[0], report=False)


@pytest.mark.parametrize("n", [1, 2, 49])
def test_few_rows_leave_no_figure(n: int, parameters: skewcheck.Parameters) -> None:
    hidden = skewcheck.audit(parameters, rows(n), no_values=True, fail_on="never")
    figures = ("statistic", "effect", "expected", "p_value", "p_adjusted", "interval", "value")
    for test in hidden.features[0].tests:
        assert [getattr(test, figure) for figure in figures] == [None] * len(figures), test.name
    assert hidden.features[0].bars == ()
    assert hidden.features[0].rows == n
    assert hidden.verdict == skewcheck.audit(parameters, rows(n), fail_on="never").verdict


def test_windows_and_segments_of_few_rows_have_no_figure(parameters: skewcheck.Parameters) -> None:
    world = in_a_segment(SECRETS[0], 40)
    hidden = skewcheck.audit(parameters, world.log, no_values=True, by="host", every="100")
    small, large = sorted(hidden.features[0].segments, key=lambda segment: segment.rows)
    assert {test.statistic for test in small.tests} == {None}
    assert any(test.statistic is not None for test in large.tests)
    assert all(window.figures for window in hidden.features[0].windows)
    few = skewcheck.audit(parameters, world.log, no_values=True, every="49")
    assert not any(window.figures for window in few.features[0].windows)
    # 60 rows of which 20 have a value: figures would be of those.
    sparse = world.log.assign(x=world.log.x.where(np.arange(600) % 3 == 0))
    few = skewcheck.audit(parameters, sparse, no_values=True, every="60")
    assert {code for w in few.features[0].windows for code in w.figures} <= {"nulls", "nonfinite"}
