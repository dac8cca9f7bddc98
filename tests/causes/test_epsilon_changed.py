"""Another epsilon in the divisor: what a server does is written here in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pytest

import skewcheck
from skewcheck import Audit, Parameters
from skewcheck.features.steps import MaxAbs, MinMax, Robust, Step, ZScore
from skewcheck.features.types import Feature
from skewcheck.reports.words.causes import sentence

Server = Callable[[np.ndarray, float, float], np.ndarray]
RNG = np.random.default_rng(3)
SPREADS = {"arm": 0.002, "grip": 0.0005, "base": 0.01, "wide": 40.0}
TRAIN = {name: RNG.normal(0.3, spread, 4000) for name, spread in SPREADS.items()}
MEAN = {name: float(x.mean()) for name, x in TRAIN.items()}
STD = {name: float(x.std()) for name, x in TRAIN.items()}


def parameters(steps: Mapping[str, Step]) -> Parameters:
    features = tuple(Feature(name, "numeric", (step,)) for name, step in steps.items())
    train = pa.table({name: TRAIN[name] for name in steps})
    return skewcheck.fit(train, parameters=Parameters(features, "sha256:0"))


def audited(known: Parameters, server: Server, dtype: str = "float64") -> Audit:
    rng = np.random.default_rng(4)
    log = {name: rng.normal(0.3, SPREADS[name], 2000) for name in (f.name for f in known.features)}
    served = {f"{name}_n": server(x, MEAN[name], STD[name]) for name, x in log.items()}
    columns = {**log, **{name: x.astype(dtype) for name, x in served.items()}}
    return skewcheck.audit(known, pa.table(columns), served="{feature}_n")


def zscores(epsilon: float = 0.0, place: str = "scale") -> Parameters:
    return parameters({n: ZScore(MEAN[n], STD[n], epsilon, place) for n in SPREADS})  # type: ignore[arg-type]


SERVERS: dict[str, tuple[Server, float, str]] = {
    "std + 1e-6": (lambda x, m, s: (x - m) / (s + 1e-6), 1e-6, "scale"),
    "sqrt(var + 1e-8)": (lambda x, m, s: (x - m) / np.sqrt(s**2 + 1e-8), 1e-8, "variance"),
    "max(std, 0.001)": (lambda x, m, s: (x - m) / max(s, 1e-3), 1e-3, "floor"),
}


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_server_with_the_files_epsilon_is_right(name: str, dtype: str) -> None:
    server, epsilon, place = SERVERS[name]
    audit = audited(zscores(epsilon, place), server, dtype)
    assert (audit.verdict, audit.exit_code) == ("ok", 0)


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_epsilon_that_training_has_not(name: str, dtype: str) -> None:
    server, epsilon, place = SERVERS[name]
    audit = audited(zscores(), server, dtype)
    causes = {f.name: f.causes[0] for f in audit.features if f.causes}
    assert "grip" in causes
    assert "wide" not in causes
    for cause in causes.values():
        assert cause.code == "epsilon_changed"
        assert cause.parameters == {"epsilon": pytest.approx(epsilon), "epsilon_in": place}
        assert cause.confidence >= 0.9
    assert audit.exit_code == 1


@pytest.mark.parametrize("name", SERVERS)
def test_twice_the_epsilon_and_none(name: str) -> None:
    server, epsilon, place = SERVERS[name]
    for factor in (2.0, 0.5):
        cause = audited(zscores(epsilon * factor, place), server).features[1].causes[0]
        assert cause.code == "epsilon_changed"
        assert cause.parameters["epsilon"] == pytest.approx(epsilon)
    none = audited(zscores(epsilon, place), lambda x, m, s: (x - m) / s).features[1].causes[0]
    assert (none.code, none.parameters["epsilon"]) == ("epsilon_changed", 0.0)
    assert f"were served without the epsilon of {epsilon} that training has" in sentence(none)


def test_a_common_epsilon_is_a_root_cause() -> None:
    audit = audited(zscores(), lambda x, m, s: (x - m) / (s + 3.7e-5))
    (root,) = audit.causes
    assert root.code == "epsilon_changed"
    assert root.features == ("arm", "grip", "base", "wide")
    assert root.parameters == {"epsilon": pytest.approx(3.7e-5, rel=1e-6), "epsilon_in": "scale"}
    assert "epsilon of 3.7e-05" in sentence(audit.features[0].causes[0])


def test_different_deviations_are_no_epsilon() -> None:
    factors = {STD["arm"]: 1.02, STD["grip"]: 1.07, STD["base"]: 1.04, STD["wide"]: 1.0}
    audit = audited(zscores(), lambda x, m, s: (x - m) / (s * factors[s]))
    assert [f.causes[0].code for f in audit.features[:3]] == ["wrong_parameters"] * 3


def test_a_common_epsilon_that_one_feature_has_not_is_none() -> None:
    # The last one would have it too, if the divisors did.
    def server(x: np.ndarray, m: float, s: float) -> np.ndarray:
        return (x - m) / (s + (3.7e-5 if s < 0.005 else 0.0))

    codes = [f.causes[0].code for f in audited(zscores(), server).features if f.causes]
    assert codes == ["wrong_parameters"] * 2


@pytest.mark.parametrize("kind", [Robust, MinMax, MaxAbs])
def test_every_step_that_divides(kind: type) -> None:
    ends = {n: (float(x.min()), float(x.max())) for n, x in TRAIN.items()}
    steps = {n: kind(*((b - a,) if kind is MaxAbs else (a, b if kind is MinMax else b - a)))
             for n, (a, b) in ends.items() if n != "wide"}  # fmt: skip
    known = parameters(steps)

    def server(x: np.ndarray, m: float, s: float) -> np.ndarray:
        low, high = ends[next(name for name in STD if STD[name] == s)]
        return (x - (0 if kind is MaxAbs else low)) / (high - low + 1e-5)

    for feature in audited(known, server).features:
        assert feature.causes[0].code == "epsilon_changed"
        assert feature.causes[0].parameters == {
            "epsilon": pytest.approx(1e-5),
            "epsilon_in": "scale",
        }


@pytest.mark.parametrize("factor", [1 + 2e-4, 1 + 1e-4, 1.01])
def test_a_round_spread_and_a_round_epsilon_are_another_spread(factor: float) -> None:
    # 5 and 5.001: an epsilon of 0.001, or a maximum that was typed in.
    x = np.random.default_rng(1).integers(1, 7, 3000).astype(float)
    feature = Feature("x", "numeric", (MinMax(1.0, 6.0),))
    known = skewcheck.fit(pa.table({"x": x}), parameters=Parameters((feature,), "sha256:0"))
    log = pa.table({"x": x, "x_n": (x - 1.0) / (5.0 * factor)})
    (cause, *_) = skewcheck.audit(known, log, served="{feature}_n").features[0].causes
    assert cause.code == "wrong_parameters"
    assert cause.parameters["max"] == pytest.approx(1 + 5 * factor)


def test_of_distributions_alone_an_epsilon_is_other_parameters() -> None:
    known = zscores(0.01, "floor")
    log = {name: np.random.default_rng(4).normal(0.3, s, 2000) for name, s in SPREADS.items()}
    served = {n: (x - MEAN[n]) / max(STD[n], 0.1) for n, x in log.items()}
    audit = skewcheck.audit(known, pa.table(served), served="{feature}")
    named = {c.code: c.confidence for f in audit.features for c in f.causes}
    assert "epsilon_changed" not in named
    paired = skewcheck.audit(
        known, pa.table({**log, **{f"{n}_n": x for n, x in served.items()}}), served="{feature}_n"
    )
    floors = {f.name: f.causes[0] for f in paired.features if f.causes}
    assert floors["grip"].parameters == {"epsilon": pytest.approx(0.1), "epsilon_in": "floor"}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_epsilon_that_rounding_hides_in_each_row(dtype: str) -> None:
    """Far from 0, a row may be off by more than the epsilon makes; all together tell it."""
    longitude = np.round(np.random.default_rng(6).normal(-87.66, 0.0684, 4000), 4)
    mean, std = float(longitude.mean()), float(longitude.std())
    step = Feature("longitude", "numeric", (ZScore(mean, std),))
    known = skewcheck.fit(
        pa.table({"longitude": longitude}), parameters=Parameters((step,), "sha256:0")
    )
    # Rounding in float32 leaves the outermost rows wrong, as parity shows.
    raw = np.concatenate([longitude[:1900], mean + std * np.linspace(12, 30, 100)])
    for epsilon, code in ((1e-5, "epsilon_changed"), (1.3e-5, "wrong_parameters")):
        served = ((raw - mean) / np.sqrt(std**2 + epsilon)).astype(dtype)
        table = pa.table({"longitude": raw, "longitude_n": served})
        (cause,) = (
            c for c in skewcheck.audit(known, table, served="{feature}_n").features[0].causes
            if c.side == "served"
        )  # fmt: skip
        assert cause.code == code
        if epsilon == 1e-5:
            assert cause.parameters == {"epsilon": 1e-5, "epsilon_in": "variance"}
