"""Incidents in words: where and since when, as far as either is known."""

from dataclasses import replace

from skewcheck.reports.words import incidents
from skewcheck.results.causes import Place
from skewcheck.results.incidents import Incident
from skewcheck.results.verdicts import Verdict


def test_an_incident_of_a_time_alone_is_in_no_place() -> None:
    began = Incident(("a", "b"), ("ks",), None, 1795132800.0, None, None, Verdict.SKEW)
    assert incidents.message(began) == "2 features since 2026-11-20 00:00: skew (ks)"
    of_host = replace(began, place=Place("host", values=("web-7",)))
    assert incidents.message(of_host).startswith("2 features in host = web-7 since 2026-11-20")
