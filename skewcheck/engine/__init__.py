"""Sources, the plan of an audit, the parallel pass over the rows, and what `--state` keeps."""
