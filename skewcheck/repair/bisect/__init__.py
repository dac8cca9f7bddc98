"""The commit whose numbers production uses: versions of a file in git, and which of them fits."""
