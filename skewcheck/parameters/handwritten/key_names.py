"""Key names that people use for the numbers of a normalization, and for their containers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


NUMBER_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "mean": "mean means mu mus average avg mean_value mean_values",
        "std": "std stds sd sds sigma sigmas devs stddev stddevs std_dev std_devs stdev stdevs"
        " standard_deviation standard_deviations std_deviation std_deviations",
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
        "epsilon": "epsilon eps",
        "bound": "clip_obs",  # Stable-Baselines3: the normalized value is clipped to -bound, bound
        "fill": "fill fills fill_value fill_values fillna impute impute_value impute_values"
        " imputer imputation imputer_values column_means column_medians statistics_",
    }
)
"""Names of each kind of number. Keys are compared in lower case, `dataMin` as `data_min`; a single
letter or a vague word is listed only if it has no other meaning."""
METHOD_KEYS = _words(
    "scaler_type type method scaler scaler_class normalization normalization_type norm_type"
    " norm_mode class kind normalizer mode scaling strategy"
)
"""Keys whose value names the normalization method."""
NAME_KEYS = _words(
    "feature_names feature_names_in names columns column_names cols features feature_order order"
    " feature_columns feature_cols input_features input_columns numeric_features numeric_columns"
    " numerical_features numerical_columns num_cols num_features scaled_columns scaled_features"
    " columns_to_scale features_to_scale labels keys"
)
"""Keys of a list of feature names."""
LEVEL_KEYS = _words("classes categories levels vocabulary vocab mapping")
"""Keys of a list of levels."""
ENCODER_KEYS = _words(
    "label_encoders encoders encoder label_encoder categorical_encoders encodings cat categorical"
)
"""Keys of an object of label encoders."""
FLAG_KEYS = _words("with_mean with_std with_centering with_scaling clip")
"""Keys of scikit-learn's settings that are true or false."""
FILL_FILE_WORDS = _words(
    "mean means median medians mode modes fill fills imputer imputers impute imputation imputations"
)
"""Words in a file name which say that the file's numbers fill nulls."""
WRAPPER_KEYS = _words(
    "norm_stats norm_stat stats statistics stat scaler scalers standard_scaler scaler_params"
    " scaler_stats standardscaler minmaxscaler minmax_scaler min_max_scaler robust_scaler params"
    " parameters normalization normalizer normalizers norm normalization_params"
    " normalization_stats features feature_stats feature_statistics feature_params numeric"
    " numerical num numeric_features numeric_stats data dataset preprocessing preprocessor scaling"
    " training train columns variables config obs_rms running_mean_std"
)
"""Keys that contain everything and are no part of a feature's name."""
_RANGE_WORDS = _words("ranges range bounds limits")
_RANGE_CONTEXT = _words("numeric numerical num feature input valid value form field slider column")
INPUT_WORDS = _words("x input inputs features feature")
"""Words for the statistics of a model's inputs."""
TARGET_WORDS = _words("target targets label labels")
"""Words for what a model was trained to predict."""
OUTPUT_WORDS = TARGET_WORDS | _words("y output outputs")
"""Words for the statistics of a model's outputs."""
_SIDE_WORDS = (
    INPUT_WORDS
    | OUTPUT_WORDS
    | _words("obs observation observations state states proprio action actions act acts")
)
"""Words that say of which vector a kind of number is: `mean_X`, `action_std`."""
_SIDE_CONTEXT = _words(
    "train training data stats scaler norm normalizer normalization params parameters"
)
"""Words beside those of a side that say no more: `X_train`, `y_scaler`."""
COMMON_KINDS = frozenset(("count", "range", "epsilon", "bound"))
"""Kinds of numbers that are of all features, and of hyperparameters: `n_features`."""
_NAME_LIST_WORDS = _words("names name columns column cols features keys vars variables")
_MASK = re.compile(r"(?:(.+)_)?masks?(?:_(.+))?")
_MASK_CONTEXT = re.compile(r"_?(?:normalization|normalize|normalise|norm)$")
RECORD_NAME_KEYS = ("feature", "name", "column", "feature_name", "column_name", "field", "variable")
"""Keys of the feature's name in a record: `[{"feature": "age", "mean": ...}]`."""

METHOD_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "standard": "zscore", "zscore": "zscore", "standardize": "zscore", "meanstd": "zscore",
        "standardization": "zscore", "gaussian": "zscore", "standardscaler": "zscore",
        "z": "zscore", "standardise": "zscore", "normal": "zscore",
        "minmax": "minmax", "minmaxscaler": "minmax", "robust": "robust",
        "robustscaler": "robust", "maxabs": "maxabs", "maxabsscaler": "maxabs",
        "quantile": "quantiles", "quantiles": "quantiles", "mean": "fill", "median": "fill",
        "simpleimputer": "fill", "meannormalization": "meanrange", "meanrange": "meanrange",
        "bounds": "minmax", "boundsq99": "quantiles", "q99": "quantiles", "q01q99": "quantiles",
        "p01p99": "quantiles", "q1q99": "quantiles", "p1p99": "quantiles",
    }
)  # fmt: skip
"""The step of each method name, in lower case without punctuation."""

