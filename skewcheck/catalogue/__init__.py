"""Catalogue of tests and causes: one entry per code."""
