"""Features of the training data: preprocessing steps and reference distributions."""
