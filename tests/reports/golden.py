"""Golden files: `make golden` (GOLDEN=1) accepts what is, the diff is then to be read."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def assert_same(name: str, text: str) -> None:
    """Compare with the golden file of that name, byte by byte."""
    path = FOLDER / name
    if os.environ.get("GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    assert text == path.read_bytes().decode()
