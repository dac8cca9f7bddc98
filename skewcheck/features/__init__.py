"""What training knew: features, their steps and their reference distributions."""
