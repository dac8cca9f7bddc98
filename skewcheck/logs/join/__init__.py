"""Records of the same id become one row: in partitions, through a temporary file, in log order."""
