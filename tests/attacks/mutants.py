"""Bytes and JSON values that are nearly right: what a damaged disk and what an attacker make of good ones."""

from __future__ import annotations

import copy
import json
import re
from typing import Any, Literal

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


NUMBERS = (
    "0",
    "-1",
    "1",
    "3",
    "255",
    "65536",
    "2147483648",
    "4294967295",
    "99999999999",
    "1e308",
    "-1e-308",
    "nan",
    "inf",
    "x",
)
"""What a number in a text becomes."""
WORDS = (0, 1, 2, 3, 7, 255, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63, 2**64 - 1)
"""What a number in a binary header becomes."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_PIECE = re.compile(r"<[^<>]*>|\"[^\"]*\"|[^\s<>\"]+|\n")


def mutated_file(rng: np.random.Generator, content: bytes) -> bytes:
    """A file with some numbers, words or bytes of it changed, most often near its head or its end."""
    for _ in range(int(rng.integers(1, 4))):
        text = _text_of(content)
        if text is not None and rng.random() < 0.7:
            content = _changed_text(rng, text).encode("utf-8", "surrogatepass")
        elif rng.random() < 0.6:
            content = _changed_word(rng, content)
        else:
            content = mutated_bytes(rng, content)
    return content


def _text_of(content: bytes) -> str | None:
    try:
        return None if b"\0" in content else content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _changed_text(rng: np.random.Generator, text: str) -> str:
    """With a number, a word, a tag or a line replaced, dropped or said again."""
    found = list((_NUMBER if rng.random() < 0.5 else _PIECE).finditer(text))
    if not found:
        return text + str(rng.choice(NUMBERS))
    one, other = (found[int(rng.integers(len(found)))] for _ in range(2))
    new = [str(rng.choice(NUMBERS)), other[0], "", one[0] * int(rng.choice([2, 3, 300]))][
        int(rng.choice(4, p=[0.5, 0.2, 0.2, 0.1]))
    ]
    return text[: one.start()] + new + text[one.end() :]


def _changed_word(rng: np.random.Generator, content: bytes) -> bytes:
    """With one number of one to eight bytes replaced, in either order of bytes, where there is one."""
    size = int(rng.choice([1, 2, 4, 8]))
    near = rng.random() ** 3
    place = int(len(content) * (near if rng.random() < 0.75 else 1 - near))
    held = np.frombuffer(content[place : place + 4096], np.uint8).nonzero()[0]
    place += int(held[rng.integers(min(len(held), 64))]) if len(held) else 0
    place -= place % min(size, 2)
    value = WORDS[int(rng.integers(len(WORDS)))] % 256**size
    order: Literal["little", "big"] = "little" if rng.random() < 0.7 else "big"
    return content[:place] + value.to_bytes(size, order) + content[place + size :]
