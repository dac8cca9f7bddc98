"""Fit parameters and reference distributions to training data; capture fitted transformers."""
