"""Connect a log with a parameter file: which of its values are which side of which feature."""
