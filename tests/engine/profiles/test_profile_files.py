"""Files of profiles: what is damaged, made up, or of another plan is refused in one line."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hosts import TEMPLATE, days, parameters, said, served
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import skewcheck
from skewcheck.counts import codec
from skewcheck.counts.codec import DamagedError, from_bytes, to_bytes
from skewcheck.engine.profiles.format import opened
from skewcheck.text.errors import LogError, SkewcheckError, UsageError

BEGIN = 8 + 4 + 32
"""Bytes of magic, version and checksum: docs/profiles.md."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with parameters, two days, and their profiles."""
    folder = tmp_path_factory.mktemp("profiles")
    known = parameters(folder)
    for path, name in zip(days(folder, known, 2), "ab", strict=True):
        skewcheck.profile(folder / "p.json", path, folder / f"{name}.skw", served=TEMPLATE)
    return folder


def refused(folder: Path, *logs: str, **options: object) -> str:
    """Return the one line of an audit that must fail, with the name of a file in it."""
    with pytest.raises(SkewcheckError) as caught:
        skewcheck.audit(folder / "p.json", [str(folder / name) for name in logs], **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def changed(folder: Path, change: Callable[[dict[str, object]], object], name: str) -> str:
    """Write a profile with another head, and a right checksum."""
    data = (folder / "a.skw").read_bytes()
    (length,) = struct.unpack_from("<Q", data, BEGIN)
    head = json.loads(data[BEGIN + 8 : BEGIN + 8 + length])
    change(head)
    text = json.dumps(head).encode()
    rest = struct.pack("<Q", len(text)) + text + data[BEGIN + 8 + length :]
    begin = data[:12] + sha256(rest).digest()
    (folder / name).write_bytes(begin + rest)
    return name


def test_the_bytes_are_those_of_the_documentation(folder: Path) -> None:
    data = (folder / "a.skw").read_bytes()
    assert data[:8] == b"\x89SKW\r\n\x1a\n"
    assert struct.unpack_from("<I", data, 8) == (1,)
    assert data[12:44] == sha256(data[44:]).digest()
    (length,) = struct.unpack_from("<Q", data, 44)
    head = json.loads(data[52 : 52 + length])
    assert sum(head["blocks"]) + 52 + length == len(data)
    assert [name for name, *_ in head["files"]] == ["d0.parquet"]
    assert head["tool"] == skewcheck.__version__


@pytest.mark.parametrize("seed", range(20))
def test_any_damage_is_noticed(folder: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = bytearray((folder / "a.skw").read_bytes())
    place = int(rng.integers(8, len(data)))
    if seed % 2:
        data = data[:place]
    else:
        data[place] ^= 1 << int(rng.integers(8))
    (folder / "damaged.skw").write_bytes(data)
    message = refused(folder, "damaged.skw", "b.skw")
    assert message.startswith("damaged.skw: ")
    assert "profile" in message


def test_a_newer_version_is_refused(folder: Path) -> None:
    data = bytearray((folder / "a.skw").read_bytes())
    data[8] = 2
    (folder / "newer.skw").write_bytes(data)
    assert "a profile of version 2, and this skewcheck knows 1: update it" in refused(
        folder, "newer.skw"
    )


def test_counts_of_another_version_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(folder, lambda head: head.update(tool="9.9"), "other.skw")
    monkeypatch.setattr(codec, "_layout", lambda: 1)
    message = refused(folder, "other.skw")
    assert message.startswith("other.skw: a profile that skewcheck 9.9 wrote, and this is ")


SETTINGS: dict[str, tuple[dict[str, object], str]] = {
    "served": ({"served": "other_{feature}"}, "served"),
    "by": ({"by": "host"}, "by"),
    "every": ({"every": "1d", "time_column": "t"}, "time_column"),
    "cluster": ({"cluster": "user"}, "cluster"),
    "features": ({"features": "fare"}, "features"),
    "last": ({"last": "1d", "time_column": "t"}, "last"),
    "since": ({"since": "2026-11-02", "time_column": "t"}, "since"),
    "null_values": ({"null_values": "?"}, "null_values"),
}


@pytest.mark.parametrize(("options", "key"), SETTINGS.values(), ids=SETTINGS)
def test_other_settings_than_the_rows_were_counted_with(
    folder: Path, options: dict[str, object], key: str
) -> None:
    message = refused(folder, "a.skw", **options)
    assert message.startswith(f"audit({key}=")
    assert "a.skw" in message


def test_settings_that_only_judge_may_be_any(folder: Path) -> None:
    audit = skewcheck.audit(
        folder / "p.json", [str(folder / n) for n in ("a.skw", "b.skw")], alpha=0.001,
        fail_on="never", thresholds={"psi": 0.5}, min_rows=2, inconclusive="pass",
    )  # fmt: skip
    assert audit.exit_code == 0
    assert "d0.parquet: 400 rows, fewer than" in refused(folder, "a.skw", min_rows=10_000)


def test_profiles_that_were_counted_otherwise(folder: Path) -> None:
    log = folder / "d1.parquet"
    for name, options in {
        "by.skw": {"served": TEMPLATE, "by": "host"},
        "other.skw": {"served": "none"},
        "some.skw": {"served": TEMPLATE, "features": "fare"},
    }.items():
        skewcheck.profile(folder / "p.json", log, folder / name, **options)
        message = refused(folder, "a.skw", name)
        assert name in message
        assert "a.skw" in message
        assert "profiles of one audit must be counted alike" in message


def test_a_column_that_one_of_them_does_not_have(folder: Path) -> None:
    known = skewcheck.load(folder / "p.json")
    served(known, 20, faulty=False).drop(columns="fare_norm").to_parquet(folder / "lacks.parquet")
    skewcheck.profile(
        folder / "p.json", folder / "lacks.parquet", folder / "lacks.skw", served=TEMPLATE
    )
    assert refused(folder, "a.skw", "lacks.skw") == (
        "lacks.skw: counted 'fare' with no served column, and a.skw with the served column"
        " 'fare_norm': profiles of one audit must have the same columns; audit them one by one"
    )


def test_other_parameters(folder: Path) -> None:
    known = skewcheck.load(folder / "p.json")
    other = skewcheck.fit(served(known, 30, faulty=False)[["fare", "count", "pay"]])
    with pytest.raises(LogError, match=r"^a\.skw: its rows were counted by parameters with"):
        skewcheck.audit(other, str(folder / "a.skw"))


def test_another_reference_distribution(folder: Path) -> None:
    # The same steps, of another distribution: the fingerprint is the same, the edges are not.
    from dataclasses import replace

    known = skewcheck.load(folder / "p.json")
    other = skewcheck.fit(served(known, 30, faulty=False)[["fare", "count", "pay"]])
    mixed = replace(known, features=tuple(
        replace(a, reference=b.reference) if a.name == "fare" else a
        for a, b in zip(known.features, other.features, strict=True)
    ))  # fmt: skip
    with pytest.raises(LogError, match=r"^a\.skw: its rows were counted at other edges"):
        skewcheck.audit(mixed, str(folder / "a.skw"))
    # A note beside the steps, or an importance, changes no count.
    same = replace(known, features=tuple(
        replace(f, extra={"x-owner": "us"}, importance=1.0) for f in known.features
    ))  # fmt: skip
    assert skewcheck.audit(same, str(folder / "a.skw")).logs.rows == 400


def test_rows_among_profiles(folder: Path) -> None:
    assert refused(folder, "a.skw", "d1.parquet") == (
        "d1.parquet: holds rows, and a.skw is a profile: write a profile of these rows as well,"
        " with `skewcheck profile`"
    )


def test_what_reads_rows_refuses_a_profile(folder: Path) -> None:
    skw = str(folder / "a.skw")
    message = "a.skw: a profile, which holds counts and no rows: only an audit reads it"
    for run in (
        lambda: skewcheck.fit(skw),
        lambda: skewcheck.apply(folder / "p.json", skw, folder / "out.parquet"),
        lambda: skewcheck.profile(folder / "p.json", skw, folder / "c.skw"),
        lambda: skewcheck.audit(folder / "p.json", str(folder / "d0.parquet"), reference=skw),
    ):
        with pytest.raises(LogError) as caught:
            run()
        assert str(caught.value) == message


def test_windows_of_rows_are_of_one_profile(folder: Path) -> None:
    for number, name in enumerate(("r0.skw", "r1.skw")):
        log = folder / f"d{number}.parquet"
        skewcheck.profile(folder / "p.json", log, folder / name, served=TEMPLATE, every=100)
    assert "windows of so many rows" in refused(folder, "r0.skw", "r1.skw")
    whole = skewcheck.audit(
        folder / "p.json", str(folder / "d0.parquet"), served=TEMPLATE, every=100
    )
    assert said(skewcheck.audit(folder / "p.json", str(folder / "r0.skw"))) == said(whole)


def test_scopes_of_rows_are_refused(folder: Path) -> None:
    from skewcheck.features.steps import Standardize
    from skewcheck.features.types import Feature, Parameters

    scoped = Parameters((Feature("fare", "numeric", (Standardize("row"),)),), "sha256:0")
    with pytest.raises(UsageError, match="normalized over other rows"):
        skewcheck.profile(scoped, folder / "d0.parquet", folder / "s.skw", served=TEMPLATE)


def test_a_copy_is_noted(folder: Path) -> None:
    (folder / "copy.skw").write_bytes((folder / "a.skw").read_bytes())
    audit = skewcheck.audit(folder / "p.json", [str(folder / n) for n in ("a.skw", "copy.skw")])
    assert [n.parameters["files"] for n in audit.notes if n.code == "copied_files"] == [
        ("a.skw", "copy.skw")
    ]


HEADS: dict[str, Callable[[dict[str, object]], object]] = {
    "no files": lambda head: head.update(files=[]),
    "negative": lambda head: head["files"][0].__setitem__(1, -1),
    "no such schema": lambda head: head["files"][0].__setitem__(3, 7),
    "no schema": lambda head: head.update(schemas=[base64.b64encode(b"x" * 99).decode()]),
    "other parts": lambda head: head.update(parts=[[0, 2**40]]),
    "parts twice": lambda head: head.update(parts=[[0, 1], [0, 1]]),
    "lengths": lambda head: head.update(blocks=[2**62]),
    "texts": lambda head: head.update(segments=[1]),
    "settings": lambda head: head["used"].update(by=3),
    "moment": lambda head: head["asked"].update(since="never"),
    "number": lambda head: head.update(read=[10**9, 0]),
    "missing": lambda head: head.pop("plan"),
    "reason": lambda head: head.update(unopened=[["a", "because"]]),
    "note": lambda head: head.update(connecting=[["no_such_note", {}]]),
    "levels": lambda head: head.update(levels={"fare": {"a": 10**12}}),
}


@pytest.mark.parametrize("change", HEADS.values(), ids=HEADS)
def test_a_head_that_was_made_up(
    folder: Path, change: Callable[[dict[str, object]], object]
) -> None:
    assert refused(folder, changed(folder, change, "hostile.skw")).startswith("hostile.skw: ")


def test_names_of_anything(folder: Path) -> None:
    name = changed(folder, lambda h: h["files"][0].__setitem__(0, "../\x1b[2J\n'"), "odd.skw")
    audit = skewcheck.audit(folder / "p.json", str(folder / name))
    for form in ("terminal", "html", "markdown", "github"):
        assert "\x1b[2J" not in skewcheck.render(audit, form)


values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-5, 2**70), st.floats(), st.text(max_size=4),
        st.sampled_from([*codec.KINDS, "array", "tuple", "dict", "set", "<f8", "<i8", "|O", "O"]),
    ),
    lambda inner: st.lists(inner, max_size=6),
    max_leaves=30,
)  # fmt: skip


