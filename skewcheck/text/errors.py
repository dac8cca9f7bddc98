"""What can go wrong before an audit has a verdict: each of these ends in exit code 2."""


class SkewcheckError(Exception):
    """The audit cannot be done. The message is one line: what, where, and what to do."""


class UsageError(SkewcheckError):
    """An option or an argument does not make sense."""


class ParameterError(SkewcheckError):
    """A parameter file is not valid; the message names the key."""


class LogError(SkewcheckError):
    """A log or a training file cannot be read; the message names the file."""


class NothingToTestError(SkewcheckError):
    """No feature matched, no row was left: a gate must not pass because of it."""
