"""Build the kernel beside its source when skewcheck is built or installed: a hook of hatchling.

Without a compiler, or with SKEWCHECK_KERNEL=off, skewcheck is installed without it, and counts the
same rows with NumPy alone. The extension uses the stable interface of Python 3.11: one wheel per
platform serves all later versions.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("skewcheck/counts/_kernel.c")
FLAGS = ["/O2", "/fp:precise"] if os.name == "nt" else ["-O3", "-ffp-contract=off"]
"""No contraction: a value's bucket must be the same to the bit as that of a threshold in NumPy."""


class KernelHook(BuildHookInterface):
    """Compiles, and adds the result to the wheel."""

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        """Compile before the files of a wheel are collected; say so where that fails."""
        if self.target_name != "wheel" or os.environ.get("SKEWCHECK_KERNEL") == "off":
            return
        try:
            built = _compiled(Path(self.root))
        except Exception as problem:  # whatever a compiler may do: the kernel is optional
            self.app.display_warning(f"counting with NumPy alone, no kernel was built: {problem}")
            return
        build_data["artifacts"] = [str(built.relative_to(self.root))]
        build_data["pure_python"] = False
        if version != "editable":
            from packaging.tags import sys_tags

            platform = next(sys_tags()).platform
            build_data["tag"] = f"cp311-abi3-{platform}"


def _compiled(root: Path) -> Path:
    from setuptools import Distribution, Extension

    here = Path.cwd()
    os.chdir(root)
    try:
        extension = Extension(
            "skewcheck.counts._kernel", [str(SOURCE)], extra_compile_args=FLAGS, py_limited_api=True
        )
        command = Distribution({"ext_modules": [extension]}).get_command_obj("build_ext")
        with tempfile.TemporaryDirectory() as objects:
            command.inplace, command.build_temp = True, objects
            command.ensure_finalized()
            command.run()
            return root / command.get_ext_fullpath(extension.name)
    finally:
        os.chdir(here)


if __name__ == "__main__":  # in a checkout that was installed in place: python _build.py
    sys.exit(None if _compiled(Path(__file__).parents[2]) else 1)
