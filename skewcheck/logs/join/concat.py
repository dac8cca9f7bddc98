"""Columns of several files and blocks become one, though their types may differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from skewcheck.logs.arrays.arrow import is_bytes
from skewcheck.logs.arrays.cells import hashable, is_text
from skewcheck.logs.arrays.python import pylist
from skewcheck.logs.columns import is_list


def plain(array: pa.Array) -> pa.Array:
    """Return a column without dictionaries, runs and extensions, as they differ between files."""
    if isinstance(array.type, pa.BaseExtensionType):
        return plain(array.storage)
    if pa.types.is_run_end_encoded(array.type):
        from skewcheck.logs.arrays.encoded import runs  # few logs have them

        return plain(runs(array))
    if pa.types.is_dictionary(array.type):
        return plain(array.dictionary_decode())
    return hashable(array) if "_view" in str(array.type) and is_text(array.type) else array


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of what `plain` returns."""
    if isinstance(kind, pa.BaseExtensionType):
        return plain_type(kind.storage_type)
    if pa.types.is_run_end_encoded(kind) or pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if "_view" in str(kind) and is_text(kind):
        return pa.large_binary() if is_bytes(kind) else pa.large_string()
    return kind


def common_type(kinds: Iterable[pa.DataType]) -> pa.DataType:
    """Return the type of a column whose parts have these: of records all fields, of numbers the
    wider, and text for what does not mix."""
    common = pa.null()
    for kind in kinds:
        common = _wider(common, kind)
    return common


def concatenated(arrays: Sequence[pa.Array], kind: pa.DataType | None = None) -> pa.Array:
    """Return arrays one behind the other; those of other types become text, or a wider number."""
    kind = common_type(array.type for array in arrays) if kind is None else kind
    parts = [as_type(array, kind) for array in arrays]
    return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)


def as_type(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return an array in a type that `common_type` gives for its own and others."""
    if array.type == kind:
        return array
    if array.null_count == len(array):
        return pa.nulls(len(array), kind)
    if pa.types.is_struct(kind) and pa.types.is_struct(array.type):
        fields = [
            as_type(_field(array, field.name), field.type)
            if array.type.get_field_index(field.name) >= 0
            else pa.nulls(len(array), field.type)
            for field in kind
        ]
        return pa.StructArray.from_arrays(fields, fields=list(kind), mask=array.is_null())
    if pa.types.is_nested(array.type) and not pa.types.is_nested(kind):
        texts = [None if value is None else "{…}" for value in pylist(array)]
        return pa.array(texts, kind)
    if pa.types.is_list(kind) and pa.types.is_struct(_element(kind)):
        lists = array.cast(pa.list_(array.type.value_type))
        inside = as_type(lists.values, kind.value_type)
        return pa.ListArray.from_arrays(lists.offsets, inside, mask=lists.is_null())
    if _is_binary(array.type) and not _is_binary(kind):
        texts = [
            None if value is None else value.decode("utf-8", "backslashreplace")
            for value in array.to_pylist()
        ]
        return pa.array(texts, kind)
    return array.cast(kind)


def _field(array: pa.Array, name: str) -> pa.Array:
    """Return a field of records, null where the record is."""
    import pyarrow.compute as pc

    return pc.struct_field(array, [array.type.get_field_index(name)])


def _element(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if is_list(kind) else pa.null()


def _is_binary(kind: pa.DataType) -> bool:
    return "binary" in str(kind)


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    if pa.types.is_struct(one) and pa.types.is_struct(other):
        fields = {field.name: field.type for field in one}
        for field in other:
            kind = field.type
            fields[field.name] = _wider(fields.get(field.name, pa.null()), kind)
        return pa.struct(list(fields.items()))
    if is_list(one) and is_list(other):
        return pa.list_(_wider(one.value_type, other.value_type))
    if pa.types.is_integer(one) and pa.types.is_integer(other):
        return pa.int64()
    if _is_number(one) and _is_number(other):
        return pa.float64()
    if _same_family(one, other):
        return max(one, other, key=lambda kind: ("large" in str(kind), str(kind)))
    return pa.string()


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _same_family(one: pa.DataType, other: pa.DataType) -> bool:
    """Return whether two types are of text, of bytes or of moments, in different layouts."""
    families = (
        ({"string", "large_string", "string_view"}, ()),
        ({"binary", "large_binary"}, ()),
        ((), (pa.types.is_timestamp,)),
    )
    both = (one, other)
    return any(
        all(str(kind) in names or any(test(kind) for test in tests) for kind in both)
        for names, tests in families
    ) and getattr(one, "tz", None) == getattr(other, "tz", None)
