"""What bench.py holds the audit against: scripts for `python -c`, the log as last argument."""

SCANS = {
    "row groups": """
import sys, pyarrow.parquet as pq
file = pq.ParquetFile(sys.argv[1])
for group in range(file.num_row_groups):
    file.read_row_group(group)
""",
    "iter_batches": """
import sys, pyarrow.parquet as pq
for batch in pq.ParquetFile(sys.argv[1]).iter_batches(batch_size=131072):
    pass
""",
    "dataset": """
import sys, pyarrow.dataset as ds
for batch in ds.dataset(sys.argv[1]).to_batches():
    pass
""",
}
# Faster than what was asked for, and beyond what a plain reader would think of: shown beside it.
DICTIONARY_SCAN = """
import sys, pyarrow.parquet as pq
names = [name for name in pq.read_schema(sys.argv[1]).names
         if name.startswith("category") and not name.endswith("_norm")]
file = pq.ParquetFile(sys.argv[1], read_dictionary=names)
for group in range(file.num_row_groups):
    file.read_row_group(group)
"""
CSV_SCAN = """
import sys, pyarrow.csv
for batch in pyarrow.csv.open_csv(sys.argv[1]):
    pass
"""
JSON_SCAN = """
import sys, pyarrow.json
for batch in pyarrow.json.open_json(sys.argv[1]):
    pass
"""
SCIPY = """
import sys, pandas as pd
from scipy import stats
train, log = (pd.read_parquet(path) for path in sys.argv[1:])
for name in train:
    if train[name].dtype.kind in "if":
        stats.ks_2samp(train[name].dropna(), log[name].dropna(), method="asymp")
    else:
        counts = pd.concat([train[name].value_counts(), log[name].value_counts()], axis=1)
        stats.chi2_contingency(counts.fillna(0).T, correction=False)
"""
# Of each number ten bins of equal width over training's range, of each category all levels.
DUCKDB = """
import json, sys, duckdb
wanted = []
for name, feature in json.load(open(sys.argv[1]))["features"].items():
    bins = ""
    if feature["type"] == "numeric":
        least, most = feature["reference"]["min"], feature["reference"]["max"]
        bins = f", {[least + (most - least) * i / 10 for i in range(1, 11)]}"
    wanted.append(f'histogram("{name}"{bins})')
duckdb.sql(f"select {', '.join(wanted)} from read_parquet('{sys.argv[2]}')").fetchall()
"""
SMALL_IMPORTS = "import pyarrow.parquet, scipy.special, rich.table, typer"
