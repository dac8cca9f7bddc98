"""The text of the one option that stands before the commands: their help needs no other."""

DEBUG = "Show the traceback of an error."
