"""Text for people and files: errors, numbers, patterns, atomic writes."""
