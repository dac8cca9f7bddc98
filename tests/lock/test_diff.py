import pickle
from dataclasses import replace

import numpy as np
import pytest

from skewcheck.features.steps import (
    Affine,
    Buckets,
    Cast,
    Clip,
    Impute,
    Log1p,
    MinMax,
    PowerTransform,
    Quantize,
    Round,
    Step,
    Vocabulary,
    ZScore,
)
from skewcheck.features.types import CategoricalReference, Feature, Parameters, TrainingError
from skewcheck.lock import diff
from skewcheck.reports.words.diff import described_steps, lines, remark_lines

FARE = Feature("fare", "numeric", (Impute(0.0), Log1p(), ZScore(1.02, 12.3)))
PAY = Feature("pay", "categorical", (Vocabulary(("Cash", "Card")),))


def of(*features: Feature) -> Parameters:
    return Parameters(features, "sha256:0")


def changes(old: Parameters, new: Parameters) -> tuple[str, ...]:
    return lines(diff.changes(old, new))


def remarks(old: Parameters, new: Parameters) -> tuple[str, ...]:
    return remark_lines(diff.remarks(old, new))


def told(old: tuple[Step, ...], new: tuple[Step, ...]) -> tuple[str, ...]:
    return changes(of(Feature("x", "numeric", old)), of(Feature("x", "numeric", new)))


def test_the_same_normalization_whatever_the_reference() -> None:
    pay = replace(PAY, reference=CategoricalReference(10, counts={"Cash": 10}))
    assert changes(of(FARE, PAY), of(FARE, pay)) == ()


def test_a_number() -> None:
    # (12.91 - 12.30) / 12.30 = 4.959 %
    assert told((ZScore(0.0, 12.30),), (ZScore(0.0, 12.91),)) == (
        "x: zscore std 12.3 → 12.91 (+4.96 %)",
    )


def test_numbers_that_differ_only_far_out_are_shown_to_differ() -> None:
    (line,) = told((ZScore(0.0, 1.0),), (ZScore(0.0, 1.0 + 1e-6),))
    assert line == "x: zscore std 1 → 1.000001 (+0.0001 %)"


ALIKE: list[tuple[tuple[Step, ...], tuple[Step, ...]]] = [
    ((ZScore(12.3, 1.95348),), (Affine(12.3, 0.51190696),)),
    ((ZScore(0.0, 1.0),), (ZScore(0.0, 1.0 + 1e-9),)),
    ((ZScore(3000.0, 10.0),), (Affine(float(np.float32(3000.0)), float(np.float32(0.1))),)),
    ((MinMax(2.0, 9.0),), (Affine(2.0, float(np.float32(1 / 7))),)),
    ((MinMax(2.0, 9.0), Clip(0.0, 1.0)), (Affine(2.0, 1 / 7), Clip(0.0, 1.0))),
    ((Impute(5.1), ZScore(1.0, 2.0)), (Impute(float(np.float32(5.1))), Affine(1.0, 0.5))),
]


@pytest.mark.parametrize(("old", "new"), ALIKE)
def test_steps_that_only_round_otherwise_are_the_same(
    old: tuple[Step, ...], new: tuple[Step, ...]
) -> None:
    for a, b in ((old, new), (new, old)):
        files = of(Feature("x", "numeric", a)), of(Feature("x", "numeric", b))
        assert changes(*files) == ()
        (remark,) = remarks(*files)
        assert remark.endswith("are the same to 6e-8")


@pytest.mark.parametrize(("old", "new"), ALIKE)
@pytest.mark.parametrize("error", [1e-4, -1e-4])
def test_a_real_change_is_told(old: tuple[Step, ...], new: tuple[Step, ...], error: float) -> None:
    # The last step is off by a ten-thousandth of what it does, as another fit would have it.
    other = (*new, Affine(0.0, 1 + error))
    assert told(old, other)


def test_another_rounding_is_told() -> None:
    scaled = ZScore(0.0, 1.0)
    assert told((scaled, Round(2)), (scaled, Round(3)))
    assert told((scaled, Round(2)), (scaled,))
    assert told((scaled, Cast("float16")), (scaled, Cast("bfloat16")))
    assert told((Buckets((1.0, 2.0)),), (Buckets((1.0, 2.0 + 1e-9)),))
    assert told((scaled, Quantize(0.05)), (scaled, Quantize(0.05, 1)))
    assert told((scaled, Round(2)), (ZScore(0.001, 1.0), Round(2)))
    assert told((scaled, Round(2)), (Affine(0.0, 1.0), Round(2))) == ()


def test_another_bound_or_fill_value_is_told() -> None:
    clipped = (MinMax(0.0, 1.0), Clip(0.0, 1.0))
    assert told(clipped, (MinMax(0.0, 1.0), Clip(0.0, 1.2)))
    assert told(clipped, (MinMax(0.0, 1.0),))
    assert told((Impute(0.0), ZScore(0.0, 1.0)), (ZScore(0.0, 1.0),))
    assert told((Impute(0.0), ZScore(0.0, 1.0)), (Impute(0.1), ZScore(0.0, 1.0)))


