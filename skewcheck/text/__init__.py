"""Text helpers: exceptions, number formatting, name patterns, terminal-safe text, atomic writes."""
