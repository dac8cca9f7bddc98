"""Causes of other codes and names of levels than training's."""

from __future__ import annotations

from skewcheck.catalogue.cause_spec import CauseSpec

ENCODING_CHANGED = CauseSpec(
    "encoding_changed",
    title="category codes permuted or shifted",
    detected=(
        "the code (or the onehot column) that each level was served with, against the "
        "vocabulary: shifted, in alphabetical or reverse order, permuted, or that of unknown "
        "levels. Without raw levels the shares of the codes tell a shift, and another order of "
        "three or more codes whose shares differ; codes that no list of levels or buckets gives"
        " are told as such where nothing explains them. Columns of levels may be zero, constant, "
        "permuted or unscaled, and several may be 1 at once. Numbers of a map that differ by 5e-5 "
        "standard deviations of training's at most are a warning. Codes of buckets may be shifted "
        "or in reverse order, too; other edges of theirs are step_changed. Where codes are no map "
        "of the levels, rows are read in their order: batches of up to 1,000 rows may each have "
        "their own."
    ),
    do="ship the vocabulary with the model instead of building it again.",
    phrases={
        "shifted": "with codes shifted by {shift:+g}",
        "alphabetical": "with codes in alphabetical order",
        "alphabetical_from_1": "with codes in alphabetical order, from 1",
        "reverse": "with codes in reverse order",
        "reverse_from_1": "with codes in reverse order, from 1",
        "permuted": "with codes permuted",
        "mixed": "with codes mixed up",
        "several_ones": "with several ones in a row of one-hot columns",
        "unknown": "with the code for unknown levels",
        "other_unknown": "with another code for unknown levels",
        "strangers": "with codes that training cannot give: {strange:codes}",
        "other_numbers": "with other numbers for levels",
        "batch_appearance": (
            "with codes that number the levels of each batch of {length} rows as they appear"
        ),
        "batch_name": (
            "with codes that number the levels of each batch of {length} rows in alphabetical order"
        ),
        "columns_unknown": "with the numbers of unknown levels in the columns of {columns:columns}",
        "columns_zero": "with 0 in the columns of {columns:columns}",
        "columns_constant": "with {constants:codes} throughout in the columns of {columns:columns}",
        "columns_unscaled": "as 0 and 1, unscaled, in the columns of {columns:columns}",
        "columns_permuted": "with the columns of {columns:columns} permuted",
        "columns_other": "with other numbers in the columns of {columns:columns}",
    },
    together="with other category codes",
    shown=("over", "length", "rule"),
    family="skewcheck.causes.encoding",
    complexity=5,
    injected="shift=1; order=alphabetical; order=reverse",
)
CATEGORY_RENAMED = CauseSpec(
    "category_renamed",
    title="other spelling of the same categories",
    detected=(
        "levels that training never saw become known ones once case, white space, Unicode form, "
        "accents, an encoding that was misread (`CrÃ©dit`), characters that were lost (`Cr?dit`),"
        " number format (`1` for `1.0`), truth values, punctuation or a common prefix or suffix"
        " are set aside. Abbreviations are told beside drift: new levels that take the shares "
        "of vanished ones, with letters of theirs; so is a log of codes alone that are nearly "
        "all that of unknown levels. Where all levels of training are numbers, "
        "`1` and `1.0` are one level anyway, and nothing is found: pandas writes integers "
        "beside nulls so. Likewise of dates and times, however they are written (`2026-11-01`, "
        "`2026-11-01 00:00:00`, JSON's number of milliseconds), and of truth values."
    ),
    do="map the names back, or train again with the new ones.",
    phrases={
        "white_space": "under other names: white space differs",
        "unicode_form": "under other names: Unicode form differs",
        "unicode_forms": "under other names: Unicode form differs ({used} for {training})",
        "misread": "under other names: UTF-8 read in another encoding (Ã© for é)",
        "named_characters": "under other names: HTML names of characters (&eacute; for é)",
        "percent_encoded": "under other names: encoded for URLs (%20 for a space)",
        "invisible": "under other names: invisible characters differ",
        "number_format": "under other names: number format differs",
        "case": "under other names: case differs",
        "case_and_white_space": "under other names: case and white space differ",
        "truth_values": "under other names: truth values differ (as true and 1)",
        "width": "under other names: width or form of characters differs",
        "accents": "under other names: accents differ",
        "lost_characters": "under other names: characters beyond ASCII were lost (? for é)",
        "punctuation": "under other names: punctuation differs",
        "prefix_added": "under other names: a prefix was added",
        "prefix_missing": "under other names: a prefix is missing",
        "suffix_added": "under other names: a suffix was added",
        "suffix_missing": "under other names: a suffix is missing",
        "truncated": "under other names: cut to {length} characters",
        "abbreviated": "under other names: abbreviations with the shares of others",
        "unknown": "as unknown: their levels are spelt otherwise, or new",
    },
    together="under other names of their categories",
    renames=True,
    injected=(
        "prefix=x_; spelling=misread; spelling=accents; spelling=decomposed; "
        "spelling=lost; spelling=url"
    ),
)
