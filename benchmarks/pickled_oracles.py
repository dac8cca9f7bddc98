"""What public files with pickled objects hold: unpickled without any of their classes."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from skewcheck.features.steps import Clip, ZScore
from skewcheck.features.types import Parameters

Found = dict[str, tuple[float, float]]
Oracle = Callable[[Parameters, Path], Found]
_ARRAYS = {"_reconstruct", "ndarray", "dtype", "scalar"}


class _Inert:
    """An object of any class, without its code."""

    def __init__(self, *_: object) -> None:
        """Take any arguments."""


class _Unpickler(pickle.Unpickler):
    """Makes arrays, and inert objects of all else."""

    def find_class(self, module: str, name: str) -> object:
        """Return NumPy's own constructors, and an inert class for any other name."""
        is_array = module.startswith("numpy") and name in _ARRAYS
        return super().find_class(module, name) if is_array else type(name, (_Inert,), {})


def _vec_normalize(known: Parameters, data: Path) -> Found:
    content = (data / "params/vecnormalize/vec_normalize.pkl").read_bytes()
    made = _Unpickler(io.BytesIO(content)).load()
    x = np.random.default_rng(3).normal(size=(100, len(known.features))) * 3
    root = np.sqrt(made.obs_rms.var + made.epsilon)
    right = np.clip((x - made.obs_rms.mean) / root, -made.clip_obs, made.clip_obs)
    ours = np.empty_like(x)
    for i, feature in enumerate(known.features):
        values = x[:, i]
        for step in feature.steps:
            if not isinstance(step, ZScore | Clip):
                raise TypeError(f"{feature.name}: {step.op} is no step of VecNormalize")
            values = step.forward(values)
        ours[:, i] = values
    return {"(x - mean) / sqrt(var + epsilon), clipped": (float(np.abs(ours - right).max()), 1e-9)}


def _npz(known: Parameters, data: Path) -> Found:
    path = data / "params/npz_of_objects/scaler.npz"
    with zipfile.ZipFile(path) as archive:
        content = archive.read("scaler.npy")
    made = _Unpickler(io.BytesIO(content[content.index(b"\n") + 1 :])).load().item()
    steps = [step for f in known.features for step in f.steps if isinstance(step, ZScore)]
    ours = np.array([[step.mean, step.std] for step in steps]).T
    far = np.abs(ours / np.array([made.mean_, made.scale_]) - 1).max()
    names = [str(name) for name in made.feature_names_in_]
    wrong = [f.name for f in known.features] != names
    return {"names": (float(wrong), 0.0), "mean_ and scale_": (float(far), 1e-12)}


ORACLES: Mapping[str, Oracle] = {
    "params/vecnormalize/vec_normalize.pkl": _vec_normalize,
    "params/npz_of_objects/scaler.npz": _npz,
}
"""By the path under the folder of the data."""