def test_from_zero_there_is_no_percentage() -> None:
    assert told((ZScore(0.0, 1.0),), (ZScore(2.0, 1.0),)) == ("x: zscore mean 0 → 2",)


def test_features_added_removed_and_reordered() -> None:
    other = Feature("tip", "numeric", (MinMax(0.0, 1.0),))
    assert changes(of(FARE), of(other)) == (
        "fare: removed",
        "tip: added (minmax min=0 max=1 range=[0, 1])",
    )
    assert changes(of(FARE, PAY), of(PAY, FARE)) == ("features stand in another order",)


def test_type_and_role() -> None:
    new = replace(FARE, type="categorical", role="label", steps=())
    lines = changes(of(replace(FARE, steps=())), of(new))
    assert lines == ("fare: type numeric → categorical", "fare: role feature → label")


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ((Log1p(), ZScore(0, 1)), (ZScore(0, 1),), ["x: step removed: log1p"]),
        ((ZScore(0, 1),), (Clip(0.0, None), ZScore(0, 2)),
         ["x: step added: clip min=0 max=null", "x: zscore std 1 → 2 (+100 %)"]),
        ((ZScore(0, 3),), (MinMax(0, 1),),
         ["x: step removed: zscore mean=0 std=3",
          "x: step added: minmax min=0 max=1 range=[0, 1]"]),
        ((Log1p(), ZScore(0, 3)), (ZScore(0, 3), Log1p()),
         ["x: steps reordered: log1p, zscore → zscore, log1p"]),
        ((Impute(0.0),), (Impute("none"),), ["x: impute value 0 → 'none'"]),
        ((Clip(0.0, 9.0),), (Clip(0.0, None),), ["x: clip max 9 → null"]),
        ((PowerTransform("yeo-johnson", 0.5),), (PowerTransform("yeo-johnson", 0.25),),
         ["x: power lambda 0.5 → 0.25 (-50 %)"]),
    ],
)  # fmt: skip
def test_steps(old: tuple[Step, ...], new: tuple[Step, ...], lines: list[str]) -> None:
    assert told(old, new) == tuple(lines)


def test_vocabularies_are_told_compactly() -> None:
    many = tuple(f"v{i}" for i in range(1000))
    assert told((Vocabulary(many),), (Vocabulary((*many[1:], "x\n")),)) == (
        r"x: vocabulary values: + 'x\n'; - 'v0' (1,000 → 1,000 members)",
    )
    (line,) = told((Vocabulary(()),), (Vocabulary(many),))
    assert line == (
        "x: vocabulary values: + 'v0', 'v1', 'v2', 'v3' and 996 more (0 → 1,000 members)"
    )
    (line,) = told((Vocabulary(("a", "b", "c")),), (Vocabulary(("b", "a", "c")),))
    assert line == "x: vocabulary values: same members in another order (2 places differ)"


def test_hostile_names() -> None:
    evil = replace(FARE, name="[red]\x1b[2J" + "x" * 10_000)
    (line,) = changes(of(), of(evil))
    assert line.startswith(r"[red]\x1b[2Jxxx")
    assert len(line) < 200


def test_steps_in_words() -> None:
    assert described_steps(()) == "as it is"
    assert described_steps(FARE.steps) == "impute value=0, log1p, zscore mean=1.02 std=12.3"
    assert described_steps((Vocabulary(tuple("abcdef")),)) == (
        "vocabulary values=[6 values] unknown=-1"
    )


def test_importances_and_errors_are_remarks() -> None:
    old, new = of(FARE), of(replace(FARE, importance=0.25))
    new = replace(new, error=TrainingError("log_loss", 0.31234))
    assert changes(old, new) == ()
    assert remarks(old, new) == (
        "importance of fare not known → 0.25",
        "error of the model not known → log_loss 0.312",
    )
    assert remarks(new, new) == ()


def test_differences_are_data() -> None:
    old = of(replace(FARE, importance=0.5), PAY)
    new = of(replace(FARE, steps=(Impute(1.0), Log1p(), ZScore(1.02, 12.3))))
    assert diff.changes(old, new) == (
        diff.Difference("removed", "pay", PAY),
        diff.Difference("setting", "fare", 0.0, 1.0, "impute", "value"),
    )
    assert diff.remarks(old, new) == (diff.Difference("importance", "fare", 0.5, None),)
    found = diff.changes(of(PAY), of(FARE))
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  # its own bytes


def test_features_that_are_rounded_otherwise_make_one_line() -> None:
    steps = ZScore(0.1, 0.7), ZScore(float(np.float32(0.1)), float(np.float32(0.7)))
    files = [of(*(Feature(f"f{i}", "numeric", (step,)) for i in range(7))) for step in steps]
    assert remarks(*files) == (
        "f0, f1, f2, f3 and 3 more: steps differ by rounding alone, and are the same to 6e-8",
    )
