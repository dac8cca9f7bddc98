"""Errors are made of texts and options; the outermost boundary says how options are spelled."""

from __future__ import annotations

import inspect
import pickle

import pytest

from skewcheck.config.given import Origin
from skewcheck.parameters.source import UnnamedError
from skewcheck.results.notes import Note
from skewcheck.text.errors import (
    LogError,
    NothingToTestError,
    OptionName,
    ParameterError,
    SkewcheckError,
    UsageError,
    message,
    naming,
)
from skewcheck.training.fit import NoFeatureError

PARTS = (OptionName("by_file", 3), ": needs ", OptionName("time_column"))


class Shouted:
    """Options in capitals, the first of a message with a mark."""

    def __init__(self, mark: str = "!") -> None:
        self.mark = mark

    def spelled(self, option: OptionName, *, first: bool) -> str:
        return option.key.upper() + (self.mark if first else "")


def test_without_a_caller_options_are_their_keys() -> None:
    assert str(UsageError(*PARTS)) == message(PARTS) == "by_file 3: needs time_column"
    assert str(UsageError("a {option} that is text")) == "a {option} that is text"
    assert str(UsageError()) == ""


def test_a_spelling_is_told_which_option_leads_the_message() -> None:
    assert message(PARTS, Shouted()) == "BY_FILE!: needs TIME_COLUMN"
    assert message(("x: ", *PARTS), Shouted()) == "x: BY_FILE: needs TIME_COLUMN"


@pytest.mark.parametrize("kind", [UsageError, ParameterError, LogError, NothingToTestError])
def test_the_outermost_boundary_counts_and_the_error_stays_what_it_is(
    kind: type[SkewcheckError],
) -> None:
    error = kind(*PARTS)
    with pytest.raises(kind) as caught, naming(Shouted("?")), naming(Shouted("!")):
        raise error
    assert caught.value is error
    assert str(error) == "BY_FILE?: needs TIME_COLUMN"


def test_a_boundary_leaves_other_errors_alone() -> None:
    with pytest.raises(KeyError) as caught, naming(Shouted()):
        raise KeyError("x")
    assert vars(caught.value) == {}


def test_a_decorated_function_keeps_its_signature_and_can_be_called_again() -> None:
    @naming(Shouted())
    def refusing(value: int) -> int:
        """Refuse 0."""
        if not value:
            raise UsageError(*PARTS)
        return value

    assert list(inspect.signature(refusing).parameters) == ["value"]
    assert refusing.__doc__ == "Refuse 0."
    for _ in range(2):
        assert refusing(1) == 1
        with pytest.raises(UsageError, match=r"^BY_FILE!: needs TIME_COLUMN$"):
            refusing(0)


def test_errors_travel_between_processes() -> None:
    error = UsageError(*PARTS)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # of this very line
    assert (type(again), again.args, str(again)) == (UsageError, PARTS, str(error))


@pytest.mark.parametrize(
    "error",
    [
        UsageError(OptionName("every", "1s"), ": too short"),
        UnnamedError("scaler.json", 3, "it lists numbers"),
        NoFeatureError((Note("identifier", {"column": "id"}),)),
    ],
)
def test_an_error_can_be_sent_to_another_process(error: SkewcheckError) -> None:
    with pytest.raises(type(error)) as raised, naming(Origin("function", "fit")):
        raise error
    copy = pickle.loads(pickle.dumps(raised.value))  # noqa: S301  # its own bytes
    assert type(copy) is type(error)
    assert str(copy) == str(raised.value)
    assert {k: v for k, v in vars(copy).items() if k != "spelling"} == {
        k: v for k, v in vars(error).items() if k != "spelling"
    }
