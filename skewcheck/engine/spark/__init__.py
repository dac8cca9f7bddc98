"""Spark DataFrames as sources: what their tasks measure, and what of it the driver adds."""
