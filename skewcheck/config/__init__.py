"""Settings: the table of options, and how flags and TOML files become one `Settings`."""
