"""Tables and databases: what is read through their own log or engine."""
