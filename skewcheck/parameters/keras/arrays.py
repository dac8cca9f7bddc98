"""Arrays in HDF5, read by a process of their own: libhdf5 crashes on some damaged files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from skewcheck.parameters.source import ParameterSource

SIGNATURE = b"\x89HDF\r\n\x1a\n"
READER = Path(__file__).with_name("hdf5.py")
LONGEST = 30
"""Seconds that it may take, where the system cannot bound its computing."""


class Arrays:
    """The groups of an HDF5 file that hold arrays, by path."""

    def __init__(self, source: ParameterSource, content: bytes) -> None:
        """Read a file's bytes; ParameterError where they are damaged or h5py is absent."""
        told = _told(source, content)
        self.config: str = told["config"]
        """The model as JSON; empty where the file holds weights alone."""
        self._called: dict[str, str] = told["called"]
        self._found: dict[str, dict[str, NDArray[np.float64]]] = {
            path: {name: np.array(array, np.float64) for name, array in arrays.items()}
            for path, arrays in told["found"].items()
        }

    def of(self, layer: str, usual: str) -> Mapping[str, NDArray[np.float64]]:
        """Return a layer's arrays by their names, none where there are none.

        A layer is known by its own name, or in older files by its class and place, `usual`.
        """
        if layer in self._called:
            return self._found[self._called[layer]]
        for path, arrays in self._found.items():
            parts = path.split("/")
            if layer in parts and "vars" not in parts:
                return arrays
            if not self._called and parts[-2:] == [usual, "vars"]:
                return arrays
        return {}


class _Told(TypedDict):
    """What hdf5.py writes."""

    damaged: str
    """Why the file cannot be read; empty where it can be."""
    config: str
    called: dict[str, str]
    found: dict[str, dict[str, list[object]]]


def _told(source: ParameterSource, content: bytes) -> _Told:
    if find_spec("h5py") is None:
        raise source.error("holds HDF5, which needs h5py; pip install 'skewcheck[keras]'")
    # One thread: each more reserves memory, of which the process may not have much.
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(  # noqa: S603  # a program of ours, the file on its standard input
            [sys.executable, "-P", str(READER)],
            input=content,
            capture_output=True,
            check=True,
            timeout=LONGEST,
            env=alone,
        )
        told: _Told = json.loads(done.stdout)
        if not told["damaged"]:
            return told
        why = told["damaged"]
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        why = "the HDF5 library crashed on it, or came to no end"
    except (OSError, ValueError) as error:
        why = f"no process could read it: {error}"
    raise source.error(f"damaged HDF5 ({why}): save the model again")
