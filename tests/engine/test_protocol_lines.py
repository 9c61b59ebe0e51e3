"""Messages survive the pipe, and what is no message is refused without harm."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol import (
    EventMessage,
    FailureMessage,
    Message,
    ProtocolError,
    RequestMessage,
    ResultMessage,
    from_line,
    to_line,
)

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(), plain, max_size=4)
numbers = st.integers(0, 10**9)
words = st.text(min_size=1)
fields = st.dictionaries(st.text().filter(lambda key: key not in ("id", "event")), plain, max_size=4)
messages = st.one_of(
    st.builds(RequestMessage, numbers, words, objects),
    st.builds(ResultMessage, numbers, objects),
    st.builds(
        FailureMessage,
        numbers | st.none(),
        st.sampled_from(["input", "cancelled", "internal", "protocol"]),
        words,
    ),
    st.builds(
        FailureMessage, numbers, st.just("input"), words, words, st.dictionaries(words, st.text(), max_size=3)
    ),
    st.builds(EventMessage, numbers | st.none(), words, fields),
)


@given(messages)
def test_a_message_comes_back_as_it_was_from_one_ascii_line(message: Message) -> None:
    line = to_line(message)
    assert line.isascii()
    assert line.count("\n") == 1
    assert from_line(line) == message


@given(st.text())
def test_any_text_is_a_message_or_a_protocol_error(text: str) -> None:
    with contextlib.suppress(ProtocolError):
        from_line(text)


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"id": 1},
        {"id": "1", "method": "x"},
        {"id": True, "method": "x"},
        {"id": 1, "method": ""},
        {"id": 1, "method": "x", "params": []},
        {"id": 1, "result": 3},
        {"result": {}},
        {"id": 1, "error": {"kind": "odd", "message": "m"}},
        {"id": 1, "error": "text"},
        {"id": 1, "event": 3},
    ],
)
def test_what_is_out_of_form_is_refused(content: object) -> None:
    with pytest.raises(ProtocolError):
        from_line(json.dumps(content))


def test_deep_nesting_is_refused_and_not_a_crash() -> None:
    with pytest.raises(ProtocolError):
        from_line("[" * 200_000)


def test_numbers_that_json_does_not_know_are_never_sent() -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_line(ResultMessage(1, {"score": float("nan")}))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "[[-1e999]]"])
def test_a_number_that_json_does_not_know_is_refused(value: str) -> None:
    with pytest.raises(ProtocolError, match="a number is infinite"):
        from_line(f'{{"id": 1, "method": "ask", "params": {{"x": {value}}}}}')


@pytest.mark.parametrize("depth", [64, 200, 900, 990, 100_000])
def test_a_line_nested_too_deep_is_refused_however_deep(depth: int) -> None:
    with pytest.raises(ProtocolError):
        from_line('{"id": 1, "method": ' + "[" * depth + "]" * depth + "}")
