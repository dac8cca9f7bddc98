"""From a log to its profile: the source, the plan, the pass over the rows, what `--state` keeps."""
