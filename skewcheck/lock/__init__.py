"""Verification and comparison of parameter files, and normalized logs."""
