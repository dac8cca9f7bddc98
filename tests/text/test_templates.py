"""Templates: how each way of writing a value reads, and what is refused."""

import pytest

from skewcheck.text.templates import HIDDEN, filled


@pytest.mark.parametrize(
    ("template", "parameters", "told"),
    [
        ("no field", {}, "no field"),
        (
            "{rows:,} rows of {column}",
            {"rows": 1234567, "column": "a{b}"},
            "1,234,567 rows of a{b}",
        ),
        ("{effective:,.0f}", {"effective": 1234.6}, "1,235"),
        ("{share:percent}", {"share": 0.0694}, "6.94 %"),
        ("{share:percent}", {"share": 1}, "100 %"),
        ("{value:figure}", {"value": 0.123456}, "0.123"),
        ("{names:few 3}", {"names": ("a", "b", "c")}, "a, b, c"),
        ("{names:few 1}", {"names": ["a", "b", "c"]}, "a and 2 more"),
        ("{names:all}", {"names": ("a", 2, "c", "d")}, "a, 2, c, d"),
        ("{rows:count row}", {"rows": 1}, "1 row"),
        ("{rows:count row}", {"rows": 2000}, "2,000 rows"),
        ("{column:or no name}: x", {"column": ""}, "no name: x"),
        ("{column:or no name}: x", {"column": "age"}, "age: x"),
        (lambda parameters: str(parameters["x"]), {"x": 3}, "3"),
    ],
)
def test_ways(template, parameters, told) -> None:
    assert filled(template, parameters) == told


@pytest.mark.parametrize("way", ["", ":,", ":percent", ":few 3", ":all", ":count row", ":or x"])
def test_a_parameter_that_was_dropped(way: str) -> None:
    assert filled(f"of {{value{way}}}", {"other": 1}) == f"of {HIDDEN}"


@pytest.mark.parametrize(
    ("template", "value"),
    [("{x:percent}", "half"), ("{x:figure}", None), ("{x:few 3}", "abc"), ("{x:all}", 3)],
)
def test_a_value_that_its_format_does_not_take(template: str, value: object) -> None:
    with pytest.raises(ValueError, match="must be"):
        filled(template, {"x": value})
