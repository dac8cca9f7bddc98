"""preprocessor_config.json, against the arithmetic of the image and audio processors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skewcheck.features.steps import Affine, ZScore
from skewcheck.parameters import load
from skewcheck.reports.words.notes import texts

VIT = {
    "do_normalize": True, "do_rescale": True, "do_resize": True, "size": {"height": 224},
    "image_mean": [0.485, 0.456, 0.406], "image_processor_type": "ViTImageProcessor",
    "image_std": [0.229, 0.224, 0.225], "resample": 2, "rescale_factor": 0.00392156862745098,
}  # fmt: skip


def write(path: Path, **config: object) -> Path:
    (path / "preprocessor_config.json").write_text(json.dumps(config))
    return path / "preprocessor_config.json"


def test_images(tmp_path: Path) -> None:
    parameters = load(write(tmp_path, **VIT))
    pixels = np.random.default_rng(0).integers(0, 256, (1000, 3)).astype(float)
    names = ["image[0]", "image[1]", "image[2]"]
    assert [f.name for f in parameters.features] == names
    transformed = parameters.transform(pd.DataFrame(pixels, columns=names)).to_numpy(float)
    expected = (pixels * VIT["rescale_factor"] - VIT["image_mean"]) / np.array(VIT["image_std"])
    np.testing.assert_allclose(transformed, expected, rtol=1e-9, atol=1e-9)
    assert parameters["image[1]"].extra["x-source"] == "rescale_factor; image_mean[1]; image_std[1]"


def test_what_the_flags_turn_off(tmp_path: Path) -> None:
    parameters = load(write(tmp_path, **{**VIT, "do_normalize": False}))
    assert parameters["image[0]"].steps == (Affine(0.0, 0.00392156862745098),)
    parameters = load(write(tmp_path, **{**VIT, "do_rescale": False}))
    assert parameters["image[0]"].steps == (ZScore(0.485, 0.229),)
    old = {k: v for k, v in VIT.items() if k not in ("rescale_factor", "do_rescale")}
    parameters = load(write(tmp_path, **old))
    assert parameters["image[0]"].steps == (Affine(0.0, 1 / 255), ZScore(0.485, 0.229))
    assert texts(parameters.notes) == ("no rescale_factor: read as 1/255, as image processors do",)


def test_recordings(tmp_path: Path) -> None:
    # transformers' ASTFeatureExtractor: (input_values - mean) / (std * 2)
    ast = load(write(tmp_path, feature_extractor_type="ASTFeatureExtractor", do_normalize=True,
                     mean=-4.2677393, std=4.5689974, feature_size=1))  # fmt: skip
    assert ast["input_values"].steps == (ZScore(-4.2677393, 2 * 4.5689974),)
    parameters = load(
        write(
            tmp_path,
            feature_extractor_type="Wav2Vec2FeatureExtractor",
            do_normalize=True,
            feature_size=1,
        )
    )
    assert (
        parameters.features[0].untested
        == "each recording is normalized by its own mean and deviation"
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"image_std": [1, 2]}, "image_std: has 2 channels, but image_mean 3"),
        ({"do_rescale": "yes"}, 'do_rescale: must be true or false, got "yes"'),
        ({"image_mean": [1, 2, None]}, "image_mean[2]: must be a finite number, got null"),
    ],
)
def test_what_is_refused(refusal: Callable[..., str], change: dict[str, object], why: str) -> None:
    assert refusal(json.dumps({**VIT, **change})) == why
