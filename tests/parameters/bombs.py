"""Pickles that would grow without end, nest without end, or announce what they do not hold.

The tests see that each is refused in little memory; `make bench`, in how much time.
"""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import zlib

import joblib
import numpy as np


def array(shape: bytes, dtype: bytes, data: bytes) -> bytes:
    """A pickle of an array with the pieces given as instructions."""
    head = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntR(I1\n"
    kind = b"cnumpy\ndtype\n(V" + dtype + b"\nI0\nI1\ntR(I3\nV<\nNNNI-1\nI-1\nI0\ntb"
    return b"\x80\x02" + head + shape + kind + b"I00\n" + data + b"tb."


def wrapped(size: int) -> bytes:
    """A joblib file whose array announces that many bytes."""
    file = io.BytesIO()
    joblib.dump(np.zeros(3, np.uint8), file, protocol=2)
    return file.getvalue().replace(
        b"K\x03\x85", b"\x8a\x07" + struct.pack("<q", size)[:7] + b"\x85"
    )


BOMBS = {
    "text of a terabyte": b"\x80\x04\x8d" + struct.pack("<Q", 2**40) + b"x.",
    "bytes of 2**63": b"\x80\x04\x8e" + struct.pack("<Q", 2**63) + b"x.",
    "bytearray of a gigabyte": b"\x80\x05\x96" + struct.pack("<Q", 2**30) + b"x.",
    "bytearray by its size": b"cbuiltins\nbytearray\n(I9999999999\ntR.",
    "bytes by their size": b"cbuiltins\nbytes\n(I9999999999\ntR.",
    "list of a range": b"cbuiltins\nlist\n(cbuiltins\nrange\n(I9999999999\ntRtR.",
    "integer of a gigabyte": b"\x80\x02\x8b" + struct.pack("<I", 2**30) + b"\x01.",
    "integer of many digits": b"L" + b"9" * 100_000 + b"L\n.",
    "array of a terabyte": array(b"(I1099511627776\nt", b"f8", b"B\x08\0\0\0" + bytes(8)),
    "array of nothing": array(b"(I1099511627776\nt", b"U0", b"B\0\0\0\0"),
    "array of objects": array(b"(I1099511627776\nt", b"O8", b"]"),
    "array of 40 dimensions": array(b"(" + b"I1\n" * 40 + b"t", b"u1", b"B\1\0\0\0x"),
    "array of negative size": array(b"(I-1\nt", b"u1", b"B\1\0\0\0x"),
    "joblib array of a terabyte": wrapped(2**40),
    "many copies": b"\x80\x02(B" + struct.pack("<I", 2**20) + bytes(2**20) + b"q\0"
    b"cbuiltins\nbytearray\nq\x01" + b"h\x01h\0\x85R" * 100_000 + b"t.",
    "many copies of a list": b"\x80\x02]("
    + b"N" * 50_000
    + b"eq\0cbuiltins\nlist\nq\x01("
    + b"h\x01h\0\x85R" * 100_000
    + b"t.",
    "many sets": b"\x80\x04(" + b"\x8f" * 10_000_000 + b"t.",
    "compressed zeros": zlib.compress(bytes(100_000_000)),
    "more compressed zeros": bz2.compress(bytes(30_000_000)),
    "dictionary of 1 GB": lzma.compress(
        b"x" * 9,
        lzma.FORMAT_ALONE,
        filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 2**20}],
    ).replace(struct.pack("<I", 2**20), struct.pack("<I", 2**30)),
    "laughs": b"\x80\x02]" + b"2\x86" * 60 + b".",
    "deep tuples": b"\x80\x02)" + b"\x85" * 200_000 + b".",
    "deep key": b"\x80\x02})" + b"\x85" * 200_000 + b"Ns.",
    "deep lists": b"\x80\x02" + b"]" * 200_000 + b"a" * 199_999 + b".",
    "list in itself": b"\x80\x02]q\0h\0a.",
    "object in itself": b"csklearn\nA\n)\x81q\0}Vself\nh\0sb.",
    "own object in a tuple in itself": b"\x80\x02c__main__\nA\n)\x81q\0}X\4\0\0\0selfh\0\x85sb.",
    "own objects laugh": b"\x80\x02c__main__\nA\nq\0Nq\x01"
    + b"0h\0h\x01h\x01\x86Rq\x01" * 60
    + b".",
    "partials of partials": b"\x80\x02cfunctools\npartial\nq\0"
    + b"h\0" * 200
    + b"N"
    + b"\x85R" * 200
    + b".",
    "much code": b"\x80\x02(cdill._dill\n_create_code\nq\0" + b"h\0)R" * 2_000_000 + b"t.",
    "code of much": b"\x80\x02(B" + struct.pack("<I", 2**20) + bytes(2**20) + b"q\0"
    b"cbuiltins\nbytearray\nq\x01cdill._dill\n_create_code\nq\x02"
    + b"h\x02h\x01h\0\x85R\x85R" * 10_000
    + b"t.",
    "dill's array of a terabyte": b"cdill._dill\n_create_array\n(NN(I1\n(I1099511627776\nt"
    b"cnumpy\ndtype\n(Vf8\nI0\nI1\ntR(I3\nV<\nNNNI-1\nI-1\nI0\ntbI00\nB\x08\0\0\0"
    + bytes(8)
    + b"tNtR.",
    "class of a deep base": b"\x80\x02cdill._dill\n_create_type\n(Vtype\n"
    + b"]" * 200_000
    + b"a" * 199_999
    + b"tq\0h\0\x85R.",
    "keys of one hash": b"\x80\x02}("
    + b"".join(
        b"\x8a\x0c" + (n * (2**61 - 1)).to_bytes(12, "little") + b"N"
        for n in range(2**33, 2**33 + 9)
    )
    + b"u.",
}