def packed(value: object, arrays: bytes = b"") -> bytes:
    """Return the bytes that the codec would write of a skeleton, with a right checksum."""
    import zlib

    text = json.dumps([codec._layout(), value]).encode()
    text += b" " * (-len(text) % 8)
    rest = struct.pack("<QQ", len(text), len(arrays)) + text + arrays
    return codec.ENTRY_MAGIC + struct.pack("<I", zlib.crc32(rest)) + rest


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(values)
def test_a_skeleton_that_was_made_up_gives_a_value_or_is_refused(value: object) -> None:
    try:
        from_bytes(packed(value, b"\0" * 64), strict=True)
    except DamagedError:
        return


@pytest.mark.parametrize(
    "value",
    [
        ["array", "<f8", 0, 2**62], ["array", "|O", 0, 1], ["array", "<f8", -8, 1],
        ["array", "<f8", 8, 8], ["array", "<f8", 0, 1, 1, 1, 1, 1], ["array", "<f8", 0, True],
        ["Moments", 1], ["Moments", "1", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], ["Rest", "(none)"],
        ["dict", "a"], ["dict", ["dict"], 1], ["set", ["dict"]], ["Plan"], [], [[]], [1], 2**80,
        {"a": 1},
    ],
    ids=str,
)  # fmt: skip
def test_what_profiles_are_not_made_of_is_refused(value: object) -> None:
    with pytest.raises(DamagedError):
        from_bytes(packed(value, b"\0" * 64), strict=True)


