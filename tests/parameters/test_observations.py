"""Running moments of observations, as reinforcement learning saves them.

The formula is VecNormalize._normalize_obs of Stable-Baselines3, which `observations.served` is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.parameters import UnnamedError
from skewcheck.text.errors import ParameterError

sys.path.append(str(Path(__file__).parent.parent.parent / "fixtures"))  # last: as in packages
from observations import moments, normalize_observation, served, vec_normalize

MEAN, VAR = np.array([1.5, -2.0, 1e4]), np.array([4.0, 1e-9, 1e6])
NAMES = ("a", "b", "c")
X = np.random.default_rng(7).normal(size=(200, 3)) * 4 * np.sqrt(VAR) + MEAN
Pickled = Callable[..., Parameters]


def transformed(parameters: Parameters, names: tuple[str, ...] = NAMES) -> np.ndarray:
    made = parameters.transform(pd.DataFrame(X[:, : len(names)], columns=[*names]))
    return np.asarray(made[[*names]], float)


@pytest.mark.parametrize("bound", [10.0, 2.0])
def test_vec_normalize(bound: float, pickled: Pickled) -> None:
    parameters = pickled(vec_normalize(moments(MEAN, VAR), bound), NAMES)
    np.testing.assert_allclose(transformed(parameters), served(X, MEAN, VAR, bound), rtol=1e-9)
    assert parameters.features[0].extra["x-source"] == (
        "obs_rms.mean[0]; obs_rms.var[0]; epsilon; clip_obs"
    )


def test_observations_by_name(pickled: Pickled) -> None:
    parts = {"pos": moments(MEAN[:2], VAR[:2]), "speed": moments(MEAN[2:], VAR[2:])}
    parameters = pickled(vec_normalize(parts, norm_obs_keys=["pos", "speed"]))
    names = ("pos[0]", "pos[1]", "speed")
    assert tuple(feature.name for feature in parameters.features) == names
    np.testing.assert_allclose(transformed(parameters, names), served(X, MEAN, VAR, 10), rtol=1e-9)


def test_only_the_keys_that_it_normalizes(pickled: Pickled) -> None:
    parts = {"pos": moments(MEAN[:2], VAR[:2]), "image": moments(np.zeros(5), np.ones(5))}
    parameters = pickled(vec_normalize(parts, norm_obs_keys=["pos"]), ("p", "q"))
    assert [feature.name for feature in parameters.features] == ["p", "q"]


def test_gymnasium_does_not_clip(pickled: Pickled) -> None:
    parameters = pickled(normalize_observation(moments(MEAN, VAR)), NAMES)
    expected = (X - MEAN) / np.sqrt(VAR + 1e-8)
    np.testing.assert_allclose(transformed(parameters), expected, rtol=1e-9)


@pytest.mark.parametrize(
    "wrap",
    [lambda x: x, lambda x: {"obs_rms": x, "step": 3}, lambda x: {"state": {"obs_rms": x}},
     lambda x: [{"w": np.ones(4)}, x]],
    ids=["itself", "dict", "nested", "list"],
)  # fmt: skip
def test_moments_alone_say_that_they_have_no_epsilon(
    wrap: Callable[[object], object], pickled: Pickled
) -> None:
    parameters = pickled(wrap(moments(MEAN, VAR)), NAMES)
    np.testing.assert_allclose(transformed(parameters), (X - MEAN) / np.sqrt(VAR), rtol=1e-9)
    assert any("no epsilon" in str(note) for note in parameters.notes)


def test_a_wrapper_in_a_dict_keeps_its_epsilon(pickled: Pickled) -> None:
    parameters = pickled({"normalizer": vec_normalize(moments(MEAN, VAR), 3.0)}, NAMES)
    np.testing.assert_allclose(transformed(parameters), served(X, MEAN, VAR, 3.0), rtol=1e-9)


def test_what_normalizes_rewards_only_is_refused(pickled: Pickled) -> None:
    with pytest.raises(ParameterError, match=r"norm_obs is False .* rewards only"):
        pickled(vec_normalize(None, norm_obs=False), NAMES)


def test_names_are_asked_for(pickled: Pickled) -> None:
    with pytest.raises(UnnamedError, match="does not name its 3 values"):
        pickled(vec_normalize(moments(MEAN, VAR)))


def test_a_variance_below_zero_is_refused(pickled: Pickled) -> None:
    with pytest.raises(ParameterError, match="a variance must be >= 0"):
        pickled(vec_normalize(moments(MEAN, -VAR)), NAMES)


def test_a_paired_audit_of_its_float32_output(tmp_path: Path, pickled: Pickled) -> None:
    parameters = pickled(vec_normalize(moments(MEAN, VAR), 2.0), NAMES)
    raw = pd.DataFrame(X, columns=[*NAMES])
    right = pd.DataFrame(served(X, MEAN, VAR, 2.0), columns=[*NAMES]).astype("float32")
    log = pd.concat([raw, right.add_suffix("_norm")], axis=1)
    audit = skewcheck.audit(parameters, log, served="{feature}_norm", min_rows=10)
    assert [feature.parity.mismatched for feature in audit.features if feature.parity] == [0, 0, 0]
    unclipped = pd.DataFrame(served(X, MEAN, VAR, 10.0), columns=[*NAMES]).astype("float32")
    wrong = pd.concat([raw, unclipped.add_suffix("_norm")], axis=1)
    assert skewcheck.audit(parameters, wrong, served="{feature}_norm", min_rows=10).exit_code == 1
