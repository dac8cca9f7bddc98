"""Profiles that travel: a log's counts in a file (`.skw`), which audits read in its place."""
