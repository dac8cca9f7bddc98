"""What training knew, from training data."""
