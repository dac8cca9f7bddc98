"""Which tensors of a model normalize its inputs, by their names, and how its library does that.

Formulas: rsl_rl/networks/normalization.py, rl_games/algos_torch/running_mean_std.py,
lerobot/common/policies/normalize.py, torch.nn.BatchNorm1d.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.parameters import UnnamedError
from skewcheck.text.errors import ParameterError

sys.path.append(str(Path(__file__).parents[3] / "fixtures"))  # last: names as those of packages
import tensors

MEAN, STD = np.array([1.5, -2.0, 1000.25]), np.array([0.5, 2.0, 30.0])
WEIGHTS = {"actor.0.weight": np.ones((4, 3)), "actor.0.bias": np.zeros(4)}
NAMES = ("a", "b", "c")
X = np.random.default_rng(8).normal(size=(50, 3)) * 40
Read = Callable[..., Parameters]


@pytest.fixture(params=["pt", "legacy", "safetensors"])
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Read:
    """Read tensors by name from a file of each format."""
    write = {
        "pt": tensors.torch_zip,
        "legacy": tensors.torch_legacy,
        "safetensors": tensors.safetensors,
    }

    def of(value: Mapping[str, np.ndarray], names: tuple[str, ...] = NAMES) -> Parameters:
        path = tmp_path / "model.bin"
        path.write_bytes(write[request.param](value))
        return skewcheck.load(path, names)

    return of


def served(parameters: Parameters, names: tuple[str, ...] = NAMES) -> np.ndarray:
    others = [f.name for f in parameters.features if f.name not in names]
    frame = pd.DataFrame(X[:, : len(names)], columns=[*names])
    made = parameters.transform(frame, exclude=others)
    return np.asarray(made[[*names]], float)


def texts(parameters: Parameters) -> str:
    return " / ".join(str(note.parameters.get("text")) for note in parameters.notes)


INPUTS = [
    "normalizer", "obs_normalizer", "policy.input_normalizer", "actor_obs_normalizer", "scaler",
    "preprocessor.standardizer", "obs_rms", "model.obs_stats", "input", "x_normalization",
    "module.normalizer", "_orig_mod.normalizer", "state_normalizer", "normalize_inputs",
    "actor.normalizer.position", "pixel", "model_state_dict.model",
]  # fmt: skip
OTHERS = [
    "unnormalizer", "action_normalizer", "normalizer.action", "target_scaler", "y_scaler",
    "output_normalizer", "reward_rms", "denormalizer", "prior", "value_normalizer", "head",
    "normalize_targets.buffer_action", "unnormalize_outputs.buffer_action", "encoder.dist",
    "state_encoder.prior", "vae_state_dict.prior", "obs_encoder.0", "encoder",
]  # fmt: skip


@pytest.mark.parametrize("prefix", INPUTS)
def test_names_of_input_normalizers(prefix: str, read: Read) -> None:
    parameters = read({**WEIGHTS, f"{prefix}.mean": MEAN, f"{prefix}.std": STD})
    np.testing.assert_allclose(served(parameters), (X - MEAN) / STD, rtol=1e-12)
    assert f"read from {prefix}.mean and {prefix}.std" in texts(parameters)


@pytest.mark.parametrize("prefix", OTHERS)
def test_names_of_other_statistics_are_not_read(prefix: str, read: Read) -> None:
    with pytest.raises(ParameterError, match="no name says that these are of the inputs"):
        read({**WEIGHTS, f"{prefix}.mean": MEAN, f"{prefix}.std": STD})


@pytest.mark.parametrize("prefix", OTHERS)
def test_other_statistics_beside_those_of_the_inputs_are_named(prefix: str, read: Read) -> None:
    value = {"normalizer.mean": MEAN, "normalizer.std": STD}
    parameters = read({**WEIGHTS, **value, f"{prefix}.mean": MEAN + 1, f"{prefix}.std": STD})
    np.testing.assert_allclose(served(parameters), (X - MEAN) / STD, rtol=1e-12)
    assert f"not read, as no name says that serving uses them: {prefix}.mean" in texts(parameters)


@pytest.mark.parametrize(
    "keys",
    [("obs_mean", "obs_std"), ("input_mean", "input_std"), ("x_mean", "x_std"), ("mean", "std"),
     ("_mean", "_std")],
)  # fmt: skip
def test_buffers_of_the_model_itself(keys: tuple[str, str], read: Read) -> None:
    parameters = read({**WEIGHTS, keys[0]: MEAN[None], keys[1]: STD[None]})
    np.testing.assert_allclose(served(parameters), (X - MEAN) / STD, rtol=1e-12)


LAYERS = [
    "bn",
    "features.norm0",
    "state_encoder_norm",
    "out_norm",
    "norm1",
    "conv.bn1",
    "encoder.layers.0.norm",
    "feature_norm",
]


@pytest.mark.parametrize("prefix", LAYERS)
def test_a_layer_within_the_model_is_no_normalization_of_inputs(prefix: str, read: Read) -> None:
    layer = {f"{prefix}.running_mean": MEAN, f"{prefix}.running_var": STD**2}
    with pytest.raises(ParameterError, match="no name says"):
        read({**WEIGHTS, **layer})


@pytest.mark.parametrize("prefix", ["input_norm", "bn_in", "input_bn", "obs_norm", "normalizer"])
def test_batch_normalization_of_the_inputs(prefix: str, read: Read) -> None:
    weight, bias = np.array([0.5, 2.0, -1.0]), np.array([0.0, 1.0, -3.0])
    layer = {
        "running_mean": MEAN, "running_var": STD**2, "weight": weight, "bias": bias,
        "num_batches_tracked": np.array(7),
    }  # fmt: skip
    parameters = read({**WEIGHTS, **{f"{prefix}.{key}": x for key, x in layer.items()}})
    expected = (X - MEAN) / np.sqrt(STD**2 + 1e-5) * weight + bias
    np.testing.assert_allclose(served(parameters), expected, rtol=1e-9)
    assert "1e-05 is added to the variance" in texts(parameters)


def test_a_weight_of_zero_is_untested(read: Read) -> None:
    layer = {"running_mean": MEAN, "running_var": STD**2, "weight": np.array([1.0, 0.0, 1.0]),
             "bias": np.ones(3)}  # fmt: skip
    parameters = read({f"input_norm.{key}": x for key, x in layer.items()})
    assert [f.untested is None for f in parameters.features] == [True, False, True]


def test_rsl_rl(read: Read) -> None:
    one = {"_mean": MEAN[None], "_var": STD[None] ** 2, "_std": STD[None], "count": np.array(99)}
    value = {f"{who}_obs_normalizer.{k}": x for who in ("actor", "critic") for k, x in one.items()}
    parameters = read({**WEIGHTS, **value})
    np.testing.assert_allclose(served(parameters), (X - MEAN) / (STD + 0.01), rtol=1e-12)
    assert "rsl_rl" in texts(parameters)


def test_the_actors_normalizer_is_read_where_the_critics_differs(read: Read) -> None:
    actor = {"actor_obs_normalizer.mean": MEAN, "actor_obs_normalizer.std": STD}
    critic = {f"critic_obs_normalizer.{kind}": np.ones(5) for kind in ("mean", "std")}
    parameters = read({**WEIGHTS, **actor, **critic})
    np.testing.assert_allclose(served(parameters), (X - MEAN) / STD, rtol=1e-12)
    assert "serving uses them: critic_obs_normalizer.mean" in texts(parameters)


def test_the_weights_of_a_models_head_are_no_statistics(read: Read) -> None:
    head = {"mean.weight": np.ones((2, 3)), "mean.bias": np.ones(2), "log_std": np.ones(2)}
    with pytest.raises(ParameterError, match="no statistics of inputs by a name that is known"):
        read(head)


def test_rl_games(read: Read) -> None:
    moments = {"running_mean": MEAN, "running_var": STD**2, "count": np.array(99.0)}
    values = {"running_mean": MEAN[:1], "running_var": STD[:1], "count": np.array(99.0)}
    parameters = read(
        {
            **{f"running_mean_std.{key}": x for key, x in moments.items()},
            **{f"value_mean_std.{key}": x for key, x in values.items()},
            "a2c_network.sigma": np.ones(2),
        }
    )
    expected = np.clip((X - MEAN) / np.sqrt(STD**2 + 1e-5), -5, 5)
    np.testing.assert_allclose(served(parameters), expected, rtol=1e-9)
    assert "value_mean_std" in texts(parameters)


def test_lerobot_buffers(read: Read) -> None:
    value = {
        "normalize_inputs.buffer_observation_state.mean": MEAN,
        "normalize_inputs.buffer_observation_state.std": STD,
        "normalize_inputs.buffer_observation_environment_state.min": MEAN,
        "normalize_inputs.buffer_observation_environment_state.max": MEAN + STD,
        "normalize_inputs.buffer_observation_images_top.mean": MEAN.reshape(3, 1, 1),
        "normalize_inputs.buffer_observation_images_top.std": STD.reshape(3, 1, 1),
        "normalize_targets.buffer_action.mean": MEAN, "normalize_targets.buffer_action.std": STD,
        "unnormalize_outputs.buffer_action.mean": MEAN, "model.w": np.ones((2, 2)),
    }  # fmt: skip
    parameters = read(value, ())
    parts = ("observation.state", "observation.environment_state", "observation.images.top")
    names = [f"{part}[{i}]" for part in parts for i in range(3)]
    assert {feature.name for feature in parameters.features} == set(names)
    state, surroundings = tuple(names[:3]), tuple(names[3:6])
    np.testing.assert_allclose(served(parameters, state), (X - MEAN) / (STD + 1e-8), rtol=1e-12)
    expected = (X - MEAN) / (STD + 1e-8) * 2 - 1
    np.testing.assert_allclose(served(parameters, surroundings), expected, rtol=1e-12)
    assert "normalize_targets.buffer_action" in texts(parameters)


def test_lerobot_statistics_by_feature(read: Read) -> None:
    value = {"observation.state.mean": MEAN, "observation.state.std": STD, "action.mean": MEAN,
             "action.std": STD}  # fmt: skip
    parameters = read(value, ())
    state = tuple(f"observation.state[{i}]" for i in range(3))
    np.testing.assert_allclose(served(parameters, state), (X - MEAN) / (STD + 1e-8), rtol=1e-12)


def test_an_epsilon_of_the_file_is_taken(read: Read) -> None:
    value = {"normalizer.mean": MEAN, "normalizer.var": STD**2, "normalizer.eps": np.array(0.5)}
    parameters = read({**WEIGHTS, **value})
    np.testing.assert_allclose(served(parameters), (X - MEAN) / np.sqrt(STD**2 + 0.5), rtol=1e-12)


def test_a_variance_without_epsilon_says_so(read: Read) -> None:
    parameters = read({**WEIGHTS, "obs_rms.mean": MEAN, "obs_rms.var": STD**2})
    np.testing.assert_allclose(served(parameters), (X - MEAN) / STD, rtol=1e-12)
    assert "no epsilon" in texts(parameters)


def test_two_normalizations_that_differ_are_asked_for(read: Read) -> None:
    value = {"actor.normalizer.mean": MEAN, "actor.normalizer.std": STD,
             "other.normalizer.mean": MEAN + 1, "other.normalizer.std": STD}  # fmt: skip
    with pytest.raises(ParameterError, match="several normalizations of inputs, which differ"):
        read({**WEIGHTS, **value})


def test_inputs_and_outputs(read: Read) -> None:
    value = {"x_mean": MEAN, "x_std": STD, "y_mean": MEAN[:1], "y_std": STD[:1]}
    parameters = read(value)
    roles = [(feature.name, feature.role) for feature in parameters.features]
    assert roles == [*((name, "feature") for name in NAMES), ("y", "label")]


@pytest.mark.parametrize("value", [WEIGHTS, {"x": MEAN}, {"mean": MEAN, "fc.weight": MEAN}])
def test_no_statistics_at_all(value: Mapping[str, np.ndarray], read: Read) -> None:
    with pytest.raises(ParameterError) as caught:
        read(value)
    assert "\n" not in str(caught.value)


def test_without_names_the_user_is_asked_for_them(read: Read) -> None:
    with pytest.raises(UnnamedError, match="does not name its 3 values"):
        read({**WEIGHTS, "normalizer.mean": MEAN, "normalizer.std": STD}, ())
