"""File permissions that bind the tests even where they run as root, as in most containers."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator

import pytest

VERSION = 0x20080522
"""_LINUX_CAPABILITY_VERSION_3 of <linux/capability.h>: two words of 32 bits for each set."""
OVERRIDES = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: with these root reads and writes any file."""


@pytest.fixture
def bound_by_permissions() -> Iterator[None]:
    """Let this thread, and those it starts, open only what the modes of files allow."""
    if os.name != "posix":
        pytest.skip("no file modes on this system")
    if os.geteuid() != 0:
        yield
        return
    if sys.platform != "linux":
        pytest.skip("root may read everything: run as another user")
    libc = ctypes.CDLL(None)
    header = (ctypes.c_uint32 * 2)(VERSION, 0)
    before = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice
    libc.capget(header, before)
    lowered = type(before)(before[0] & ~OVERRIDES, *before[1:])
    if libc.capset(header, lowered):
        pytest.skip("root may read everything, and cannot give that up here")
    yield
    libc.capset(header, before)
