"""Databases: the rows of a table or a query, streamed as Arrow batches, read and never written."""