def test_arrays_are_not_repeated_without_bound() -> None:
    million = 1 << 20
    many = ["tuple", *([["array", "|u1", 0, million]] * 1_100)]
    with pytest.raises(DamagedError, match="beyond its bytes"):
        from_bytes(packed(many, bytes(million)), strict=True)
    few = ["tuple", *([["array", "|u1", 0, million]] * 100)]
    assert isinstance(from_bytes(packed(few, bytes(million)), strict=True), tuple)


@pytest.mark.parametrize("text", [b"[" * 100_000, b"1" * 5_000, b"nothing", b"[1]", b"\xff"])
def test_no_skeleton(text: bytes) -> None:
    import zlib

    rest = struct.pack("<QQ", len(text), 0) + text
    data = codec.ENTRY_MAGIC + struct.pack("<I", zlib.crc32(rest)) + rest
    with pytest.raises(DamagedError):
        from_bytes(data, strict=True)


@pytest.mark.parametrize("seed", range(60))
def test_bytes_of_counts_that_were_changed(folder: Path, seed: int) -> None:
    """Whatever stands in the counts, with right checksums: a report, or one line."""
    import zlib

    rng = np.random.default_rng(seed)
    packed_file = opened(str(folder / "a.skw"), "a.skw")
    data = bytearray((folder / "a.skw").read_bytes())
    place, length = packed_file.blocks[seed % 2]
    (skeleton,) = struct.unpack_from("<Q", data, place + 8)
    for _ in range(3):
        # Of the skeleton digits alone, else JSON would notice nearly all.
        if seed % 3:
            at = place + int(rng.integers(24 + skeleton, length))
            data[at] = int(rng.integers(256))
        else:
            at = place + 24 + int(rng.integers(skeleton))
            if chr(data[at]).isdigit():
                data[at] = ord("0") + int(rng.integers(10))
    block = bytes(data[place + 8 : place + length])
    data[place + 4 : place + 8] = struct.pack("<I", zlib.crc32(block))
    data[12:44] = sha256(data[44:]).digest()
    (folder / "changed.skw").write_bytes(data)
    try:
        skewcheck.audit(folder / "p.json", str(folder / "changed.skw"))
    except SkewcheckError:
        return


@given(st.data())
@settings(deadline=None, max_examples=30)
def test_every_value_is_read_strictly_as_it_was_written(data: st.DataObject) -> None:
    from skewcheck.counts.moments import Moments
    from skewcheck.counts.rows import SampleColumn
    from skewcheck.counts.sample import Chunk, Sample

    number = data.draw(st.integers(0, 9))
    chunk = Chunk(np.arange(number, dtype=np.uint64), {SampleColumn("raw", "x"): np.ones(number)})
    value = (Moments(number, 0.5), Sample(10, (chunk,)), {"a": (1, None)}, frozenset([(1, 2)]))
    back = from_bytes(to_bytes(value), strict=True)
    assert to_bytes(back) == to_bytes(value)
