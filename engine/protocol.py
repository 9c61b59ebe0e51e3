"""The messages between a program and the worker it started: one JSON object per line, over pipes.

The worker speaks first: ``hello``. Then the program sends requests, each with a number of its own choice, and
the worker answers each exactly once, with a result or an error; before that it may send events. ``cancel``
names a request that shall end early; it is answered like any other. Stdlib only: the QGIS plugin ships this
file.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any, Literal, Union

VERSION = 1
"""Grows when a message changes its meaning; program and worker must have the same."""
LINE_MAX = 32 << 20
"""Longest line, in characters, that is read."""
MOST_DEPTH = 64
"""Objects and lists within each other, at most."""
_FIRST = re.compile(r'\{"id": (\d{1,18}),')
Kind = Literal["input", "cancelled", "internal", "protocol"]
"""Why a request failed: what the user gave, a wish to stop, a fault of the worker, a message out of form."""


class ProtocolError(ValueError):
    """A line is no message."""


@dataclass(frozen=True)
class RequestMessage:
    """Do something: ``method`` with ``params``; ``id`` comes back in everything about it."""

    id: int
    method: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ResultMessage:
    """A request succeeded."""

    id: int
    result: dict[str, Any]


@dataclass(frozen=True)
class FailureMessage:
    """A request did not succeed; ``message`` is one line for a person.

    Attributes:
        code: of :data:`engine.messages.TEMPLATES`; empty if the message stands in none.
        values: what the message holds, by the names there.
    """

    id: int | None
    kind: Kind
    message: str
    code: str = ""
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EventMessage:
    """Something happened: progress of a request, or, without ``id``, to the worker itself."""

    id: int | None
    name: str
    fields: dict[str, Any] = field(default_factory=dict)


Message = Union[RequestMessage, ResultMessage, FailureMessage, EventMessage]


def to_line(message: Message) -> str:
    """One line, ending in a newline, ASCII alone."""
    if isinstance(message, RequestMessage):
        content: dict[str, Any] = {"id": message.id, "method": message.method, "params": message.params}
    elif isinstance(message, ResultMessage):
        content = {"id": message.id, "result": message.result}
    elif isinstance(message, FailureMessage):
        error: dict[str, Any] = {"kind": message.kind, "message": message.message}
        if message.code:
            error |= {"code": message.code, "values": message.values}
        content = {"id": message.id, "error": error}
    else:
        content = {"id": message.id, "event": message.name, **message.fields}
    return json.dumps(content, allow_nan=False) + "\n"


def number_in(line: str) -> int | None:
    """The id that :func:`to_line` put at the beginning of a line, whatever became of the rest."""
    found = _FIRST.match(line)
    return int(found[1]) if found else None


def from_line(line: str) -> Message:
    """The message of a line; ProtocolError if it is none."""
    if len(line) > LINE_MAX:
        raise ProtocolError(
            f"a message of more than {LINE_MAX >> 20} MiB is too long; polygons in it, such as neighbours, "
            "have too many vertices: simplify them"
        )
    try:
        content = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not JSON: {line[:60]!r}") from error
    if not isinstance(content, dict):
        raise ProtocolError(f"not a JSON object: {line[:60]!r}")
    _check_values(content)
    number = content.get("id")
    if isinstance(number, bool) or (number is not None and not isinstance(number, int)):
        raise ProtocolError(f"id must be a whole number, not {number!r}")
    if "event" in content:
        fields = {key: value for key, value in content.items() if key not in ("id", "event")}
        return EventMessage(number, _text(content["event"], "event"), fields)
    if "error" in content:
        error_part = _object(content["error"], "error")
        kind = error_part.get("kind")
        if kind not in ("input", "cancelled", "internal", "protocol"):
            raise ProtocolError(f"unknown kind of error: {kind!r}")
        code, values = error_part.get("code", ""), _object(error_part.get("values", {}), "values")
        if not isinstance(code, str) or not all(isinstance(value, str) for value in values.values()):
            raise ProtocolError("code and values of an error must be texts")
        return FailureMessage(number, kind, _text(error_part.get("message"), "message"), code, values)
    if number is None:
        raise ProtocolError("a request or a result needs an id")
    if "result" in content:
        return ResultMessage(number, _object(content["result"], "result"))
    method = _text(content.get("method"), "method")
    return RequestMessage(number, method, _object(content.get("params", {}), "params"))


def _check_values(content: dict[str, Any]) -> None:
    """Refuse what could not be written again: endless numbers, and more depth than there may be stack for."""
    level: list[Any] = [content]
    for _ in range(MOST_DEPTH):
        parts = [part for item in level for part in (item.values() if isinstance(item, dict) else item)]
        if any(isinstance(part, float) and not math.isfinite(part) for part in parts):
            raise ProtocolError("a number is infinite, or none at all")
        level = [part for part in parts if isinstance(part, (dict, list))]
        if not level:
            return
    raise ProtocolError(f"a message is nested more than {MOST_DEPTH} deep")


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise ProtocolError(f"{name} must be a text, not {value!r}")
    return value


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ProtocolError(f"{name} must be an object, not {type(value).__name__}")
    return value
