"""A model's hash is what `sha256sum` says: of a file, and of a folder by way of its files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from left_out import needs

from skewcheck.parameters.model_file import model_metadata
from skewcheck.text.errors import UsageError


@needs("sha256sum")
def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "model.v2.onnx"
    path.write_bytes(bytes(range(256)) * 5000)
    expected = subprocess.run(
        ["sha256sum", path], capture_output=True, text=True, check=True
    ).stdout
    assert model_metadata(str(path)) == {"name": "model.v2", "sha256": expected.split()[0]}


@needs("sha256sum")
def test_a_folder(tmp_path: Path) -> None:
    model = tmp_path / "saved model"
    for name in ("b/weights 1.bin", "b.json", "a/ä/x", "Z", ".hidden"):
        (model / name).parent.mkdir(parents=True, exist_ok=True)
        (model / name).write_text(name * 1000)
    (model / "empty").mkdir()
    recipe = "find -L . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"
    expected = subprocess.run(
        ["sh", "-c", recipe], cwd=model, capture_output=True, text=True, check=True
    )
    before = model_metadata(str(model))
    assert before == {"name": "saved model", "sha256": expected.stdout.split()[0]}
    (model / "b" / "weights 1.bin").rename(model / "b" / "weights 2.bin")
    assert model_metadata(str(model)) != before


def test_no_model(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^model: .*absent: cannot read it \(No such file"):
        model_metadata(str(tmp_path / "absent"))
    with pytest.raises(UsageError, match="holds no file"):
        model_metadata(str(tmp_path))
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match=r"^model: .*loop: cannot read it"):
        model_metadata(str(tmp_path / "loop"))
