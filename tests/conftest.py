"""What tests of several floors share."""

import pytest
from reports.sample import AUDIT

from skewcheck.auditing import Audit


@pytest.fixture
def audit() -> Audit:
    """An audit that holds every kind of result."""
    return AUDIT
