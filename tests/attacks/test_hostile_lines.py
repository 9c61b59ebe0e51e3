"""Lines on the worker's pipe from a program gone mad: each is a message, or is answered by one line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from engine.errors import ConfigError
from engine.protocol import (
    EventMessage,
    FailureMessage,
    Message,
    ProtocolError,
    ResultMessage,
    from_line,
    to_line,
)
from engine.serving.worker import Worker
from tests.attacks.mutants import mutated_bytes, mutated_json

Count = Callable[[int, int], int]
LINES: list[dict[str, Any]] = [
    {"id": 1, "method": "load", "params": {"model": "nano", "adapter": None, "device": "cpu"}},
    {"id": 2, "method": "segment", "params": {"raster": "a.tif", "points": [[1.5, 2.5, 1]], "bands": [1, 2]}},
    {"id": 3, "result": {"polygon": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]}}},
    {"id": 4, "error": {"kind": "input", "message": "no such file"}},
    {"id": 5, "event": "progress", "done": 3, "total": 9},
    {"id": 6, "method": "cancel", "params": {"request": 2}},
    {"id": 7, "method": "ping", "params": {}},
]


def hostile(rng: np.random.Generator) -> str:
    content = LINES[int(rng.integers(len(LINES)))]
    if rng.random() < 0.7:
        return mutated_json(rng, content)
    return mutated_bytes(rng, json.dumps(content).encode()).decode("utf-8", "surrogateescape")


def test_a_line_is_a_message_or_a_protocol_error(count: Count) -> None:
    rng = np.random.default_rng(5)
    messages = 0
    for _ in range(count(5000, 400_000)):
        line = hostile(rng)
        try:
            message = from_line(line)
        except ProtocolError:
            continue
        messages += 1
        assert from_line(to_line(message)) == message
    assert messages > 0


class Handler:
    """Does no work, and complains of half of what it is asked."""

    def about(self) -> dict[str, Any]:
        return {}

    def handle(
        self,
        method: str,
        params: dict[str, Any],
        check: Callable[[], None],
        tell: Callable[[int, int], None],
    ) -> dict[str, Any]:
        check()
        if len(method) % 2:
            raise ConfigError("no")
        return {"heard": params}


def test_a_worker_answers_every_hostile_line_and_lives_on(count: Count) -> None:
    rng = np.random.default_rng(6)
    total = count(1500, 100_000)
    said: list[Message] = []
    worker = Worker(Handler(), lambda line: said.append(from_line(line)), heartbeat=1e9)  # type: ignore[arg-type]

    def lines() -> Iterator[str]:
        for _ in range(total):
            line = hostile(rng).replace("\n", " ")
            if "shutdown" not in line:
                yield line
        yield to_line_of_ping()

    worker.serve(lines())
    answers = [message for message in said if not isinstance(message, EventMessage)]
    assert len(answers) == total + 1
    assert all(isinstance(message, ResultMessage | FailureMessage) for message in answers)
    assert not [m for m in answers if isinstance(m, FailureMessage) and m.kind == "internal"]


def to_line_of_ping() -> str:
    return json.dumps({"id": 10**9, "method": "ping", "params": {}})