CACHE_SIZE = 10_000
"""Keys whose meaning is cached: more than a file of 1,000 features has."""
_KIND_OF_WORD = {word: kind for kind, words in NUMBER_WORDS.items() for word in words.split()}
_QUANTILE = re.compile(r"(?:q|p|quantile_?|percentile_?)(\d{1,2})$|(\d{1,2})%$")


def snake(name: str) -> str:
    """Return a key in snake case, in which keys are compared."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[-. ]+", "_", name.lower())


@lru_cache(CACHE_SIZE)
def number_kind(key: str) -> str | None:
    """Return the kind of number that a key names, or None: `data_min_` is min, `min_` is offset."""
    word = snake(key)
    kind = _KIND_OF_WORD.get(word) or _KIND_OF_WORD.get(word.rstrip("_"))
    if kind is None and (match := _QUANTILE.match(word)):
        percent = match[1] or match[2]
        kind = f"q{int(percent):02d}" if percent.strip("0") else None
    return kind


@lru_cache(CACHE_SIZE)
def normalized_key(key: str) -> str:
    """Return a key in the form in which the sets of keys list it."""
    return snake(key).strip("_")


@lru_cache(CACHE_SIZE)
def split_key(key: str) -> tuple[str, str] | None:
    """Return kind and feature of a key such as `mean_age` or `age_std`, or None.

    None for a bound of a clip, `clip_min`: nothing says of which values it is; and for a ratio of a
    report, `Average Annotations per Image`.
    """
    if " per " in key:
        return None
    separators = [match.start() for match in re.finditer(r"[_. -]", key)]
    halves = [(key[:index], key[index + 1 :]) for index in separators]
    pairs = [(number_kind(kind), name) for kind, name in halves[::-1]]
    pairs += [(number_kind(kind), name) for name, kind in halves]
    first = next(((kind, name) for kind, name in pairs if kind and name), None)
    return None if first in (("min", "clip"), ("max", "clip")) else first


def _parts(key: str) -> tuple[str, ...]:
    """Return the words of a key as written: `meanX_train` gives mean, X, train."""
    return tuple(filter(None, re.split(r"[_. -]|(?<=[a-z0-9])(?=[A-Z])", key)))


@lru_cache(CACHE_SIZE)
def side(key: str) -> Literal["input", "output"] | None:
    """Return whether a key holds a model's inputs (`X`, `x_scaler`) or outputs; None if neither."""
    words = [word for part in _parts(key) if (word := part.lower()) not in _SIDE_CONTEXT]
    if len(words) != 1:
        return None
    return "input" if words[0] in INPUT_WORDS else "output" if words[0] in OUTPUT_WORDS else None


@lru_cache(CACHE_SIZE)
def side_key(key: str) -> tuple[str, str] | None:
    """Return kind and side of a key such as `mean_X`, `train_y_std` or `action_min`, or None."""
    parts = [part for part in _parts(key) if part.lower() not in ("train", "training")]
    for name, rest in ((parts[-1:], parts[:-1]), (parts[:1], parts[1:])):
        kind = number_kind("_".join(rest)) if rest and name[0].lower() in _SIDE_WORDS else None
        if kind is not None and kind not in COMMON_KINDS:
            return kind, name[0]
    return None


@lru_cache(CACHE_SIZE)
def name_list_side(key: str) -> Literal["input", "output"] | None:
    """Return whose names a list holds: outputs' (`target_names`), inputs' or all; None if none."""
    parts = [part.lower() for part in _parts(key)]
    if len(parts) > 1 and parts[-1] in _NAME_LIST_WORDS and (owner := side("_".join(parts[:-1]))):
        return owner
    return "input" if normalized_key(key) in NAME_KEYS else None


@lru_cache(CACHE_SIZE)
def is_range_table(key: str) -> bool:
    """Return whether a key holds what values may be, as of a form: `numeric_ranges`, `limits`."""
    words = _words(normalized_key(key).replace("_", " "))
    rest = {word.rstrip("s") for word in words - _RANGE_WORDS}
    return bool(words & _RANGE_WORDS) and rest <= _RANGE_CONTEXT


@lru_cache(CACHE_SIZE)
def mask_name(key: str) -> str | None:
    """Return what a mask is of: "" for `mask`, `action` for `action_norm_mask`; None if no mask."""
    found = _MASK.fullmatch(normalized_key(key))
    return None if found is None else _MASK_CONTEXT.sub("", found[1] or "") or found[2] or ""


def method_name(text: str) -> str | None:
    """Return the method that a text names ("StandardScaler", "z-score", "MEAN_STD"), or None."""
    word = re.sub(r"[^a-z0-9]", "", text.lower())
    for suffix in ("", "scaler", "normalization", "scaling", "normalize", "normalizer"):
        if word.endswith(suffix) and (step := METHOD_NAMES.get(word.removesuffix(suffix))):
            return step
    return None
