"""Causes of features whose normalization depends on a key, or on a scope of rows."""

from __future__ import annotations

from skewcheck.catalogue.cause_spec import CauseSpec

WRONG_GROUP = CauseSpec(
    "wrong_group",
    title="production used the parameters of another key",
    detected=(
        "the parameters are by a key column, and those of another key than a row's own predict"
        " what it was served; nothing else is as many rows' parameters."
    ),
    do=(
        "look at how the server looks up the parameters of a row: a default key, a cache, keys in"
        " another order than in training."
    ),
    phrases={
        "": "with the parameters of {group}, which is the key of other rows",
        "several": (
            "with the parameters of other keys than their own, as of {group} in rows of {own}"
        ),
    },
    together="with the parameters of other keys than their own",
    injected="group=b",
)
GLOBAL_PARAMETERS = CauseSpec(
    "global_parameters",
    title="production used one set of parameters for all rows",
    detected=(
        "training's parameters are by a key, or of a scope of rows. One line through raw and served"
        " values explains rows of several keys, or of whatever scope, and is of no key's own"
        " parameters."
    ),
    do="serve with the parameters of each row's key, or of its scope, as training does.",
    phrases={
        "": "with {used} for all keys, where training has parameters for each",
        "scope": "with {used}, where training takes them from {scope:scope}",
    },
    together="with one set of parameters for all rows",
    shown_of_many=("mean", "std"),
    read_off=True,
    injected="mean=3 std=9",
)
SCOPE_CHANGED = CauseSpec(
    "scope_changed",
    title="production normalized over another scope of rows",
    detected=(
        "other lengths of windows and batches, the other ddof, batches for windows, all rows so"
        " far, scopes that do not heed the key, and statistics that begin anew, decay, are those"
        " before a row, are subtracted only, or divide by the variance, are tried on rows that fail"
        " parity; the one that predicts nearly all of them is named."
    ),
    do="compare the server's code with the standardize step of `skewcheck show`.",
    phrases={
        "": "normalized over {scope:scope}, where training has {training:scope}",
    },
    together="normalized over another scope of rows",
    origin=("over",),
    shown=("over", "length", "ddof", "method", "row"),
    injected="ddof=1",
)
