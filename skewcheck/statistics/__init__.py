"""Pure functions: two-sample tests, intervals, power, changepoints, corrections."""
