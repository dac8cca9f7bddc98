"""One model's parameters in several files: what feeds what, by names and counts."""
