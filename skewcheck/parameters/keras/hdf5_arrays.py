"""Read arrays from HDF5 in a separate process: libhdf5 crashes on some damaged files."""

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
"""First bytes of an HDF5 file."""
PROCESS_SCRIPT = Path(__file__).with_name("hdf5_process.py")
"""The script of the separate process."""
TIMEOUT = 30
"""Seconds until the process is killed, on systems that cannot limit its CPU time."""


class LayerArrays:
    """The groups of an HDF5 file that contain arrays, by path."""

    def __init__(self, source: ParameterSource, content: bytes) -> None:
        """Read a file's bytes; ParameterError if they are damaged or h5py is not installed."""
        output = _read_in_process(source, content)
        self.config: str = output["config"]
        """The model as JSON; empty if the file contains only weights."""
        self._paths: dict[str, str] = output["paths"]
        self._arrays: dict[str, dict[str, NDArray[np.float64]]] = {
            path: {name: np.array(array, np.float64) for name, array in arrays.items()}
            for path, arrays in output["arrays"].items()
        }

    def of(self, layer: str, default_name: str) -> Mapping[str, NDArray[np.float64]]:
        """Return a layer's arrays by name; empty if it has none.

        A layer is identified by its name, or in older files by its class and index, `default_name`.
        """
        if layer in self._paths:
            return self._arrays[self._paths[layer]]
        for path, arrays in self._arrays.items():
            parts = path.split("/")
            if layer in parts and "vars" not in parts:
                return arrays
            if not self._paths and parts[-2:] == [default_name, "vars"]:
                return arrays
        return {}


class _ProcessOutput(TypedDict):
    """Output of hdf5_process.py."""

    damaged: str
    """Why the file cannot be read; empty if it can."""
    config: str
    paths: dict[str, str]
    arrays: dict[str, dict[str, list[object]]]


def _read_in_process(source: ParameterSource, content: bytes) -> _ProcessOutput:
    if find_spec("h5py") is None:
        raise source.error("holds HDF5, which needs h5py; pip install 'skewcheck[keras]'")
    # One thread: each further thread reserves memory, which is limited in the process.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        process = subprocess.run(  # noqa: S603  # a program of ours, the file on its standard input
            [sys.executable, "-P", str(PROCESS_SCRIPT)],
            input=content,
            capture_output=True,
            check=True,
            timeout=TIMEOUT,
            env=environment,
        )
        output: _ProcessOutput = json.loads(process.stdout)
        if not output["damaged"]:
            return output
        reason = output["damaged"]
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        reason = "the HDF5 library crashed on it, or came to no end"
    except (OSError, ValueError) as error:
        reason = f"no process could read it: {error}"
    raise source.error(f"damaged HDF5 ({reason}): save the model again")
