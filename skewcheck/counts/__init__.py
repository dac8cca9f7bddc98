"""What is counted of a log: a profile, which can be added; how it is planned, and kept as bytes."""
