"""From a profile to an audit: every test of every feature, judged together."""
