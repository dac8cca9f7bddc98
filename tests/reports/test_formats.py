"""What holds for every format."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest
from counting import calls
from reports.sample import many, nasty

from skewcheck.reports import FORMATS, check
from skewcheck.reports.redact import without_values
from skewcheck.results.audit import Audit
from skewcheck.text.errors import UsageError


@pytest.mark.parametrize("name", FORMATS)
def test_a_feature_more_costs_what_the_one_before_did(name: str) -> None:
    render = FORMATS[name]
    render(many(4))  # its libraries are loaded
    assert calls(lambda: render(many(200))) < 11 * calls(lambda: render(many(20)))


@pytest.mark.parametrize("name", FORMATS)
def test_no_control_character_of_the_data_passes(name: str) -> None:
    for audit in (nasty(), without_values(nasty())):
        text = FORMATS[name](audit)
        assert text.encode()
        assert text.endswith("\n")
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_audit_gives_the_same_bytes(audit: Audit, name: str) -> None:
    assert FORMATS[name](audit) == FORMATS[name](replace(audit, run=dict(audit.run)))


def test_formats_are_imported_when_they_are_asked_for() -> None:
    code = (
        "import sys; from skewcheck.reports import FORMATS\n"
        "heavy = {'rich.console', 'prometheus_client', 'xml.etree.ElementTree', 'pandas'}\n"
        "print(heavy & set(sys.modules))\n"
        "print([name for name in sys.modules if name.startswith('skewcheck.reports.')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "set()\n[]\n"


def test_a_missing_library_is_told_before_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, "skewcheck.reports.prometheus", raising=False)
    with pytest.raises(UsageError) as told:
        check(["json", "prometheus"])
    assert str(told.value) == (
        "format prometheus needs prometheus_client: pip install 'skewcheck[prometheus]'"
    )
