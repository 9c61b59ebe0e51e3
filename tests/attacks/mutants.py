"""Bytes and JSON values that are nearly right: what a damaged disk and what an attacker make of good ones."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np

NASTY: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 7, 200_000, 10**9, -(10**9), 2**63, 10**400, -(10**400)),
    *(0.5, -0.0, 1e-300, 1e308, float("nan"), float("inf"), -float("inf")),
    *("", "x", "qkv", "none", "all", "((", "(a+)+$", ".*", "\x00", "\ud800", "\u202e\x1b[2J\n", "é" * 300),
    *("../../etc/passwd", "/dev/zero", "nan", "9" * 5000, "a" * 70_000),
    *([], [[]], ["qkv"], [1, 2], [None], ["qkv"] * 3000, {}, {"": {}}, {"a": [{}]}),
)
"""Values of every type, and of every kind that has broken something."""


def mutated_bytes(rng: np.random.Generator, content: bytes) -> bytes:
    """The content with some bytes flipped, overwritten, cut out, doubled, or its end missing."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 5))):
        place = int(rng.integers(len(data) + 1))
        length = int(rng.integers(1, 9))
        way = rng.integers(6)
        if way == 0 and place < len(data):
            data[place] ^= 1 << int(rng.integers(8))
        elif way == 1:
            data[place : place + length] = rng.bytes(length)
        elif way == 2:
            del data[place : place + length]
        elif way == 3:
            data[place:place] = data[place : place + length * 8]
        elif way == 4:
            data[place : place + length] = bytes([int(rng.choice([0, 255]))]) * length
        elif rng.random() < 0.2:
            del data[place:]
    return bytes(data)


def mutated_json(rng: np.random.Generator, value: dict[str, Any]) -> str:
    """The text of an object with parts replaced, dropped, added or nested; at times no JSON at all."""
    changed = copy.deepcopy(value)
    for _ in range(int(rng.integers(1, 4))):
        _change(rng, changed)
    text = json.dumps(changed)
    if rng.random() < 0.1:
        depth = int(rng.choice([30, 70, 900, 990, 10_000]))
        opening, closing = ("[", "]") if rng.random() < 0.5 else ('{"a":', "}")
        deep = opening * depth + ("1" if closing == "}" else "") + closing * depth
        text = text[:-1] + ("" if text == "{}" else ", ") + f'"{_key(rng, value)}": {deep}}}'
    if rng.random() < 0.1:
        text = mutated_bytes(rng, text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
    return text


def _key(rng: np.random.Generator, value: dict[str, Any]) -> str:
    keys = [key for key in value if key.isidentifier()] or ["x"]
    return keys[int(rng.integers(len(keys)))]


def _change(rng: np.random.Generator, value: Any) -> None:
    """Change one part, deeper down if there is anything deeper."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not keys:
        return
    key = keys[int(rng.integers(len(keys)))]
    inner = value[key]
    if isinstance(inner, dict | list) and inner and rng.random() < 0.6:
        _change(rng, inner)
    elif isinstance(value, dict) and rng.random() < 0.15:
        del value[key]
    elif isinstance(value, dict) and rng.random() < 0.1:
        value["new"] = copy.deepcopy(NASTY[int(rng.integers(len(NASTY)))])
    else:
        value[key] = copy.deepcopy(NASTY[int(rng.integers(len(NASTY)))])
