"""The words that people use for the numbers of a normalization, and for what holds them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "mean": "mean means mu average avg mean_value mean_values",
        "std": "std stds sd sigma stddev std_dev stdev standard_deviation std_deviation std_devs",
        "var": "var vars variance variances",
        "scale": "scale scales",
        "offset": "min_",  # scikit-learn's MinMaxScaler: x * scale_ + min_
        "shift": "offset offsets shift shifts",
        "min": "min mins minimum minimums data_min data_mins min_val min_value min_values",
        "max": "max maxs maximum maximums data_max data_maxs max_val max_value max_values max_",
        "range": "feature_range target_range output_range",
        "width": "data_range",
        "center": "center centers centre centres",
        "q50": "median medians",
        "iqr": "iqr iqrs interquartile_range",
        "maxabs": "max_abs maxabs abs_max absmax",
        "count": "count counts n n_samples n_samples_seen num_samples n_rows row_count frame_num",
        "sum": "mean_stat sum sums",
        "squares": "var_stat sum_sq sum_squares sum_of_squares sumsq",
        "fill": "fill fills fill_value fill_values fillna impute impute_value impute_values"
        " imputer imputation imputer_values column_means column_medians statistics_",
    }
)
"""What each kind of number is called. A single letter or a vague word stands only where no other
reading is possible; keys are compared in lower case, `dataMin` as `data_min`."""
METHOD = _set(
    "scaler_type type method scaler scaler_class normalization normalization_type norm_type"
    " norm_mode class kind normalizer mode scaling strategy"
)
NAMES = _set(
    "feature_names feature_names_in names columns column_names cols features feature_order order"
    " feature_columns feature_cols input_features input_columns numeric_features numeric_columns"
    " numerical_features numerical_columns num_cols num_features scaled_columns scaled_features"
    " columns_to_scale features_to_scale labels keys"
)
LEVELS = _set("classes categories levels vocabulary vocab mapping")
ENCODERS = _set(
    "label_encoders encoders encoder label_encoder categorical_encoders encodings cat categorical"
)
FLAGS = _set("with_mean with_std with_centering with_scaling clip")
FILLS = _set("mean means median medians mode modes fill fills imputer impute")
"""Words of a file's name that say its numbers fill nulls."""
WRAPPERS = _set(
    "norm_stats norm_stat stats statistics stat scaler scalers standard_scaler scaler_params"
    " scaler_stats standardscaler minmaxscaler minmax_scaler min_max_scaler robust_scaler params"
    " parameters normalization normalizer normalizers norm normalization_params"
    " normalization_stats features feature_stats feature_statistics feature_params numeric"
    " numerical num numeric_features numeric_stats data dataset preprocessing preprocessor scaling"
    " training train columns variables config"
)
"""Words that hold the whole and are no part of a feature's name."""
INPUTS = _set("X x input inputs features feature")
OUTPUTS = _set("y Y target targets label labels output outputs")
CALLED = ("feature", "name", "column", "feature_name", "column_name", "field", "variable")
"""What the key of a record's name is called: `[{"feature": "age", "mean": ...}]`."""

METHODS: Mapping[str, str] = MappingProxyType(
    {
        "standard": "zscore", "zscore": "zscore", "standardize": "zscore", "meanstd": "zscore",
        "standardization": "zscore", "gaussian": "zscore", "standardscaler": "zscore",
        "z": "zscore", "standardise": "zscore", "normal": "zscore",
        "minmax": "minmax", "minmaxscaler": "minmax", "robust": "robust",
        "robustscaler": "robust", "maxabs": "maxabs", "maxabsscaler": "maxabs",
        "quantile": "quantiles", "quantiles": "quantiles", "mean": "fill", "median": "fill",
        "simpleimputer": "fill", "meannormalization": "meanrange", "meanrange": "meanrange",
        "bounds": "minmax", "boundsq99": "quantiles", "q99": "quantiles",
    }
)  # fmt: skip

_REMEMBERED = 10_000
_WORDS = {word: kind for kind, words in NUMBERS.items() for word in words.split()}
_QUANTILE = re.compile(r"(?:q|p|quantile_?|percentile_?)(\d{1,2})$|(\d{1,2})%$")


def snake(key: str) -> str:
    """Return a key in the one spelling in which words are compared."""
    key = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key.strip())
    return re.sub(r"[-. ]+", "_", key.lower())


@lru_cache(_REMEMBERED)
def number(key: str) -> str | None:
    """Return which kind of number a key holds, or None: `data_min_` is min, `min_` offset."""
    word = snake(key)
    kind = _WORDS.get(word) or _WORDS.get(word.rstrip("_"))
    if kind is None and (found := _QUANTILE.match(word)):
        percent = found[1] or found[2]
        kind = f"q{int(percent):02d}" if percent.strip("0") else None
    return kind


@lru_cache(_REMEMBERED)
def plain(key: str) -> str:
    """Return a key as the sets of words have it."""
    return snake(key).strip("_")


@lru_cache(_REMEMBERED)
def divided(key: str) -> tuple[str, str] | None:
    """Return kind and feature of a key such as `mean_age` or `age_std`, or None."""
    cuts = [found.start() for found in re.finditer(r"[_. -]", key)]
    for cut in cuts[::-1]:
        if (kind := number(key[:cut])) and key[cut + 1 :]:
            return kind, key[cut + 1 :]
    for cut in cuts:
        if (kind := number(key[cut + 1 :])) and key[:cut]:
            return kind, key[:cut]
    return None


def method(text: str) -> str | None:
    """Return the method that a text names ("StandardScaler", "z-score", "MEAN_STD"), or None."""
    word = re.sub(r"[^a-z0-9]", "", text.lower())
    for tail in ("", "scaler", "normalization", "scaling", "normalize", "normalizer"):
        if word.endswith(tail) and (known := METHODS.get(word.removesuffix(tail))):
            return known
    return None
