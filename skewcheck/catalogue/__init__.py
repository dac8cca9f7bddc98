"""The one place that lists codes: an entry per test and per cause."""
