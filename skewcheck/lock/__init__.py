"""Whether parameter files are what was locked, and logs written as training normalizes them."""
