"""Why production differs from training: mechanisms, their parameters, where and since when.

A mechanism predicts served values from raw ones, row by row or as a distribution. Each family of
them is a module whose `candidates` yields mechanisms; the catalogue of causes names the families
and their order. `diagnose` gathers the evidence of each feature and starts the search:
`failing_rows` where raw and served values of the same rows are logged, `one_sided_served` and
`one_sided_raw` where only one of the two is, `categories` for categorical features. No threshold of
a verdict stands here.
"""
