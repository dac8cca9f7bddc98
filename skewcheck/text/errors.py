"""Exceptions that end an audit before it has a verdict (exit code 2)."""


class SkewcheckError(Exception):
    """Base class: the audit cannot be done. One line says what, where and what to do."""


class UsageError(SkewcheckError):
    """An option or an argument is invalid."""


class ParameterError(SkewcheckError):
    """A parameter file is invalid; the message names the key."""


class LogError(SkewcheckError):
    """A log or a training file cannot be read; the message names the file."""


class NothingToTestError(SkewcheckError):
    """No feature matches or no row is left; a gate must not pass in this case."""
