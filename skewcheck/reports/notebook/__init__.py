"""What notebooks show of results: fragments of HTML without a script or a style sheet."""
